using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>
/// The standard as it is published, read by other code than the library's: table E.1-1 of PS3.15 cell by cell, and the types of its attributes
/// in the modules of each SOP class.
/// </summary>
internal sealed class StandardTable
{
    private static readonly Lazy<ILookup<string, (string Path, string Type, bool IsSequence)>> Types = new(() => Lines("attribute-types.tsv")
        .Select(cells => (Section: cells[0], Path: cells[1], Type: cells.ElementAtOrDefault(2) ?? "", IsSequence: cells.ElementAtOrDefault(3) == "SQ"))
        .ToLookup(line => line.Section, line => (line.Path, line.Type, line.IsSequence)));

    private static readonly Lazy<Dictionary<string, (string Section, bool IsMandatory)[]>> Modules = new(() => Lines("sop-class-modules.tsv").ToDictionary(
        cells => cells[0],
        cells => cells[1..].Select(cell => cell.Split(':')).Select(parts => (parts[0], parts[1] == "M")).ToArray()));

    private StandardTable(string edition)
    {
        string[][] lines = [.. Lines($"e1-1-{edition}.tsv")];
        Columns = lines[0];
        Rows = [.. lines[1..]];
    }

    /// <summary>The names of the columns: tag, basic, then the options.</summary>
    public string[] Columns { get; }

    /// <summary>The rows, as cells.</summary>
    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>All SOP classes.</summary>
    public static IReadOnlyList<string> SopClasses => [.. Modules.Value.Keys.Order(StringComparer.Ordinal)];

    public static StandardTable Of(string edition) => new(edition);

    /// <summary>The single tag of a row; null for a pattern.</summary>
    public static Tag? TagOf(string[] row) => Tag.TryParse(row[0], out Tag tag) ? tag : null;

    /// <summary>The code of a row under an option's column; the Basic Profile's where the column is empty or there is no option.</summary>
    public string Code(string[] row, IReadOnlyList<string> options)
    {
        string[] codes = [.. options.Select(option => Array.IndexOf(Columns, option)).Where(column => column < row.Length && row[column].Length > 0).Select(column => row[column])];
        return codes.Contains("C") ? "C" : codes.Contains("K") ? "K" : row[1];
    }

    /// <summary>
    /// The types that an attribute may have in a SOP class, "1", "2", "3", or "" where no module has it: the strictest of the mandatory modules,
    /// and all stricter ones of others, whose presence is the instance's choice; a conditional one may be none.
    /// </summary>
    public static IReadOnlySet<string> TypesOf(string sopClassUid, string path)
    {
        List<(string Type, bool IsMandatory)> found = [];
        foreach ((string section, bool isMandatory) in Modules.Value[sopClassUid])
        {
            found.AddRange(Types.Value[section].Where(line => line.Path == path).Select(line => (line.Type.Length == 0 ? "3" : line.Type, isMandatory)));
        }

        if (found.Count == 0)
        {
            return new HashSet<string> { "" };
        }

        string least = found.Where(line => line.IsMandatory && !line.Type.EndsWith('C')).Select(line => line.Type).Append("3").Min(StringComparer.Ordinal)!;
        return found.Select(line => line.Type[..1]).Where(type => string.CompareOrdinal(type, least) < 0).Append(least).ToHashSet();
    }

    // The published types leave out what functional group macros put there (PS3.3 C.7.6.16); and the codes of methods are written anew.
    private static readonly string[] LeftOut = ["52009229", "52009230", "00120064"];

    /// <summary>Sequences of the top level (Scanning Sequence is a code) that the table does not name, in which attributes of the table may stand.</summary>
    public static IReadOnlyList<string> Containers(string sopClassUid, IReadOnlySet<string> rows) =>
        [.. Modules.Value[sopClassUid].SelectMany(module => Types.Value[module.Section]).Where(line => line.IsSequence && !rows.Contains(line.Path) && !LeftOut.Contains(line.Path)).Select(line => line.Path).Distinct().Where(path => DicomDictionary.Find(TagOf(path))?.Vr == Vr.SQ)];

    private static IEnumerable<string[]> Lines(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Standard", name)).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t'));

    /// <summary>"00080080" as a tag.</summary>
    public static Tag TagOf(string digits) => new(uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
