namespace DeidCluster.Dicom;

/// <summary>The kinds of UIDs that the standard registers (PS3.6 annex A).</summary>
public enum UidType
{
    /// <summary>Anything that has no kind of its own here.</summary>
    Other,

    /// <summary>A SOP class.</summary>
    SOPClass,

    /// <summary>A meta SOP class: a group of SOP classes negotiated together.</summary>
    MetaSOPClass,

    /// <summary>A service class.</summary>
    ServiceClass,

    /// <summary>A transfer syntax.</summary>
    TransferSyntax,

    /// <summary>A SOP instance that every implementation knows.</summary>
    WellKnownSOPInstance,

    /// <summary>A frame of reference that every implementation knows.</summary>
    WellKnownFrameOfReference,

    /// <summary>A coding scheme.</summary>
    CodingScheme,

    /// <summary>The application context of an association.</summary>
    ApplicationContext,
}

/// <summary>A row of the registry of UIDs (PS3.6 annex A).</summary>
public sealed record UidEntry(string Uid, string Name, UidType Type, bool Retired);

/// <summary>The UIDs that the standard registers (PS3.6 annex A, edition 2026c). Read from its embedded table at first use.</summary>
public static class UidDictionary
{
    private static readonly Lazy<Dictionary<string, UidEntry>> Loaded = new(() => EmbeddedTable.Rows("uids.tsv")
        .Select(cells => new UidEntry(cells[0], cells[1], Enum.Parse<UidType>(cells[2]), cells[3] == "Y"))
        .ToDictionary(entry => entry.Uid, StringComparer.Ordinal));

    /// <summary>Every row.</summary>
    public static IReadOnlyCollection<UidEntry> All => Loaded.Value.Values;

    /// <summary>The row of <paramref name="uid"/>; null when the standard does not register it.</summary>
    public static UidEntry? Find(string uid) => Loaded.Value.GetValueOrDefault(uid);

    /// <summary>The standard's name of <paramref name="uid"/>; null when the standard does not register it.</summary>
    public static string? Name(string uid) => Find(uid)?.Name;
}
