namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>A page under docs/ that a test writes with DEID_WRITE_DOCS=1, and otherwise compares with what it would write.</summary>
internal static class Document
{
    /// <summary>Fails when the page is stale.</summary>
    public static void IsFresh(string name, string text)
    {
        string path = Path.Combine(Root(), "docs", name);
        if (Environment.GetEnvironmentVariable("DEID_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == text, $"docs/{name} is stale; DEID_WRITE_DOCS=1 dotnet test --filter {nameof(DocumentTests)} writes it.");
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DeidCluster.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
    }
}
