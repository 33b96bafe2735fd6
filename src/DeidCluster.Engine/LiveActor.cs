namespace DeidCluster.Engine;

/// <summary>An actor in memory: its committed state and nothing else. A turn works on copies and is put back only after its commit.</summary>
internal sealed class LiveActor(ActorId id, int shard, ActorKind kind, object state, long version, long snapshotVersion)
{
    public ActorId Id { get; } = id;

    public int Shard { get; } = shard;

    public ActorKind Kind { get; } = kind;

    public object State { get; set; } = state;

    public long Version { get; set; } = version;

    /// <summary>The version of the latest snapshot that the store has.</summary>
    public long SnapshotVersion { get; set; } = snapshotVersion;

    /// <summary>Timestamp of the last turn, for passivation.</summary>
    public long UsedAt { get; set; }
}
