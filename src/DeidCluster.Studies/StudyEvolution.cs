using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>How events make a study's state. Accepts every event that any release has written.</summary>
internal static class StudyEvolution
{
    public static StudyState Evolve(StudyState state, IEvent happened) =>
        happened is StudyEvent studyEvent
            ? studyEvent is RetirementStarted or RetirementPostponed or StudyRetired
                ? Retire(state with { Version = state.Version + 1 }, studyEvent)
                : Apply(state with { Version = state.Version + 1, UpdatedAt = studyEvent.At, Retirement = null }, studyEvent)
            : throw new InvalidOperationException($"{happened.GetType().Name} is no event of a study.");

    /// <summary>Retirement concerns the record and not the study: when that last changed stays as it is.</summary>
    private static StudyState Retire(StudyState state, StudyEvent happened) => happened switch
    {
        RetirementStarted e => state with { Retirement = new Retirement(e.Rule, e.Archive, state.Version) },
        RetirementPostponed => state with { Retirement = state.Retirement! with { Version = state.Version, IsPostponed = true } },
        StudyRetired e => new StudyState
        {
            StudyId = state.StudyId,
            Version = e.Version,
            Request = new StudyRequest { Project = e.Project, Priority = e.Priority },
            Status = e.Status,
            Step = e.Step,
            Priority = e.Priority,
            Archive = e.Archive,
            DuplicateOf = e.DuplicateOf,
            OriginalDelivered = e.Status == StudyStatus.Duplicate,
            Reason = e.Reason,
            IdStudyUids = e.IdStudyUids,
            Claimed = e.Claimed,
            LeftTo = e.LeftTo,
            Counts = e.Counts,
            Bytes = e.Bytes,
            RequestedAt = e.RequestedAt,
            UpdatedAt = e.EndedAt,
            Tombstone = e.Tombstone,
            IsRetired = true,
        },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event of a retirement."),
    };

    private static StudyState Apply(StudyState state, StudyEvent happened) => happened switch
    {
        StudyRequested e => state with
        {
            Request = e.Request, Status = StudyStatus.Queued, Step = StudyStep.Locate, Priority = e.Request.Priority, RequestedAt = e.At,
        },
        StudyWidened e => state with { Request = state.Request! with { SeriesUids = e.IdSeriesUids } },
        StudyAdmitted => state with { Admitted = true },
        PermitWanted e => state with
        {
            Status = StatusOf(e.Step), Step = e.Step, Archive = e.Archive, WantsPermit = true, PermitId = null, DueAt = null,
        },
        PermitTaken e => state with { WantsPermit = false, PermitId = e.PermitId, PermitToken = e.Token, LeasesInstances = e.LeasesInstances, StepVersion = state.Version, FetchedBeforePermit = state.Counts.Fetched },
        ArchiveWasEmpty e => WithoutPermit(state) with { EmptyArchives = [.. state.EmptyArchives, e.Archive], Attempts = 0 },
        StudyLocated e => state with
        {
            Archive = e.Archive, IdStudyUids = e.IdStudyUids, Claimed = e.IdStudyUids.Count > 0, Counts = e.Counts, Attempts = 0, Reason = null,
            LeftTo = e.LeftTo ?? [],
        },
        StepStarted e => state with { Status = StatusOf(e.Step), Step = e.Step, StepVersion = state.Version, DueAt = null },
        ProgressMade e => state with { Counts = e.Counts, Bytes = Math.Max(state.Bytes, e.Bytes) },
        StepCompleted e => WithoutPermit(state) with
        {
            Counts = e.Counts, Bytes = e.Step == StudyStep.Fetch ? Math.Max(state.Bytes, e.Bytes) : state.Bytes, Attempts = 0, Reason = null,
            Configuration = e.Configuration ?? state.Configuration, SubjectKey = e.SubjectKey ?? state.SubjectKey,
        },
        StepFailed e => WithoutPermit(state) with { Counts = e.Counts, Attempts = state.Attempts + 1, Reason = e.Reason },
        BackoffStarted e => state with { Status = StudyStatus.Waiting, DueAt = e.Until, StepVersion = state.Version },
        StudyHeld e => Ended(state, StudyStatus.Held, e.Reason),
        StudyRejected e => Closed(state, StudyStatus.Rejected, e.Reason),
        StudyNotFound => Closed(state, StudyStatus.NotFound, "no archive of the project has it"),
        StudyCancelled e => Closed(state, StudyStatus.Cancelled, $"cancelled by {e.By}: {e.Why}"),
        StudyDuplicated e => Closed(state, StudyStatus.Duplicate, "another request of the project delivers the same study") with { DuplicateOf = e.OriginalStudyId },
        StudyDelivered => Ended(state, StudyStatus.Delivered, null) with { Followers = [] },
        StudyRetried e => QueuedOrOn(state) with { Counts = e.Counts },
        StudyRequeued e => QueuedOrOn(state) with
        {
            Step = e.From, Counts = e.Counts, DuplicateOf = null, OriginalDelivered = false,
            EmptyArchives = e.From == StudyStep.Locate ? [] : state.EmptyArchives,
            Claimed = state.Claimed || e.From > StudyStep.Locate,
        },
        PriorityChanged e => state with { Priority = e.Priority },
        FollowerAdded e => state with { Followers = [.. state.Followers, e.StudyId] },
        StudyRevived e => QueuedOrOn(state) with
        {
            Request = e.Request, Step = StudyStep.Locate, Priority = e.Request.Priority, IsRetired = false, EmptyArchives = [], DuplicateOf = null, OriginalDelivered = false,
            LeftTo = [], Counts = new InstanceCounts(),
        },
        OriginalEnded { Status: StudyStatus.Delivered } => state with { OriginalDelivered = true, Reason = "another request of the project delivered the same study" },
        OriginalEnded => QueuedOrOn(state) with { Step = StudyStep.Locate, EmptyArchives = [], DuplicateOf = null, OriginalDelivered = false, LeftTo = [] },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is an event that this release does not know."),
    };

    private static StudyStatus StatusOf(StudyStep step) => step switch
    {
        StudyStep.Locate => StudyStatus.Locating,
        StudyStep.Fetch => StudyStatus.Fetching,
        StudyStep.Anonymize => StudyStatus.Anonymizing,
        StudyStep.Verify => StudyStatus.Verifying,
        _ => StudyStatus.Delivering,
    };

    private static StudyState WithoutPermit(StudyState state) => state with { WantsPermit = false, PermitId = null };

    /// <summary>Nothing runs and nothing is occupied any more.</summary>
    private static StudyState Ended(StudyState state, StudyStatus status, string? reason) =>
        WithoutPermit(state) with { Status = status, Reason = reason, Admitted = false, DueAt = null };

    /// <summary>Ended without delivery: the claims go back and the duplicates have been told.</summary>
    private static StudyState Closed(StudyState state, StudyStatus status, string? reason) =>
        Ended(state, status, reason) with { Claimed = false, Followers = [] };

    /// <summary>Queued; a study that is still admitted begins its step in the same turn.</summary>
    private static StudyState QueuedOrOn(StudyState state) =>
        WithoutPermit(state) with { Status = StudyStatus.Queued, Attempts = 0, DueAt = null, Reason = null };
}
