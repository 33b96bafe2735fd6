namespace DeidCluster.TestKit;

/// <summary>A folder of its own for one test, removed with everything in it.</summary>
public sealed class TestFolder : IDisposable
{
    /// <summary>Its path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("deid-test-").FullName;

    /// <summary>The path of <paramref name="name"/> inside it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A folder inside it, made when missing.</summary>
    public string Folder(string name) => Directory.CreateDirectory(File(name)).FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
