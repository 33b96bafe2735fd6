namespace DeidCluster.Dicom.Tests.Files;

/// <summary>
/// A disk that loses what was not flushed. A flush takes time: it covers what was there when it began, and counts once it ended. Both
/// moments are steps that a test takes when it likes.
/// </summary>
internal sealed class SimulatedDisk : IFilePort
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DiskFolder> folders = new() { ["/"] = new DiskFolder() };
    private readonly List<PendingFlush> pending = [];
    private Action? begun;

    /// <summary>Flushes that have not begun or not ended.</summary>
    public int Pending
    {
        get
        {
            lock (gate)
            {
                return pending.Count;
            }
        }
    }

    /// <summary>Flushes of folders so far.</summary>
    public int FolderFlushes { get; private set; }

    /// <summary>Queues a flush; the task ends with its second step.</summary>
    public ValueTask RunAsync(Action flush)
    {
        PendingFlush queued = new(flush);
        lock (gate)
        {
            pending.Add(queued);
        }

        return new ValueTask(queued.Ended.Task);
    }

    /// <summary>Takes the next step, begin or end, of a pending flush.</summary>
    public void Step(int number)
    {
        PendingFlush chosen;
        lock (gate)
        {
            chosen = pending[number];
            if (chosen.Apply is null)
            {
                chosen.Flush();
                chosen.Apply = begun;
                return;
            }

            chosen.Apply();
            pending.RemoveAt(number);
        }

        chosen.Ended.SetResult();
    }

    /// <summary>Flushes a folder in one step.</summary>
    public void SyncNow(string folder)
    {
        lock (gate)
        {
            SyncFolder(folder);
            begun!();
        }
    }

    /// <summary>The content of <paramref name="path"/> after a power cut now; null when it would be gone.</summary>
    public string? AfterPowerCut(string path)
    {
        lock (gate)
        {
            string folder = Path.GetDirectoryName(path)!;
            for (string at = folder; at != "/"; at = Path.GetDirectoryName(at)!)
            {
                if (!folders[Path.GetDirectoryName(at)!].Durable.ContainsKey(Path.GetFileName(at)))
                {
                    return null;
                }
            }

            return folders[folder].Durable.GetValueOrDefault(Path.GetFileName(path))?.Durable;
        }
    }

    /// <summary>True when a name that a power cut might keep by chance has content that it would lose.</summary>
    public bool HasHalfFile(string extension)
    {
        lock (gate)
        {
            return folders.Values.SelectMany(folder => folder.Names)
                .Any(entry => entry.Key.EndsWith(extension, StringComparison.Ordinal) && entry.Value.Durable != entry.Value.Content.ToString());
        }
    }

    public bool HasFolder(string folder)
    {
        lock (gate)
        {
            return folders.ContainsKey(folder);
        }
    }

    public void MakeFolder(string folder)
    {
        lock (gate)
        {
            if (folders.TryAdd(folder, new DiskFolder()))
            {
                folders[Path.GetDirectoryName(folder)!].Names[Path.GetFileName(folder)] = new DiskFile();
            }
        }
    }

    public Stream Create(string path)
    {
        lock (gate)
        {
            DiskFile file = new();
            folders[Path.GetDirectoryName(path)!].Names[Path.GetFileName(path)] = file;
            return new DiskStream(file);
        }
    }

    public void Rename(string from, string to)
    {
        lock (gate)
        {
            DiskFolder source = folders[Path.GetDirectoryName(from)!];
            if (!folders.TryGetValue(Path.GetDirectoryName(to)!, out DiskFolder? target))
            {
                throw new DirectoryNotFoundException();
            }

            target.Names[Path.GetFileName(to)] = source.Names[Path.GetFileName(from)];
            source.Names.Remove(Path.GetFileName(from));
        }
    }

    public void Delete(string path)
    {
        lock (gate)
        {
            folders[Path.GetDirectoryName(path)!].Names.Remove(Path.GetFileName(path));
        }
    }

    // The two flushes run within Step, under the gate.
    public void Sync(Stream file)
    {
        DiskFile flushed = ((DiskStream)file).File;
        string content = flushed.Content.ToString();
        begun = () => flushed.Durable = content;
    }

    public void SyncFolder(string folder)
    {
        FolderFlushes++;
        DiskFolder flushed = folders[folder];
        Dictionary<string, DiskFile> names = new(flushed.Names);
        long version = ++flushed.Versions;
        begun = () =>
        {
            if (version > flushed.DurableVersion)
            {
                (flushed.Durable, flushed.DurableVersion) = (names, version);
            }
        };
    }

    private sealed record PendingFlush(Action Flush)
    {
        public Action? Apply { get; set; }

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class DiskFolder
    {
        public Dictionary<string, DiskFile> Names { get; } = [];

        public Dictionary<string, DiskFile> Durable { get; set; } = [];

        public long Versions { get; set; }

        public long DurableVersion { get; set; }
    }

    private sealed class DiskFile
    {
        public System.Text.StringBuilder Content { get; } = new();

        public string Durable { get; set; } = "";
    }

    private sealed class DiskStream(DiskFile file) : MemoryStream
    {
        public DiskFile File => file;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            file.Content.Append(System.Text.Encoding.ASCII.GetString(buffer.Span));
            return ValueTask.CompletedTask;
        }
    }
}
