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

    /// <summary>How many permits may be out; none before the configuration was told.</summary>
    public int AssociationsMax { get; init; }

    /// <summary>Failures in a row that open the breaker.</summary>
    public int FailuresToOpen { get; init; }

    /// <summary>How long it then stays open. Seconds.</summary>
    public int OpenSeconds { get; init; }

    /// <summary>The permit of each study that holds one.</summary>
    public ImmutableSortedDictionary<string, long> PermitByStudy { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

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
}

/// <summary>What happened to an archive's guard, and when.</summary>
public abstract record ArchiveEvent(DateTimeOffset At) : IEvent;

/// <summary>Its limits were told.</summary>
public sealed record ArchiveConfigured(int AssociationsMax, int FailuresToOpen, int OpenSeconds, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>A study was given a permit.</summary>
public sealed record PermitGranted(string StudyId, long PermitId, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>A permit came back.</summary>
public sealed record PermitReturned(string StudyId, long PermitId, bool ArchiveFailed, bool Unused, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>Too many failures in a row.</summary>
public sealed record BreakerOpened(DateTimeOffset Until, DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The open time is over; one study may try.</summary>
public sealed record BreakerHalfOpened(DateTimeOffset At) : ArchiveEvent(At);

/// <summary>The archive answered.</summary>
public sealed record BreakerClosed(DateTimeOffset At) : ArchiveEvent(At);
