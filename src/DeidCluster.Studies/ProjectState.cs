using System.Collections.Immutable;
using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>What a project's supervisor knows: its limit, whether it is paused, and who is in flight.</summary>
public sealed record ProjectState
{
    /// <summary>The configured name.</summary>
    public required string Project { get; init; }

    /// <summary>How many studies may be in flight; none before the configuration was told.</summary>
    public int InFlightMax { get; init; }

    /// <summary>True while an operator keeps it from admitting.</summary>
    public bool Paused { get; init; }

    /// <summary>Who paused it, and why.</summary>
    public string? Reason { get; init; }

    /// <summary>Ids of the studies that are admitted.</summary>
    public ImmutableSortedSet<string> InFlight { get; init; } = [];

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What happened to a project, and when.</summary>
public abstract record ProjectEvent(DateTimeOffset At) : IEvent;

/// <summary>Its limit was told.</summary>
public sealed record ProjectConfigured(int InFlightMax, DateTimeOffset At) : ProjectEvent(At);

/// <summary>An operator paused it.</summary>
public sealed record ProjectPaused(string By, string Why, DateTimeOffset At) : ProjectEvent(At);

/// <summary>An operator let it go on.</summary>
public sealed record ProjectResumed(string By, string Why, DateTimeOffset At) : ProjectEvent(At);

/// <summary>These studies were let start.</summary>
public sealed record AdmissionsGranted(IReadOnlyList<string> StudyIds, DateTimeOffset At) : ProjectEvent(At);

/// <summary>A study is in flight no more.</summary>
public sealed record AdmissionReleased(string StudyId, StudyStatus Outcome, DateTimeOffset At) : ProjectEvent(At);
