using DeidCluster.Dicom;

namespace DeidCluster.TestKit;

/// <summary>Real files whose operations are recorded in order; any of them can be made to fail.</summary>
public sealed class ScriptedFiles : IFilePort
{
    private const int NoSpaceLeft = 28;
    private readonly LinuxFiles files = new();
    private readonly Lock gate = new();
    private readonly List<string> operations = [];
    private string? renamedInto;

    /// <summary>The operation that fails, "create", "sync", "rename" or "sync folder"; null for none.</summary>
    public string? Failing { get; set; }

    /// <summary>The number of the system's error.</summary>
    public int Error { get; set; } = NoSpaceLeft;

    /// <summary>What was done to files and to the folders that they were renamed into; how these folders were made is left out.</summary>
    public IReadOnlyList<string> Operations
    {
        get
        {
            lock (gate)
            {
                return [.. operations];
            }
        }
    }

    public void Note(string operation)
    {
        lock (gate)
        {
            operations.Add(operation);
        }
    }

    public bool HasFolder(string folder) => files.HasFolder(folder);

    public void MakeFolder(string folder) => files.MakeFolder(folder);

    public Stream Create(string path) => Do("create", () => files.Create(path));

    public void Sync(Stream file) => Do("sync", () => files.Sync(file));

    public void Rename(string from, string to)
    {
        renamedInto = Path.GetDirectoryName(to);
        Do("rename", () => files.Rename(from, to));
    }

    public void SyncFolder(string folder)
    {
        if (folder == renamedInto)
        {
            Do("sync folder", () => files.SyncFolder(folder));
        }
        else
        {
            files.SyncFolder(folder);
        }
    }

    public void Delete(string path) => files.Delete(path);

    private void Do(string operation, Action action) => Do(operation, () =>
    {
        action();
        return true;
    });

    private T Do<T>(string operation, Func<T> action)
    {
        Note(operation);
        return operation == Failing ? throw new IOException("The disk failed", Error) : action();
    }
}
