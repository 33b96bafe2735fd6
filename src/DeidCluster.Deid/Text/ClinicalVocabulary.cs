using System.Collections.Frozen;

namespace DeidCluster.Deid;

/// <summary>
/// The words that descriptions and reports may keep: those of the standard's own names, code meanings and definitions, and everyday words of
/// imaging. A word that is not here is removed, since nobody can tell it from a name.
/// </summary>
internal static class ClinicalVocabulary
{
    /// <summary>A plural is formed of words of this length or more. Letters.</summary>
    private const int PluralLettersMin = 4;

    private static readonly Lazy<FrozenSet<string>> Words = new(() => Load("clinical-words.txt", "imaging-words.txt"));
    private static readonly Lazy<FrozenSet<string>> Names = new(() => Load("also-names.txt"));

    /// <summary>What a number may count.</summary>
    private static readonly FrozenSet<string> Units = new[]
    {
        "MM", "CM", "DM", "M", "UM", "NM", "ML", "L", "CL", "CC", "MG", "KG", "G", "UG", "MCG", "MM2", "CM2", "MM3", "CM3", "M2", "MS", "S", "SEC", "SECS", "MIN", "MINS", "H", "HR",
        "HRS", "HZ", "KHZ", "MHZ", "T", "MT", "KV", "KVP", "MA", "MAS", "GY", "CGY", "MGY", "SV", "MSV", "HU", "BPM", "BQ", "KBQ", "MBQ", "GBQ", "CI", "MCI", "DB", "PX",
        "FPS", "DEG", "MMHG", "CMH2O", "IU", "MEV", "MV", "KEV", "MU", "X", "MMOL", "PERCENT",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True when <paramref name="word"/>, folded, may stay.</summary>
    public static bool Contains(string word) =>
        Words.Value.Contains(word)
        || (word.Length > PluralLettersMin && word[^1] == 'S' && Words.Value.Contains(word[..^1]))
        || (word.Length > PluralLettersMin + 1 && word.EndsWith("ES", StringComparison.Ordinal) && Words.Value.Contains(word[..^2]));

    /// <summary>True when <paramref name="word"/>, folded, is somebody's name as well.</summary>
    public static bool IsAlsoName(string word) => Names.Value.Contains(word);

    /// <summary>True when <paramref name="word"/>, folded, is a unit of measure.</summary>
    public static bool IsUnit(string word) => Units.Contains(word);

    private static FrozenSet<string> Load(params ReadOnlySpan<string> names)
    {
        HashSet<string> words = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            foreach (string[] fields in EmbeddedTable.Rows(name))
            {
                words.UnionWith(fields[0].ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return words.ToFrozenSet(StringComparer.Ordinal);
    }
}
