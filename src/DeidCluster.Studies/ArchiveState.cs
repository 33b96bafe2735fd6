using System.Collections.Immutable;
using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>Whether an archive is asked at all.</summary>
public enum Breaker
{
    /// <summary>It is asked.</summary>
    Closed,

    /// <summary>It failed too often in a row: nobody asks until the open time is over.</summary>
    Open,

    /// <summary>One study may ask, to see whether it is back.</summary>
    HalfOpen,
}

/// <summary>What an archive's guard knows: its limits, who holds a permit, and how its last answers were.</summary>
public sealed record ArchiveState
{
    /// <summary>The configured name.</summary>
    public required string Archive { get; init; }

    /// <summary>The number of events folded.</summary>
    public long Version { get; init; }

    /// <summary>The limits that count; nothing is granted before the configuration was told.</summary>
    public ArchiveLimits Limits { get; init; } = Untold;

    /// <summary>The limits that the configuration told last; an operator's own stand until it tells others.</summary>
    public ArchiveLimits Told { get; init; } = Untold;

    /// <summary>Who keeps it from being asked, and why; null when nobody does.</summary>
    public string? Paused { get; init; }

    /// <summary>The permit of each study that holds one.</summary>
    public ImmutableSortedDictionary<string, long> PermitByStudy { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>When each of these permits was granted.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> GrantedAt { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    /// <summary>Instances that were charged in advance to the permits that are out; what was really fetched settles it.</summary>
    public ImmutableSortedDictionary<string, int> LeasedByStudy { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Until when each place rests that was used a moment ago, or by a node that is lost.</summary>
    public ImmutableList<DateTimeOffset> Resting { get; init; } = [];

    /// <summary>When the studies begun so far are paid for at the agreed rate.</summary>
    public DateTimeOffset StudiesPaidUntil { get; init; }

    /// <summary>When the instances fetched so far are paid for at the agreed rate.</summary>
    public DateTimeOffset InstancesPaidUntil { get; init; }

    /// <summary>How it is shared between projects.</summary>
    public FairShare Shares { get; init; } = FairShare.Start;

    /// <summary>When it looks at the waiting line again by itself.</summary>
    public DateTimeOffset? LooksAgainAt { get; init; }

    /// <summary>What the waiting line waits for until then.</summary>
    public string? Delay { get; init; }

    /// <summary>The highest permit id given out.</summary>
    public long LastPermitId { get; init; }

    /// <summary>Failures since the last success.</summary>
    public int FailuresInRow { get; init; }

    /// <summary>The breaker.</summary>
    public Breaker Breaker { get; init; }

    /// <summary>The version of the event that opened the breaker last.</summary>
    public long OpenedAtVersion { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    private static readonly ArchiveLimits Untold = new(0, 0, 0, ArchivePace.Unlimited);
}

/// <summary>What happened to an archive's guard, and when.</summary>
public abstract record ArchiveEvent(DateTimeOffset At) : IEvent;

/// <summary>Its limits were told by the configuration.</summary>
public sealed record ArchiveConfigured(
    int AssociationsMax, int FailuresToOpen, int OpenSeconds, DateTimeOffset At, ArchivePace? Pace = null, int IdleTimeoutSeconds = 0) : ArchiveEvent(At);

/// <summary>An operator set its limits.</summary>
public sealed record ArchiveLimited(int AssociationsMax, ArchivePace Pace, string By, string Why, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>An operator keeps it from being asked.</summary>
public sealed record ArchivePaused(string By, string Why, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>An operator lets it be asked again.</summary>
public sealed record ArchiveResumed(string By, string Why, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>Studies wait although there is room: nothing is granted before <paramref name="Until"/>.</summary>
public sealed record GrantsDelayed(DateTimeOffset Until, string Why, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The reason for which nothing was granted has passed, though nobody was waiting.</summary>
public sealed record GrantsResumed(DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The holder of a permit fetches so many instances now: they count before they have come.</summary>
public sealed record InstancesLeased(string StudyId, int Instances, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>A study was given a permit.</summary>
public sealed record PermitGranted(string StudyId, long PermitId, DateTimeOffset At, string Project = "", double Share = 1) : ArchiveEvent(At);

/// <summary>A permit came back, and so many instances were fetched with it; its place stays counted for a while when its user was <paramref name="Lost"/>.</summary>
public sealed record PermitReturned(
    string StudyId, long PermitId, bool ArchiveFailed, bool Unused, DateTimeOffset At, int Instances = 0, bool Lost = false) : ArchiveEvent(At);

/// <summary>Too many failures in a row.</summary>
public sealed record BreakerOpened(DateTimeOffset Until, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The open time is over; one study may try.</summary>
public sealed record BreakerHalfOpened(DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The archive answered.</summary>
public sealed record BreakerClosed(DateTimeOffset At) : ArchiveEvent(At);
