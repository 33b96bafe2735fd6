namespace DeidCluster.Engine;

/// <summary>Something an operator should know. Carries ids, types and numbers only, never a body or a message that may identify a person.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">The actor, shard, effect or member.</param>
/// <param name="Cause">The type of the failure and where it was, if there was one.</param>
public sealed record EngineNotice(EngineNoticeKind Kind, string Subject, string? Cause = null);

/// <summary>What notices are about.</summary>
public enum EngineNoticeKind
{
    /// <summary>The member joined as a new incarnation.</summary>
    Joined,

    /// <summary>The lease ran out or can no longer be trusted: effects were stopped and actors dropped.</summary>
    LeaseLost,

    /// <summary>A shard was taken.</summary>
    ShardClaimed,

    /// <summary>A shard was handed over.</summary>
    ShardReleased,

    /// <summary>A shard was found to belong to another member.</summary>
    ShardLost,

    /// <summary>The node takes nothing new and gives its shards back.</summary>
    Draining,

    /// <summary>The node has nothing left to give back, or could not in time.</summary>
    Drained,

    /// <summary>The store could not be reached; tried again with back-off.</summary>
    StoreUnavailable,

    /// <summary>An actor was set aside because its rules or its effect failed.</summary>
    Quarantined,

    /// <summary>A mail was set aside because its handling threw each time; its actor goes on.</summary>
    MailPoisoned,

    /// <summary>An actor was left to nodes of a newer release: its journal holds an event that this one does not know.</summary>
    NewerRelease,

    /// <summary>Mail of an unknown kind was kept aside.</summary>
    MailSetAside,

    /// <summary>An effect took longer than its kind may, and was stopped.</summary>
    EffectTimedOut,

    /// <summary>An effect did not stop in time when it was cancelled.</summary>
    EffectStuck,
}
