using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>
/// The rules of one study, from its request to its end, in the order of its way: queued, admitted, located, fetched, anonymized,
/// verified, delivered; then what goes wrong, and what operators and other studies may ask. <paramref name="policyOf"/> is the
/// configuration of a project, null for one that is not configured.
/// </summary>
public sealed class StudyDecider(Func<string, StudyPolicy?> policyOf) : IDecider<StudyState>
{
    /// <summary>The priority that is served last.</summary>
    public const int PriorityMin = 0;

    /// <summary>The priority that is served first.</summary>
    public const int PriorityMax = 9;

    /// <inheritdoc/>
    public StudyState Initial(ActorId id) => new() { StudyId = id.Key };

    /// <inheritdoc/>
    public StudyState Evolve(StudyState state, IEvent happened) => StudyEvolution.Evolve(state, happened);

    /// <inheritdoc/>
    public IndexQuery? Ask(StudyState state, ICommand command) => command switch
    {
        ReportLocated { Inventory.Count: > 0 } located when state.Request is not null =>
            new ClaimOwners(state.Request.Project, [.. StudyUidsOf(located.Inventory)]),
        RequeueStudy { From: > StudyStep.Locate } when state is { Request: not null, Claimed: false, IdStudyUids.Count: > 0 } =>
            new ClaimOwners(state.Request.Project, state.IdStudyUids),
        _ => null,
    };

    /// <inheritdoc/>
    public Decision Decide(StudyState state, ICommand command, TurnContext context)
    {
        StudyTurn turn = new(new Draft<StudyState>(state, StudyEvolution.Evolve), policyOf, context);
        if (state.Request is null)
        {
            return turn.BeforeRequest(command);
        }

        return command switch
        {
            RequestStudy again => turn.Again(again.Request),
            AdmitStudy => turn.Admit(),
            GrantPermit grant => turn.TakePermit(grant),
            ReportPermitLost => turn.LosePermit(),
            ReportLocated report => turn.Locate(report),
            ReportProgress report => turn.Progress(report),
            ReportFetched report => turn.Complete(StudyStep.Fetch, report.Changed, report.Counts, report.BytesFetched),
            ReportAnonymized report => turn.Complete(StudyStep.Anonymize, report.Changed, report.Counts, report.BytesWritten, report),
            ReportVerified report => turn.Complete(StudyStep.Verify, report.Changed, report.Counts, 0, findings: report.Findings),
            ReportDelivered report => turn.Complete(StudyStep.Deliver, report.Changed, report.Counts, report.BytesDelivered),
            ReportFailed report => turn.Fail(report),
            RetireStudy retire => turn.Retire(retire),
            ReportRetired report => turn.Retire(report),
            ResumeRetirement resume => turn.ResumeRetirement(resume),
            ResumeAfterBackoff resume => turn.Resume(resume),
            RetryStudy retry => turn.Retry(retry),
            RequeueStudy requeue => turn.Requeue(requeue),
            CancelStudy cancel => turn.Cancel(cancel),
            SetStudyPriority priority => turn.SetPriority(priority),
            FollowStudy follow => turn.AddFollower(follow),
            ReportOriginalEnded ended => turn.EndOriginal(ended),
            _ => throw new InvalidOperationException($"{command.GetType().Name} is no command of a study."),
        };
    }

    /// <inheritdoc/>
    public EffectRequest? Next(StudyState state)
    {
        if (state.Request is not { } request)
        {
            return null;
        }

        return state switch
        {
            { Retirement: { IsPostponed: false } retirement } =>
                new EffectRequest("retire", retirement.Version, new RetireEffect(state.StudyId, request.Project, state.Status, retirement.Version, retirement.Rule, retirement.Archive)),
            { Status: StudyStatus.Locating, PermitId: not null, Archive: { } archive } =>
                new EffectRequest("locate", state.StepVersion, new LocateEffect(state.StudyId, request, archive, state.PermitToken)),
            { Status: StudyStatus.Fetching, PermitId: not null, Archive: { } archive } =>
                new EffectRequest("fetch", state.StepVersion, new FetchEffect(state.StudyId, request, archive, state.PermitToken)),
            { Status: StudyStatus.Anonymizing } => new EffectRequest("anonymize", state.StepVersion, new AnonymizeEffect(state.StudyId, request)),
            { Status: StudyStatus.Verifying } => new EffectRequest("verify", state.StepVersion, new VerifyEffect(state.StudyId, request)),
            { Status: StudyStatus.Delivering } => new EffectRequest("deliver", state.StepVersion, new DeliverEffect(state.StudyId, request)),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<RowWrite> Project(StudyState state) => state.Request is not { } request ? [] :
    [
        new StudyRow
        {
            StudyId = state.StudyId,
            Project = request.Project,
            Status = state.Status,
            Step = state.IsOver ? null : state.Step,
            Priority = state.Priority,
            Archive = state.Archive,
            WantsPermit = state.WantsPermit,
            Attempts = state.Attempts,
            DueAt = state.DueAt,
            Counts = state.Counts,
            Bytes = state.Bytes,
            Reason = state.Reason,
            DuplicateOf = state.DuplicateOf,
            RequestedAt = state.RequestedAt,
            UpdatedAt = state.UpdatedAt,
            FinishedAt = state.FinishedAt,
            RetiredAt = state.IsRetired ? state.Tombstone!.RetiredAt : null,
            IdMrn = request.Mrn,
            IdAccessionNumber = request.AccessionNumber,
            IdStudyUid = request.StudyUid,
            IdProcedure = request.ProcedureId,
        },
    ];

    private static IEnumerable<string> StudyUidsOf(IReadOnlyList<InstanceRow> inventory) =>
        inventory.Select(row => row.IdStudyUid).Distinct(StringComparer.Ordinal);
}
