namespace DeidCluster.Dicom;

/// <summary>The rows of a tab-separated table embedded in this assembly.</summary>
internal static class EmbeddedTable
{
    /// <summary>The cells of each line of the table <paramref name="name"/>.</summary>
    public static IEnumerable<string[]> Rows(string name)
    {
        using Stream stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the embedded table {name} is missing");
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line.Split('\t');
        }
    }
}
