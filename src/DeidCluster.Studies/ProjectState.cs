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

    /// <summary>The daily quota and the breaker that count.</summary>
    public ProjectQuota Quota { get; init; } = ProjectQuota.Unlimited;

    /// <summary>What the configuration told last; an operator's limits stand until it tells others.</summary>
    public ProjectLimits Told { get; init; } = new(0, ProjectQuota.Unlimited);

    /// <summary>The day that <see cref="AdmittedToday"/> counts, in the quota's zone.</summary>
    public DateOnly Day { get; init; }

    /// <summary>Studies that were admitted on that day.</summary>
    public int AdmittedToday { get; init; }

    /// <summary>The day at whose begin it looks at the queue again by itself.</summary>
    public DateOnly? WaitsForDay { get; init; }

    /// <summary>Studies that were held since the last one that was not.</summary>
    public int HeldInRow { get; init; }

    /// <summary>True while it is kept from admitting, by an operator or by its breaker.</summary>
    public bool Paused { get; init; }

    /// <summary>Who paused it, and why.</summary>
    public string? Reason { get; init; }

    /// <summary>How long records of finished studies are kept; null for ever.</summary>
    public RetentionRule? Retention { get; init; }

    /// <summary>When <see cref="Retention"/> was told.</summary>
    public DateTimeOffset RetentionSince { get; init; }

    /// <summary>Its share of each archive, beside other projects that wait with the same priority.</summary>
    public int Share { get; init; } = 1;

    /// <summary>Until when nothing is admitted because the zone of its day is not known; null when that is known.</summary>
    public DateTimeOffset? ZoneMissedUntil { get; init; }

    /// <summary>Ids of the studies that are admitted.</summary>
    public ImmutableSortedSet<string> InFlight { get; init; } = [];

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What happened to a project, and when.</summary>
public abstract record ProjectEvent(DateTimeOffset At) : IEvent;

/// <summary>Its limits were told by the configuration.</summary>
public sealed record ProjectConfigured(int InFlightMax, DateTimeOffset At, ProjectQuota? Quota = null, RetentionRule? Retention = null, int Share = 1) : ProjectEvent(At);

/// <summary>An operator set its limits.</summary>
public sealed record ProjectLimited(int InFlightMax, ProjectQuota Quota, string By, string Why, DateTimeOffset At, int? Share = null) : ProjectEvent(At);

/// <summary>Its quota of the day is used up: nothing is admitted before <paramref name="Next"/> begins.</summary>
public sealed record QuotaUsed(DateOnly Next, DateTimeOffset At) : ProjectEvent(At);

/// <summary>It was paused, by an operator or by its breaker.</summary>
public sealed record ProjectPaused(string By, string Why, DateTimeOffset At) : ProjectEvent(At);

/// <summary>An operator let it go on.</summary>
public sealed record ProjectResumed(string By, string Why, DateTimeOffset At) : ProjectEvent(At);

/// <summary>These studies were let start, on that day of the quota's zone.</summary>
public sealed record AdmissionsGranted(IReadOnlyList<string> StudyIds, DateTimeOffset At, DateOnly? Day = null) : ProjectEvent(At);

/// <summary>The zone of its day is not known to the node that supervises it: nothing is admitted, and looked at again at <paramref name="Until"/>.</summary>
public sealed record ZoneMissed(DateTimeOffset Until, DateTimeOffset At) : ProjectEvent(At);

/// <summary>A study is in flight no more.</summary>
public sealed record AdmissionReleased(string StudyId, StudyStatus Outcome, DateTimeOffset At) : ProjectEvent(At);

/// <summary>What the configuration tells a project.</summary>
public sealed record ProjectLimits(int InFlightMax, ProjectQuota Quota, int Share = 1);

/// <summary>How much a project may take in a day, and when its own failures stop it. Equal values are equal quotas.</summary>
/// <param name="StudiesPerDay">Studies admitted on one calendar day; 0 is no limit.</param>
/// <param name="TimeZone">The zone of the day, such as Europe/Berlin.</param>
/// <param name="HeldToPause">So many held studies in a row pause the project: what stops all of them should be looked at first. 0 is never.</param>
public sealed record ProjectQuota(int StudiesPerDay = 0, string TimeZone = "UTC", int HeldToPause = 0)
{
    /// <summary>No limit but the studies in flight.</summary>
    public static readonly ProjectQuota Unlimited = new();

    /// <summary>What is wrong with it, in words for its author; null when nothing is.</summary>
    public string? Problem() => StudiesPerDay < 0 || HeldToPause < 0 ? "a number of studies is 0 or more"
        : TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _) ? null
        : $"there is no time zone '{TimeZone}' (a name like Europe/Berlin is expected)";
}
