using DeidCluster.Engine;

namespace DeidCluster.Studies;

// Commands that reach a ProjectActor (key: the project's name) or an ArchiveActor (key: the archive's name).

/// <summary>A study of the project waits for admission: look at the queue. Carries no study: the waiting line is the index.</summary>
public sealed record ConsiderAdmissions : ICommand;

/// <summary>An admitted study no longer counts as in flight (it ended, was held, or waits for an operator).</summary>
public sealed record ReleaseAdmission(string StudyId, StudyStatus Outcome) : ICommand;

/// <summary>Admit no further study.</summary>
public sealed record PauseProject(string By, string Why) : IUrgentCommand;

/// <summary>Admit again.</summary>
public sealed record ResumeProject(string By, string Why) : IUrgentCommand;

/// <summary>The project's limits, from its configuration, told at each start of a node.</summary>
public sealed record ConfigureProject(int InFlightMax, ProjectQuota? Quota = null, RetentionRule? Retention = null, int Share = 1) : ICommand;

/// <summary>An operator's limits: what is null stays as it is. They stand until the configuration tells others than before.</summary>
public sealed record LimitProject(string By, string Why, int? InFlightMax = null, int? StudiesPerDay = null, string? TimeZone = null, int? HeldToPause = null,
    int? Share = null) : IUrgentCommand;

/// <summary>A new day has begun: look at the queue.</summary>
public sealed record BeginDay(DateOnly Day) : ICommand;

/// <summary>The answer to <see cref="PauseProject"/>, <see cref="ResumeProject"/> and <see cref="LimitProject"/>.</summary>
public sealed record ProjectReply(string Project, bool Paused, bool Changed, string? Refusal = null);

/// <summary>A study waits for a permit of the archive: look at the queue.</summary>
public sealed record ConsiderPermits : ICommand;

/// <summary>A study gives its permit back and tells how it went, for the breaker.</summary>
/// <param name="StudyId">The study.</param>
/// <param name="PermitId">The permit that it was granted.</param>
/// <param name="ArchiveFailed">True when the archive was asked and failed.</param>
/// <param name="Unused">True when nothing can be said about the archive, because the permit was not used to the end.</param>
/// <param name="Instances">Instances that were fetched with it.</param>
/// <param name="Lost">True when the node that used it lost the study meanwhile: the archive may still have its association.</param>
public sealed record ReturnPermit(string StudyId, long PermitId, bool ArchiveFailed, bool Unused = false, int Instances = 0, bool Lost = false) : ICommand;

/// <summary>A study that holds a permit is about to fetch so many instances: they count at the archive's rate from now on, and not only when it is done.</summary>
public sealed record LeaseInstances(string StudyId, long PermitId, int Instances) : ICommand;

/// <summary>The archive's limits, from its configuration, told at each start of a node.</summary>
public sealed record ConfigureArchive(int AssociationsMax, int FailuresToOpen, int OpenSeconds, ArchivePace? Pace = null, int IdleTimeoutSeconds = 0) : ICommand;

/// <summary>An operator's limits: what is null stays as it is. They stand until the configuration tells others than before.</summary>
public sealed record LimitArchive(
    string By, string Why, int? AssociationsMax = null, double? StudiesPerSecond = null, double? InstancesPerSecond = null, int? UtilisationPercent = null,
    string? Closed = null, string? TimeZone = null) : IUrgentCommand;

/// <summary>Ask the archive nothing more.</summary>
public sealed record PauseArchive(string By, string Why) : IUrgentCommand;

/// <summary>Ask it again.</summary>
public sealed record ResumeArchive(string By, string Why) : IUrgentCommand;

/// <summary>The time until which nothing was granted is over: look at the queue.</summary>
public sealed record ResumeGrants(DateTimeOffset Until) : ICommand;

/// <summary>The answer to <see cref="LimitArchive"/>, <see cref="PauseArchive"/> and <see cref="ResumeArchive"/>.</summary>
/// <param name="Archive">The archive.</param>
/// <param name="Limits">The limits that count now.</param>
/// <param name="Paused">True while an operator keeps it from being asked.</param>
/// <param name="Changed">True when the command changed anything.</param>
/// <param name="Refusal">Why it was refused; null when it was not.</param>
public sealed record ArchiveReply(string Archive, ArchiveLimits Limits, bool Paused, bool Changed, string? Refusal = null);

/// <summary>The breaker's open time is over: let one study try.</summary>
public sealed record ProbeArchive(long OpenedAtVersion) : ICommand;
