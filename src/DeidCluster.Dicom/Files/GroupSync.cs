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

    /// <summary>
    /// Flushes of one folder that run at the same time. With fewer callers each has his own, which is faster than to wait for another one's and then
    /// share; with more, sharing wins. Flushes.
    /// </summary>
    private const int FlushesAtOnceMax = 2;

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
        Folder state;
        Flush? mine = null;
        bool isOurs = true;
        lock (gate)
        {
            state = Find(Path.GetFullPath(folder));
            if (state.Running < FlushesAtOnceMax)
            {
                state.Running++;
            }
            else
            {
                isOurs = state.Next is null;
                mine = state.Next ??= new Flush();
                mine.Waiting++;
                waiting++;
            }
        }

        if (isOurs)
        {
            await FlushAsync(state, mine).ConfigureAwait(false);
        }
        else
        {
            await mine!.Done.ConfigureAwait(false);
        }
    }

    /// <summary>Runs a flush: at once, or when it is the turn of <paramref name="shared"/>; whoever came before it begins shares it.</summary>
    private async ValueTask FlushAsync(Folder state, Flush? shared)
    {
        if (shared is not null)
        {
            await shared.Turn.ConfigureAwait(false);
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
            Flush? next;
            lock (gate)
            {
                next = state.Next; // from here on, who comes waits for a flush behind that one
                state.Next = null;
                state.Running -= next is null ? 1 : 0;
                waiting -= next is null ? 0 : 1;
                waiting -= shared is null ? 0 : shared.Waiting - 1;
            }

            shared?.End(fault);
            next?.Begin();
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
            foreach (Folder idle in folders.Values.Where(folder => folder is { Running: 0, Making: null or { IsCompleted: true } }).ToArray())
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

    /// <summary>What is known of a folder, how many flushes of it run, and the one that waits to run, for all who came meanwhile.</summary>
    private sealed class Folder(string name)
    {
        public string Name => name;

        public Task? Making { get; set; }

        public int Running { get; set; }

        public Flush? Next { get; set; }
    }

    /// <summary>A flush of a folder that several wait for: that it may begin, for the one who runs it, and how it went, for those who share it.</summary>
    private sealed class Flush
    {
        private readonly TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Turn => turn.Task;

        public Task Done => done.Task;

        /// <summary>How many wait for it, with the one who runs it.</summary>
        public int Waiting { get; set; }

        public void Begin() => turn.SetResult();

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
        }
    }
}
