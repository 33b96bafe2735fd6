using DeidCluster.Engine;

namespace DeidCluster.Studies;

// Commands that reach a ProjectActor (key: the project's name) or an ArchiveActor (key: the archive's name).

/// <summary>A study of the project waits for admission: look at the queue. Carries no study: the waiting line is the index.</summary>
public sealed record ConsiderAdmissions : ICommand;

/// <summary>An admitted study no longer counts as in flight (it ended, was held, or waits for an operator).</summary>
public sealed record ReleaseAdmission(string StudyId, StudyStatus Outcome) : ICommand;

/// <summary>Admit no further study.</summary>
public sealed record PauseProject(string By, string Why) : ICommand;

/// <summary>Admit again.</summary>
public sealed record ResumeProject(string By, string Why) : ICommand;

/// <summary>The project's limits, from its configuration, told at each start of a node.</summary>
public sealed record ConfigureProject(int InFlightMax) : ICommand;

/// <summary>The answer to <see cref="PauseProject"/> and <see cref="ResumeProject"/>.</summary>
public sealed record ProjectReply(string Project, bool Paused, bool Changed);

/// <summary>A study waits for a permit of the archive: look at the queue.</summary>
public sealed record ConsiderPermits : ICommand;

/// <summary>A study gives its permit back and tells how it went, for the breaker.</summary>
/// <param name="StudyId">The study.</param>
/// <param name="PermitId">The permit that it was granted.</param>
/// <param name="ArchiveFailed">True when the archive was asked and failed.</param>
/// <param name="Unused">True when nothing can be said about the archive, because the permit was not used to the end.</param>
public sealed record ReturnPermit(string StudyId, long PermitId, bool ArchiveFailed, bool Unused = false) : ICommand;

/// <summary>The archive's limits, from its configuration, told at each start of a node.</summary>
public sealed record ConfigureArchive(int AssociationsMax, int FailuresToOpen, int OpenSeconds) : ICommand;

/// <summary>The breaker's open time is over: let one study try.</summary>
public sealed record ProbeArchive(long OpenedAtVersion) : ICommand;
