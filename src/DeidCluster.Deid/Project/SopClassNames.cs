namespace DeidCluster.Deid;

/// <summary>Finds SOP classes by what a project file calls them.</summary>
internal static class SopClassNames
{
    private const int UidLengthMax = 64;

    /// <summary>What can be written, for suggestions.</summary>
    public static IEnumerable<string> All => [];

    /// <summary>The UID of the SOP class that <paramref name="text"/> is; null when it is none.</summary>
    public static string? Find(string text) =>
        text.Length <= UidLengthMax && text.StartsWith("1.2.840.10008.", StringComparison.Ordinal)
        && text.All(letter => char.IsAsciiDigit(letter) || letter == '.') ? text : null;
}
