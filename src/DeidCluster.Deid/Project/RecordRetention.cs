namespace DeidCluster.Deid;

/// <summary>How long journals and ledgers of finished studies are kept, and what becomes of them then.</summary>
/// <param name="KeepDays">Days after a study was finished.</param>
/// <param name="Then">What becomes of them.</param>
public sealed record RecordRetention(int KeepDays, RetentionEnd Then)
{
    private const int KeepDaysMax = 36_500;

    /// <summary>What "retention: {keep-days: 90, then: archive}" says; null where there is no such key.</summary>
    public static RecordRetention? Read(YamlMap? map) =>
        map is null ? null : new RecordRetention(map.RequiredInt("keep-days", 0, KeepDaysMax), map.RequiredEnum<RetentionEnd>("then"));
}

/// <summary>What becomes of a record that need not be kept.</summary>
public enum RetentionEnd
{
    /// <summary>It is written to a file, then deleted.</summary>
    Archive,

    /// <summary>It is deleted.</summary>
    Purge,
}
