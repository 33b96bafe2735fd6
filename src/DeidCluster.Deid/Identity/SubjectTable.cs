using System.Text;

namespace DeidCluster.Deid;

/// <summary>
/// A project's table of Patient IDs: which pseudonym each has, or which other Patient ID means the same subject. Several Patient IDs with one
/// pseudonym are one subject. The file is comma-separated text in UTF-8 with the header <c>mrn,pseudonym</c> or <c>mrn,issuer,pseudonym</c>
/// (<c>same-as</c> instead of <c>pseudonym</c> for aliases), in any order; a quoted field may hold commas.
/// </summary>
public sealed class SubjectTable
{
    /// <summary>A larger file is refused. Bytes.</summary>
    public const long FileBytesMax = 256L * 1024 * 1024;

    /// <summary>The column of a table that names subjects.</summary>
    public const string PseudonymColumn = "pseudonym";

    /// <summary>The column of a table of Patient IDs that mean one subject.</summary>
    public const string AliasColumn = "same-as";

    private readonly Dictionary<(string PatientId, string Issuer), string> rows = [];

    /// <summary>How many Patient IDs stand in it.</summary>
    public int Count => rows.Count;

    /// <summary>The table in the file <paramref name="path"/>, whose values stand under <paramref name="column"/>.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or is no such table. Rows are named by their number, never by a value.</exception>
    public static SubjectTable Read(string path, string column = PseudonymColumn)
    {
        try
        {
            return new FileInfo(path).Length <= FileBytesMax
                ? Parse(File.ReadAllText(path, Encoding.UTF8), path, column)
                : throw Refused(path, 1, $"the table has more than {FileBytesMax} bytes");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, 1, "the table cannot be read");
        }
    }

    /// <summary>The table in <paramref name="text"/>; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="ConfigurationException">As for <see cref="Read"/>.</exception>
    public static SubjectTable Parse(string text, string origin, string column = PseudonymColumn)
    {
        SubjectTable table = new();
        int number = 0;
        int[]? columns = null;
        foreach (string line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } row || row[0] == '#')
            {
                continue;
            }

            string[] fields = Fields(row) ?? throw Refused(origin, number, "a quote is not closed");
            if (columns is null)
            {
                columns = [.. new[] { "mrn", "issuer", column }.Select(name => Array.FindIndex(fields, field => string.Equals(field, name, StringComparison.OrdinalIgnoreCase)))];
                if (columns[0] < 0 || columns[2] < 0 || fields.Length != (columns[1] < 0 ? 2 : 3))
                {
                    throw Refused(origin, number, $"the header is not 'mrn,{column}' or 'mrn,issuer,{column}'");
                }

                continue;
            }

            table.Add(fields, columns, origin, number);
        }

        return table.Count > 0 ? table : throw Refused(origin, number, "the table has no row");
    }

    /// <summary>What stands beside a Patient ID; null when it has none. A row without an issuer counts for every issuer that has no row of its own.</summary>
    public string? Find(string patientId, string? issuer) =>
        rows.TryGetValue((Normalise(patientId), Normalise(issuer ?? "")), out string? own) ? own
        : rows.TryGetValue((Normalise(patientId), ""), out string? any) ? any
        : null;

    private void Add(string[] fields, int[] columns, string origin, int number)
    {
        string At(int column) => column >= 0 && column < fields.Length ? fields[column].Trim() : "";
        string pseudonym = At(columns[2]);
        if (At(columns[0]).Length == 0 || !IdentityDeriver.CanBePatientId(pseudonym))
        {
            throw Refused(origin, number, "a row needs an MRN and a value of at most 64 printable ASCII characters, without '\\', '^' and '='");
        }

        if (!rows.TryAdd((Normalise(At(columns[0])), Normalise(At(columns[1]))), pseudonym))
        {
            throw Refused(origin, number, "its MRN stands in an earlier row");
        }
    }

    private static string[]? Fields(string row)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i] == '"')
            {
                bool isQuote = quoted && i + 1 < row.Length && row[i + 1] == '"';
                field.Append(isQuote ? "\"" : "");
                i += isQuote ? 1 : 0;
                quoted = isQuote ? quoted : !quoted;
            }
            else if (row[i] == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(row[i]);
            }
        }

        fields.Add(field.ToString());
        return quoted ? null : [.. fields.Select(text => text.Trim())];
    }

    private static ConfigurationException Refused(string origin, int row, string problem) => new([new ConfigurationProblem(origin, row, 1, problem)]);

    private static string Normalise(string text) => text.Trim().ToUpperInvariant();

    /// <summary>How many rows, never a value.</summary>
    public override string ToString() => $"SubjectTable of {Count} rows";
}
