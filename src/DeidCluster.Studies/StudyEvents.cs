using DeidCluster.Engine;

namespace DeidCluster.Studies;

// Events of a StudyActor. Each is in journals for ever: members may be added with a default, never renamed or removed.

/// <summary>What happened to a study, and when.</summary>
public abstract record StudyEvent(DateTimeOffset At) : IEvent;

/// <summary>It was asked for, and waits for its project.</summary>
public sealed record StudyRequested(StudyRequest Request, DateTimeOffset At) : StudyEvent(At);

/// <summary>A later request wants these series too; none for all of them.</summary>
public sealed record StudyWidened(IReadOnlyList<string> IdSeriesUids, DateTimeOffset At) : StudyEvent(At);

/// <summary>Its project let it start.</summary>
public sealed record StudyAdmitted(DateTimeOffset At) : StudyEvent(At);

/// <summary>It needs a permit of the archive for the step.</summary>
public sealed record PermitWanted(StudyStep Step, string Archive, DateTimeOffset At) : StudyEvent(At);

/// <summary>It holds the permit that it wanted; the step begins. <paramref name="Token"/> names the holding of the shard under which it may be used.</summary>
public sealed record PermitTaken(long PermitId, DateTimeOffset At, long Token = 0, bool LeasesInstances = false) : StudyEvent(At);

/// <summary>The archive holds nothing of it; the permit goes back.</summary>
public sealed record ArchiveWasEmpty(string Archive, DateTimeOffset At) : StudyEvent(At);

/// <summary>
/// The archive holds it; the inventory stands in the ledger and its studies are claimed, except those that the studies
/// <paramref name="LeftTo"/> had claimed.
/// </summary>
public sealed record StudyLocated(
    string Archive, IReadOnlyList<string> IdStudyUids, InstanceCounts Counts, DateTimeOffset At, IReadOnlyList<string>? LeftTo = null) : StudyEvent(At);

/// <summary>A step began.</summary>
public sealed record StepStarted(StudyStep Step, DateTimeOffset At) : StudyEvent(At);

/// <summary>The running step got further.</summary>
public sealed record ProgressMade(InstanceCounts Counts, long Bytes, DateTimeOffset At) : StudyEvent(At);

/// <summary>A step after Locate did all that it could do; a permit goes back. Anonymize tells by which configuration, and whose identity record it used.</summary>
public sealed record StepCompleted(
    StudyStep Step, InstanceCounts Counts, long Bytes, DateTimeOffset At, string? Configuration = null, string? SubjectKey = null) : StudyEvent(At);

/// <summary>A step failed; a permit goes back.</summary>
public sealed record StepFailed(StudyStep Step, FailureKind Failure, string Reason, InstanceCounts Counts, DateTimeOffset At) : StudyEvent(At);

/// <summary>The failed step is tried again at <paramref name="Until"/>.</summary>
public sealed record BackoffStarted(DateTimeOffset Until, DateTimeOffset At) : StudyEvent(At);

/// <summary>Stopped until an operator decides.</summary>
public sealed record StudyHeld(string Reason, DateTimeOffset At) : StudyEvent(At);

/// <summary>The project wants none of it.</summary>
public sealed record StudyRejected(string Reason, DateTimeOffset At) : StudyEvent(At);

/// <summary>No archive holds it.</summary>
public sealed record StudyNotFound(DateTimeOffset At) : StudyEvent(At);

/// <summary>Another study has claimed what it located.</summary>
public sealed record StudyDuplicated(string OriginalStudyId, DateTimeOffset At) : StudyEvent(At);

/// <summary>Every instance is confirmed, or rejected with a reason.</summary>
public sealed record StudyDelivered(DateTimeOffset At) : StudyEvent(At);

/// <summary>An operator stopped it for good.</summary>
public sealed record StudyCancelled(string By, string Why, DateTimeOffset At) : StudyEvent(At);

/// <summary>An operator had the waiting or held step tried again.</summary>
public sealed record StudyRetried(string By, string Why, InstanceCounts Counts, DateTimeOffset At) : StudyEvent(At);

/// <summary>An operator had it start again from a step.</summary>
public sealed record StudyRequeued(StudyStep From, string By, string Why, InstanceCounts Counts, DateTimeOffset At) : StudyEvent(At);

/// <summary>An operator changed its place in the line.</summary>
public sealed record PriorityChanged(int Priority, string By, string Why, DateTimeOffset At) : StudyEvent(At);

/// <summary>A duplicate waits for its end.</summary>
public sealed record FollowerAdded(string StudyId, DateTimeOffset At) : StudyEvent(At);

/// <summary>A study that it left instances to ended; unless that was delivered, this one is queued again.</summary>
public sealed record OriginalEnded(StudyStatus Status, DateTimeOffset At) : StudyEvent(At);
