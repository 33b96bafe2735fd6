using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>One command meeting one study that was requested. Each public method is one rule and returns the decision.</summary>
internal sealed partial class StudyTurn(Draft<StudyState> draft, Func<string, StudyPolicy?> policyOf, TurnContext context)
{
    private StudyState State => draft.State;

    private DateTimeOffset Now => context.Now;

    private string Project => State.Request!.Project;

    private StudyPolicy? Policy => policyOf(Project);

    /// <summary>What arrives before the request: mail of a study that this store never accepted gives back what it brings.</summary>
    public Decision BeforeRequest(ICommand command)
    {
        switch (command)
        {
            case RequestStudy request:
                return Request(request.Request);
            case GrantPermit grant:
                draft.Sends(Actors.Archive(grant.Archive), new ReturnPermit(State.StudyId, grant.PermitId, ArchiveFailed: false, Unused: true));
                return draft.Decision();
            case FollowStudy follow:
                draft.Sends(Actors.Study(follow.FollowerStudyId), new ReportOriginalEnded(StudyStatus.NotFound, State.StudyId));
                return draft.Decision();
            case RetireStudy or RetryStudy or RequeueStudy or CancelStudy or SetStudyPriority:
                return Refuse("the study was never requested");
            default:
                return draft.Decision();
        }
    }

    private Decision Request(StudyRequest request)
    {
        if (StudyRequestRules.Check(request) is [RequestProblem first, ..])
        {
            return Refuse($"{first.Field} {first.Problem}");
        }

        if (policyOf(request.Project) is null)
        {
            return Refuse("the project is not configured");
        }

        draft.Happens(new StudyRequested(request, Now));
        draft.Sends(Actors.Project(Project), new ConsiderAdmissions());
        return Answer();
    }

    /// <summary>A stale admission goes back; a second one of a study that is in flight is the one that it has.</summary>
    public Decision Admit()
    {
        if (State.Status == StudyStatus.Queued)
        {
            draft.Happens(new StudyAdmitted(Now));
            Begin(State.Step);
        }
        else if (!State.Admitted)
        {
            draft.Sends(Actors.Project(Project), new ReleaseAdmission(State.StudyId, State.Status));
        }

        return draft.Decision();
    }

    /// <summary>Takes the permit that is wanted; one that is not wanted any more goes back.</summary>
    public Decision TakePermit(GrantPermit grant)
    {
        bool isMine = grant.Archive == State.Archive;
        if (isMine && State.WantsPermit)
        {
            draft.Happens(new PermitTaken(grant.PermitId, Now, context.Token, grant.LeasesInstances));
            if (State.Status == StudyStatus.Fetching)
            {
                LeaseInstances(State.Counts);
            }
        }
        else if (!isMine || State.PermitId != grant.PermitId)
        {
            draft.Sends(Actors.Archive(grant.Archive), new ReturnPermit(State.StudyId, grant.PermitId, ArchiveFailed: false, Unused: true));
        }

        return draft.Decision();
    }

    /// <summary>The node that used the permit is gone: the permit goes back as lost, and the step waits for another one. Burns no attempt.</summary>
    public Decision LosePermit()
    {
        if (State is { Status: StudyStatus.Locating or StudyStatus.Fetching, PermitId: not null, Archive: { } archive })
        {
            ReturnPermit(unused: true);
            WantPermit(State.Step, archive);
        }

        return draft.Decision();
    }

    /// <summary>Nothing there: the next archive. Something: claim it, then fetch it with the same permit.</summary>
    public Decision Locate(ReportLocated report)
    {
        if (State.Status != StudyStatus.Locating || State.PermitId is null || State.Archive != report.Archive)
        {
            return draft.Decision();
        }

        if (report.Inventory.Count == 0)
        {
            ReturnPermit();
            draft.Happens(new ArchiveWasEmpty(report.Archive, Now));
            Begin(StudyStep.Locate);
            return draft.Decision();
        }

        Dictionary<string, string> ownerByUid = OtherOwners();
        string[] uids = [.. report.Inventory.Select(row => row.IdStudyUid).Distinct(StringComparer.Ordinal)];
        string[] ours = [.. uids.Where(uid => !ownerByUid.ContainsKey(uid))];
        string[] owners = [.. ownerByUid.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Follow(owners, report.Inventory, ownerByUid);
        if (ours.Length == 0)
        {
            EndWithout(StudyStatus.Duplicate, new StudyDuplicated(ownerByUid[uids[0]], Now));
            return draft.Decision();
        }

        InstanceRow[] inventory = [.. WithoutDelivered(report.Inventory).Select(row => ownerByUid.TryGetValue(row.IdStudyUid, out string? owner) ? LeftTo(row, owner) : row)];
        Record(report.Archive, inventory, ours, owners);
        return draft.Decision();
    }

    private void Record(string archive, InstanceRow[] inventory, string[] ours, string[] leftTo)
    {
        InstanceCounts counts = InstanceCounts.Of(inventory);
        draft.Writes(new LedgerClear(State.StudyId));
        draft.Writes(inventory);
        draft.Writes(ours.Select(uid => new ClaimRow(Project, uid, State.StudyId)));
        draft.Happens(new StudyLocated(archive, ours, counts, Now, leftTo.Length > 0 ? leftTo : null));
        if (counts.Held > 0)
        {
            Hold($"{counts.Held} instances are held, see the ledger");
        }
        else if (counts.Rejected == counts.Total)
        {
            RejectOrDeliver(inventory.Select(row => row.Reason));
        }
        else
        {
            draft.Happens(new StepStarted(StudyStep.Fetch, Now));
            LeaseInstances(counts);
        }
    }

    /// <summary>What is about to be fetched counts at the archive's rate before it has come.</summary>
    private void LeaseInstances(InstanceCounts counts)
    {
        if (State.LeasesInstances && counts.Located > 0)
        {
            draft.Sends(Actors.Archive(State.Archive!), new LeaseInstances(State.StudyId, State.PermitId!.Value, counts.Located));
        }
    }

    /// <summary>Ledger rows and counts of a running effect.</summary>
    public Decision Progress(ReportProgress report)
    {
        if (!IsRunning)
        {
            return draft.Decision();
        }

        draft.Writes(report.Changed);
        draft.Happens(new ProgressMade(report.Counts, report.Bytes, Now));
        return draft.Decision();
    }

    /// <summary>The end of a step after Locate: on to the next one, or to what the ledger says that it must be.</summary>
    public Decision Complete(
        StudyStep step, IReadOnlyList<InstanceRow> changed, InstanceCounts counts, long bytes, ReportAnonymized? anonymized = null, int findings = 0)
    {
        if (!IsRunning || State.Step != step)
        {
            return draft.Decision();
        }

        int before = State.Counts.Total;
        draft.Writes(changed);
        if (anonymized?.Linkage is { } linkage)
        {
            draft.Writes(linkage);
        }

        ReturnPermit(counts: counts);
        draft.Happens(new StepCompleted(step, counts, bytes, Now, anonymized?.Configuration, anonymized?.SubjectKey));
        if (counts.Total != before)
        {
            Hold($"the ledger does not add up after {Word(step)}: {counts.Total} instances of {before}");
        }
        else if (counts.Held > 0 || findings > 0)
        {
            Hold(HeldReason(step, changed, counts, findings));
        }
        else if (counts.Rejected == counts.Total)
        {
            RejectOrDeliver(changed.Where(row => row.State == InstanceState.Rejected).Select(row => row.Reason));
        }
        else if (Ready(step, counts) + counts.Rejected != counts.Total)
        {
            Hold($"{counts.Total - counts.Rejected - Ready(step, counts)} instances are unexplained after {Word(step)}");
        }
        else if (step == StudyStep.Deliver)
        {
            Deliver();
        }
        else
        {
            Begin(step + 1);
        }

        return draft.Decision();
    }

    private bool IsRunning => State.Status switch
    {
        StudyStatus.Locating or StudyStatus.Fetching => State.PermitId is not null,
        StudyStatus.Anonymizing or StudyStatus.Verifying or StudyStatus.Delivering => true,
        _ => false,
    };

    /// <summary>Instances that stand where <paramref name="step"/> leaves them.</summary>
    private static int Ready(StudyStep step, InstanceCounts counts) => step switch
    {
        StudyStep.Fetch => counts.Fetched,
        StudyStep.Anonymize => counts.Anonymized,
        StudyStep.Verify => counts.Verified,
        _ => counts.Confirmed,
    };

    /// <summary>Starts a step, with a permit where it asks an archive.</summary>
    private void Begin(StudyStep step)
    {
        if (Policy is not { } policy)
        {
            Hold("the project is not configured any more");
        }
        else if (step == StudyStep.Locate)
        {
            string? archive = policy.Archives.FirstOrDefault(name => !State.EmptyArchives.Contains(name, StringComparer.Ordinal));
            if (archive is null)
            {
                EndWithout(StudyStatus.NotFound, new StudyNotFound(Now));
            }
            else
            {
                WantPermit(step, archive);
            }
        }
        else if (step == StudyStep.Fetch)
        {
            WantPermit(step, State.Archive!);
        }
        else
        {
            draft.Happens(new StepStarted(step, Now));
        }
    }

    private void WantPermit(StudyStep step, string archive)
    {
        draft.Happens(new PermitWanted(step, archive, Now));
        draft.Sends(Actors.Archive(archive), new ConsiderPermits());
    }

    private Dictionary<string, string> OtherOwners() =>
        context.Rows.OfType<ClaimRow>().Where(claim => claim.StudyId != State.StudyId)
            .ToDictionary(claim => claim.IdStudyUid, claim => claim.StudyId, StringComparer.Ordinal);

    private static InstanceRow LeftTo(InstanceRow row, string owner) =>
        row with { State = InstanceState.Rejected, Reason = $"delivered by study {owner}" };
}
