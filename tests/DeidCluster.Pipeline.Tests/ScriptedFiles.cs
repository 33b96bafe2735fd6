namespace DeidCluster.Pipeline.Tests;

/// <summary>Real files whose operations are recorded in order; any of them can be made to fail.</summary>
internal sealed class ScriptedFiles : IFilePort
{
    private const int NoSpaceLeft = 28;
    private readonly LinuxFiles files = new();
    private readonly Lock gate = new();
    private readonly List<string> operations = [];

    /// <summary>The operation that fails, "create", "sync", "rename" or "sync folder"; null for none.</summary>
    public string? Failing { get; set; }

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

    public void MakeFolder(string folder) => files.MakeFolder(folder);

    public Stream Create(string path) => Do("create", () => files.Create(path));

    public void Sync(Stream file) => Do("sync", () => files.Sync(file));

    public void Rename(string from, string to) => Do("rename", () => files.Rename(from, to));

    public void SyncFolder(string folder) => Do("sync folder", () => files.SyncFolder(folder));

    private void Do(string operation, Action action) => Do(operation, () =>
    {
        action();
        return true;
    });

    private T Do<T>(string operation, Func<T> action)
    {
        Note(operation);
        return operation == Failing ? throw new IOException("No space left on device", NoSpaceLeft) : action();
    }
}
