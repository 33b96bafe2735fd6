namespace DeidCluster.Dicom;

/// <summary>
/// Makes many files durable at the same time: their flushes overlap, and one flush of a folder covers every name that stood in it
/// before the flush began. One instance serves all that write to the same folders.
/// </summary>
/// <remarks>
/// For each file the order is always: written, flushed, renamed, its folder flushed, and only then do we return. A folder counts as durable
/// once its parent was flushed after we first met it: that it exists does not tell whether another writer's flush of its parent has ended.
/// </remarks>
public sealed class GroupSync
{
    /// <summary>Folders that are remembered as durable; met again, a forgotten one costs a flush of its parent. Folders.</summary>
    private const int FoldersMax = 4096;

    private readonly IFilePort files;
    private readonly Func<Action, ValueTask> runBlocking;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Folder> folders = new(StringComparer.Ordinal);
    private int waiting;

    /// <summary>Over <paramref name="files"/>.</summary>
    public GroupSync(IFilePort files) : this(files, new SyncThreads().RunAsync) { }

    /// <summary>Over <paramref name="files"/>, whose flushes are run by <paramref name="runBlocking"/>.</summary>
    public GroupSync(IFilePort files, Func<Action, ValueTask> runBlocking) => (this.files, this.runBlocking) = (files, runBlocking);

    /// <summary>The operations that are made durable here.</summary>
    public IFilePort Files => files;

    /// <summary>Callers that wait now for a flush that another one runs, for metrics.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiting;
            }
        }
    }

    /// <summary>Returns when the content of <paramref name="file"/> is on the disk.</summary>
    public ValueTask SyncAsync(Stream file) => runBlocking(() => files.Sync(file));

    /// <summary>
    /// Gives the flushed file <paramref name="temporary"/> the name <paramref name="final"/>; when this returns, the name survives a power cut.
    /// When the flush of the folder fails, the file may have its final name, and nobody may be told that it is safe.
    /// </summary>
    public async ValueTask PublishAsync(string temporary, string final)
    {
        string name = Path.GetDirectoryName(Path.GetFullPath(final))!;
        Folder folder = await MakeAsync(name).ConfigureAwait(false);
        try
        {
            files.Rename(temporary, final);
        }
        catch (DirectoryNotFoundException)
        {
            Forget(name, folder); // somebody removed the folder since we met it
            folder = await MakeAsync(name).ConfigureAwait(false);
            files.Rename(temporary, final);
        }

        if (!IsKnown(name, folder))
        {
            await MakeAsync(name).ConfigureAwait(false); // it was made anew while we renamed
        }

        await SyncFolderAsync(name).ConfigureAwait(false);
    }

    /// <summary>Returns when the names that stand in <paramref name="folder"/> now are on the disk.</summary>
    public async ValueTask SyncFolderAsync(string folder)
    {
        Flush mine;
        Task? before = null;
        bool isOurs = true;
        Folder state;
        lock (gate)
        {
            state = Find(Path.GetFullPath(folder));
            if (state.Running is null)
            {
                state.Running = mine = new Flush();
            }
            else if (state.Next is null)
            {
                state.Next = mine = new Flush();
                before = state.Running.Ended;
                waiting++;
            }
            else
            {
                mine = state.Next;
                isOurs = false;
                mine.Sharers++;
                waiting++;
            }
        }

        if (isOurs)
        {
            await FlushAsync(state, mine, before).ConfigureAwait(false);
        }
        else
        {
            await mine.Done.ConfigureAwait(false);
        }
    }

    /// <summary>Runs the flush that <paramref name="mine"/> stands for, behind the one that runs; whoever came before it begins shares it.</summary>
    private async ValueTask FlushAsync(Folder state, Flush mine, Task? before)
    {
        if (before is not null)
        {
            await before.ConfigureAwait(false);
        }

        Exception? fault = null;
        try
        {
            await runBlocking(() => files.SyncFolder(state.Name)).ConfigureAwait(false);
        }
        catch (Exception failed)
        {
            fault = failed;
            throw;
        }
        finally
        {
            lock (gate)
            {
                waiting -= mine.Sharers + (state.Next is null ? 0 : 1);
                state.Running = state.Next; // from here on, who comes waits for a flush behind that one
                state.Next = null;
            }

            mine.End(fault);
        }
    }

    private async ValueTask<Folder> MakeAsync(string name)
    {
        Folder state;
        Task making;
        lock (gate)
        {
            state = Find(name);
            making = state.Making ??= MakeNewAsync(name);
        }

        try
        {
            if (!making.IsCompletedSuccessfully)
            {
                await making.ConfigureAwait(false);
            }

            return state;
        }
        catch
        {
            Forget(name, state);
            throw;
        }
    }

    private async Task MakeNewAsync(string name)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // not under the gate
        string? parent = Path.GetDirectoryName(name);
        if (string.IsNullOrEmpty(parent))
        {
            return; // the root
        }

        bool existed = files.HasFolder(name);
        if (!files.HasFolder(parent) || IsBeingMade(parent))
        {
            await MakeAsync(parent).ConfigureAwait(false);
        }

        files.MakeFolder(name);
        try
        {
            await SyncFolderAsync(parent).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException) when (existed)
        {
            return; // whoever keeps us out of the parent made this folder for us; only what we make is ours to flush
        }
    }

    /// <summary>Under the gate.</summary>
    private Folder Find(string name)
    {
        if (folders.TryGetValue(name, out Folder? known))
        {
            return known;
        }

        if (folders.Count >= FoldersMax)
        {
            foreach (Folder idle in folders.Values.Where(folder => folder is { Running: null, Making: null or { IsCompleted: true } }).ToArray())
            {
                folders.Remove(idle.Name);
            }
        }

        return folders[name] = new Folder(name);
    }

    private void Forget(string name, Folder folder)
    {
        lock (gate)
        {
            if (folders.GetValueOrDefault(name) == folder)
            {
                folders.Remove(name);
            }
        }
    }

    private bool IsBeingMade(string name)
    {
        lock (gate)
        {
            return folders.GetValueOrDefault(name)?.Making is { IsCompleted: false };
        }
    }

    private bool IsKnown(string name, Folder folder)
    {
        lock (gate)
        {
            return folders.GetValueOrDefault(name) == folder;
        }
    }

    /// <summary>What is known of a folder, and its flushes: one runs, at most one waits to run.</summary>
    private sealed class Folder(string name)
    {
        public string Name => name;

        public Task? Making { get; set; }

        public Flush? Running { get; set; }

        public Flush? Next { get; set; }
    }

    /// <summary>One flush of a folder: how it went, for those who share it, and that it ended, for the one behind it.</summary>
    private sealed class Flush
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => done.Task;

        public Task Ended => ended.Task;

        /// <summary>How many share this flush besides the one that runs it.</summary>
        public int Sharers { get; set; }

        public void End(Exception? fault)
        {
            if (fault is null)
            {
                done.SetResult();
            }
            else
            {
                done.SetException(fault);
                _ = done.Task.Exception; // nobody may share it
            }

            ended.SetResult();
        }
    }
}
