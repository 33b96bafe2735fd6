using System.Text;

namespace DeidCluster.Deid;

/// <summary>Reads the tables that are built in as text: one row a line, tabs between fields, '#' before remarks.</summary>
internal static class EmbeddedTable
{
    /// <summary>The rows of the table <paramref name="name"/>.</summary>
    public static IEnumerable<string[]> Rows(string name)
    {
        Stream stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The table {name} is not built in.");
        using StreamReader reader = new(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line.Split('\t');
            }
        }
    }
}
