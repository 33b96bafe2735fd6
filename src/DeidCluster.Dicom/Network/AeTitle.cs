namespace DeidCluster.Dicom;

/// <summary>Application Entity titles (PS3.5 6.2, AE): 1 to 16 printable ASCII characters without backslash, not only spaces.</summary>
public static class AeTitle
{
    /// <summary>True when <paramref name="title"/> may stand in an association.</summary>
    public static bool IsValid(string title) =>
        title.Length is > 0 and <= PduLimits.AeTitleBytes && title.Trim().Length > 0 && title.All(letter => letter is >= ' ' and <= '~' and not '\\');

    internal static string Checked(string title) =>
        IsValid(title) ? title : throw new ArgumentException("An AE title has 1 to 16 printable ASCII characters.", nameof(title));
}
