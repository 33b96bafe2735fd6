namespace DeidCluster.Store.Sqlite;

/// <summary>How an embedded store is opened.</summary>
public sealed record SqliteStoreSettings
{
    /// <summary>Shards of a store that is created now; one that is there keeps its own number.</summary>
    public int ShardCount { get; init; } = 256;

    /// <summary>How long replies, and the receipts that make posting twice harmless, are kept.</summary>
    public TimeSpan ReplyRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Reads that may run at once.</summary>
    public int ReadersMax { get; init; } = 4;
}
