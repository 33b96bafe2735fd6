namespace DeidCluster.Engine;

/// <summary>How one node hosts actors. The defaults are those of production; tests make them smaller.</summary>
public sealed record ActorSystemSettings
{
    /// <summary>The node's name for people; need not be unique.</summary>
    public string NodeName { get; init; } = "node";

    /// <summary>The product's version, shown in the member row.</summary>
    public string Version { get; init; } = "";

    /// <summary>How long a member is live after a heartbeat.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between heartbeats.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How much earlier than the store this node stops trusting its own lease.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often mail is looked for that another node has posted.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long effects may take to stop when they are cancelled at shutdown.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Mail that one turn consumes at most.</summary>
    public int MailsPerTurnMax { get; init; } = 256;

    /// <summary>Turns that are committed together at most.</summary>
    public int TurnsPerGroupMax { get; init; } = 256;

    /// <summary>How often a mail is tried whose handling throws, each time on the actor as the store has it, before it is set aside as poison.</summary>
    public int TriesMax { get; init; } = 3;

    /// <summary>Events between two snapshots of an actor.</summary>
    public int SnapshotEveryEvents { get; init; } = 100;

    /// <summary>States kept in memory at most; those used longest ago are passivated.</summary>
    public int ActorsCachedMax { get; init; } = 4096;

    /// <summary>An actor that was idle for so long is passivated.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Effects of a kind that may run at once on this node; <see cref="EffectsMaxDefault"/> for kinds that are not listed.</summary>
    public IReadOnlyDictionary<string, int> EffectsMax { get; init; } = new Dictionary<string, int>();

    /// <summary>Effects of any other kind that may run at once on this node.</summary>
    public int EffectsMaxDefault { get; init; } = 4;

    /// <summary>How long one attempt at an effect of a kind may take; <see cref="EffectTimeDefault"/> for kinds that are not listed.</summary>
    public IReadOnlyDictionary<string, TimeSpan> EffectTimes { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>How long one attempt at an effect of any other kind may take.</summary>
    public TimeSpan EffectTimeDefault { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Runs everything that the engine does; the thread pool, but for a simulation, where one thread runs many nodes.</summary>
    public TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>Makes the ids of mail and incarnations: unique for ever, ordered by the given time as far as can be.</summary>
    public Func<DateTimeOffset, Guid> NewId { get; init; } = Guid.CreateVersion7;

    /// <summary>Hears what operators should know; called on the engine's threads, must return quickly and not throw.</summary>
    public Action<EngineNotice>? Notice { get; init; }
}
