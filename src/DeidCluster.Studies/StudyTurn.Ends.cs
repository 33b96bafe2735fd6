using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>Failures and ends.</summary>
internal sealed partial class StudyTurn
{
    /// <summary>The effect failed: wait and try again, or hold.</summary>
    public Decision Fail(ReportFailed report)
    {
        if (State.Retirement is { IsPostponed: false })
        {
            return PostponeRetirement(report.Reason);
        }

        if (!IsRunning)
        {
            return draft.Decision();
        }

        bool transient = report.Failure == FailureKind.Transient;
        draft.Writes(report.Changed);
        ReturnPermit(archiveFailed: transient, counts: report.Counts);
        draft.Happens(new StepFailed(State.Step, report.Failure, report.Reason, report.Counts ?? State.Counts, Now));
        if (!transient)
        {
            Hold(report.Reason);
        }
        else if (Policy is not { } policy)
        {
            Hold("the project is not configured any more");
        }
        else if (State.Attempts >= policy.Retry.AttemptsMax)
        {
            Hold($"{report.Reason} ({State.Attempts} attempts)");
        }
        else
        {
            DateTimeOffset until = Now + policy.Retry.Delay(State.StudyId, State.Attempts);
            draft.Happens(new BackoffStarted(until, Now));
            draft.Sends(context.Self, new ResumeAfterBackoff(State.StepVersion), until);
        }

        return draft.Decision();
    }

    /// <summary>The wait is over, if it is still the one that this timer was set for.</summary>
    public Decision Resume(ResumeAfterBackoff resume)
    {
        if (State.Status == StudyStatus.Waiting && State.StepVersion == resume.StepVersion)
        {
            Begin(State.Step);
        }

        return draft.Decision();
    }

    private void Hold(string reason)
    {
        ReturnPermit();
        ReleaseAdmission(StudyStatus.Held);
        draft.Happens(new StudyHeld(reason, Now));
    }

    private void Deliver()
    {
        ReleaseAdmission(StudyStatus.Delivered);
        TellFollowers(StudyStatus.Delivered);
        draft.Happens(new StudyDelivered(Now));
    }

    /// <summary>Nothing is left to do: rejected, unless this study has delivered something before its record was retired.</summary>
    private void RejectOrDeliver(IEnumerable<string?> reasons)
    {
        if (State.Tombstone is { ConfirmedHashes.Count: > 0 })
        {
            ReturnPermit();
            Deliver();
        }
        else
        {
            Reject(reasons);
        }
    }

    private void Reject(IEnumerable<string?> reasons)
    {
        string[] distinct = [.. reasons.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string reason = distinct is [string only] ? only : $"all {State.Counts.Total} instances are rejected, see the ledger";
        EndWithout(StudyStatus.Rejected, new StudyRejected(reason, Now));
    }

    /// <summary>An end without delivery: everything occupied goes back, claims included, and the duplicates may try.</summary>
    private void EndWithout(StudyStatus status, StudyEvent end)
    {
        ReturnPermit();
        ReleaseAdmission(status);
        TellFollowers(status);
        draft.Writes(new ClaimRelease(State.StudyId));
        draft.Happens(end);
    }

    /// <summary>
    /// Mails the permit back; the event that follows in the same turn takes it from the state. Before a retrieval has reported (<paramref name="unused"/>),
    /// nobody knows when its association ends, whether its node is gone or only told to stop: the permit counts as lost.
    /// </summary>
    private void ReturnPermit(bool archiveFailed = false, bool unused = false, InstanceCounts? counts = null)
    {
        if (State.PermitId is { } permit)
        {
            bool isLost = State.PermitToken != context.Token || (unused && State.Status is StudyStatus.Locating or StudyStatus.Fetching);
            int fetched = Math.Max(0, (counts ?? State.Counts).Fetched - State.FetchedBeforePermit);
            draft.Sends(Actors.Archive(State.Archive!), new ReturnPermit(State.StudyId, permit, archiveFailed, unused, fetched, isLost));
        }
    }

    private void ReleaseAdmission(StudyStatus outcome)
    {
        if (State.Admitted)
        {
            draft.Sends(Actors.Project(Project), new ReleaseAdmission(State.StudyId, outcome));
        }
    }

    private void TellFollowers(StudyStatus outcome)
    {
        foreach (string follower in State.Followers)
        {
            draft.Sends(Actors.Study(follower), new ReportOriginalEnded(outcome, State.StudyId));
        }
    }

    private static string HeldReason(StudyStep step, IReadOnlyList<InstanceRow> changed, InstanceCounts counts, int findings)
    {
        string? first = changed.FirstOrDefault(row => row.State == InstanceState.Held)?.Reason;
        string found = findings > 0 ? $", {findings} findings" : "";
        return $"{counts.Held} of {counts.Total} instances are held by {Word(step)}{found}{(first is null ? "" : $": {first}")}";
    }

    private static string Word(StudyStep step) => step.ToString().ToLowerInvariant();
}
