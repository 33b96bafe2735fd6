using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Finds SOP classes by what a project file calls them: the UID, or the standard's name in any case ("CT Image Storage"). A name that a retired class shares
/// is the present one's; the retired one is named by its UID.
/// </summary>
internal static class SopClassNames
{
    private static readonly Lazy<Dictionary<string, string>> ByName = new(() => UidDictionary.All
        .Where(entry => entry.Type == UidType.SOPClass)
        .GroupBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key, group => group.OrderBy(entry => entry.Retired).First().Uid, StringComparer.OrdinalIgnoreCase));

    /// <summary>The names, for suggestions.</summary>
    public static IEnumerable<string> All => ByName.Value.Keys;

    /// <summary>The UID of the SOP class that <paramref name="text"/> is; null when it is none.</summary>
    public static string? Find(string text) =>
        ByName.Value.TryGetValue(text, out string? uid) ? uid
        : UidDictionary.Find(text) is { Type: UidType.SOPClass } ? text
        : null;
}
