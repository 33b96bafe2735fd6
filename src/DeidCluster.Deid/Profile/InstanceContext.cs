using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>All that decides the elements of one instance.</summary>
internal sealed record InstanceContext
{
    private readonly Dictionary<string, string> mappedUids = new(StringComparer.Ordinal);
    private TextCleaner? texts;

    /// <summary>The decisions about the top level of instances like this one.</summary>
    public required LevelPlan Plan { get; init; }

    /// <summary>The subject's identity.</summary>
    public required Identity Identity { get; init; }

    /// <summary>Keyed UIDs and hashes.</summary>
    public required IdentityDeriver Deriver { get; init; }

    /// <summary>Source Study Instance UIDs that leave under a common one.</summary>
    public required IReadOnlyDictionary<string, string> CombinedUids { get; init; }

    /// <summary>The file's bytes, for values that were not read into memory.</summary>
    public required ByteSource Source { get; init; }

    /// <summary>How many rules the project has.</summary>
    public int RuleCount { get; init; }

    /// <summary>What becomes of dates.</summary>
    public required DatePolicy Dates { get; init; }

    /// <summary>True where UIDs stay as they are, in text too.</summary>
    public bool RetainsUids { get; init; }

    /// <summary>The instance as it came.</summary>
    public required DataSet Header { get; init; }

    /// <summary>Identifiers that came with the request and may stand in text.</summary>
    public IReadOnlyList<string> GivenIdentifiers { get; init; } = [];

    /// <summary>Cleans text of this instance; made when the first text asks for it.</summary>
    public TextCleaner Texts => texts ??= new TextCleaner(
        new KnownIdentifiers(Header, Plan.Decider.Table, GivenIdentifiers), Dates, Identity.ShiftDays, uid => RetainsUids ? uid : MapUid(uid), BirthDates.Of(Header));

    /// <summary>Told about every element, for people; null in the data path.</summary>
    public Action<ElementExplanation>? Note { get; init; }

    /// <summary>The UID that stands for <paramref name="uid"/>; UIDs that the standard registers identify nobody and stay (PS3.6 annex A).</summary>
    public string MapUid(string uid)
    {
        if (!mappedUids.TryGetValue(uid, out string? mapped))
        {
            mapped = UidDictionary.Find(uid) is not null ? uid
                : CombinedUids.TryGetValue(uid, out string? combined) ? combined
                : Deriver.Uid(uid);
            mappedUids.Add(uid, mapped);
        }

        return mapped;
    }
}
