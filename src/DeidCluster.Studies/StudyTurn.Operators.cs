using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>What operators ask.</summary>
internal sealed partial class StudyTurn
{
    /// <summary>The reply to whoever asked.</summary>
    public Decision Answer() => draft.Decision(new StudyReply(State.StudyId, State.Status, draft.Changed));

    private Decision Refuse(string refusal) => new() { Reply = new StudyReply(State.StudyId, State.Status, Changed: false, refusal) };

    /// <summary>Tries the waiting or held step again with a fresh count of attempts.</summary>
    public Decision Retry(RetryStudy retry)
    {
        if (State.Status is not (StudyStatus.Waiting or StudyStatus.Held))
        {
            return Refuse("only a waiting or held study can be tried again");
        }

        if (State.IsRetired)
        {
            return Refuse("the study's record was retired; request it again");
        }

        InstanceCounts counts = State.Counts;
        if (counts.Held > 0 && State.Step > StudyStep.Locate)
        {
            counts = ResetLedger([InstanceState.Held], InputOf(State.Step));
        }

        draft.Happens(new StudyRetried(retry.By, retry.Why, counts, Now));
        return GoOn();
    }

    /// <summary>Starts again from a step that the study has reached before.</summary>
    public Decision Requeue(RequeueStudy requeue)
    {
        StudyStep from = requeue.From;
        if (State.IsRetired)
        {
            return RequeueRetired(from, requeue.By);
        }

        if (from > State.Step || (from > StudyStep.Locate && State.Counts.Total == 0))
        {
            return Refuse($"the study has not come as far as {Word(from)}; it can be queued from {Word(State.Counts.Total == 0 ? StudyStep.Locate : State.Step)}");
        }

        if (from > StudyStep.Locate && !State.Claimed && (State.IdStudyUids.Count == 0 || OtherOwners().Count > 0))
        {
            return Refuse("its claim has gone to another study; it can be queued from locate");
        }

        ReturnPermit(unused: true);
        InstanceCounts counts = State.Counts;
        if (from > StudyStep.Locate)
        {
            counts = ResetLedger(ResultsOf(from), InputOf(from));
            draft.Writes(State.IdStudyUids.Select(uid => new ClaimRow(Project, uid, State.StudyId)));
        }

        draft.Happens(new StudyRequeued(from, requeue.By, requeue.Why, counts, Now));
        return GoOn();
    }

    /// <summary>Looks for what came late to a study whose record is gone; only that is added.</summary>
    private Decision RequeueRetired(StudyStep from, string by)
    {
        if (from > StudyStep.Locate || State.IdStudyUids.Count != 1)
        {
            return Refuse(from > StudyStep.Locate ? "the study's record was retired; it can be queued from locate" : "the study's record was retired, and with it what it was requested by; request it again");
        }

        Revive(null, by);
        return Answer();
    }

    /// <summary>Stops for good whatever is not over; the running effect ends because nothing waits for it any more.</summary>
    public Decision Cancel(CancelStudy cancel)
    {
        if (State.Status == StudyStatus.Cancelled)
        {
            return Answer();
        }

        if (State.IsOver && State.Status != StudyStatus.Duplicate)
        {
            return Refuse($"the study is over: {State.Status.ToString().ToLowerInvariant()}");
        }

        ReturnPermit(unused: true);
        ReleaseAdmission(StudyStatus.Cancelled);
        TellFollowers(StudyStatus.Cancelled);
        draft.Writes(new ClaimRelease(State.StudyId));
        draft.Happens(new StudyCancelled(cancel.By, cancel.Why, Now));
        return Answer();
    }

    /// <summary>Counts at the next grant, because the waiting line is the index.</summary>
    public Decision SetPriority(SetStudyPriority command)
    {
        if (command.Priority is < StudyDecider.PriorityMin or > StudyDecider.PriorityMax)
        {
            return Refuse($"a priority is a number from {StudyDecider.PriorityMin} to {StudyDecider.PriorityMax}");
        }

        if (State.IsOver)
        {
            return Refuse($"the study is over: {State.Status.ToString().ToLowerInvariant()}");
        }

        if (command.Priority != State.Priority)
        {
            draft.Happens(new PriorityChanged(command.Priority, command.By, command.Why, Now));
        }

        return Answer();
    }

    /// <summary>A study that kept its admission goes on at once; another waits for one.</summary>
    private Decision GoOn()
    {
        if (State.Admitted)
        {
            Begin(State.Step);
        }
        else
        {
            draft.Sends(Actors.Project(Project), new ConsiderAdmissions());
        }

        return Answer();
    }

    private InstanceCounts ResetLedger(IReadOnlyList<InstanceState> from, InstanceState to)
    {
        draft.Writes(new LedgerReset(State.StudyId, from, to));
        return State.Counts.Move(from, to);
    }

    /// <summary>Where instances stand that the step is to work on.</summary>
    private static InstanceState InputOf(StudyStep step) => step switch
    {
        StudyStep.Fetch => InstanceState.Located,
        StudyStep.Anonymize => InstanceState.Fetched,
        StudyStep.Verify => InstanceState.Anonymized,
        _ => InstanceState.Verified,
    };

    /// <summary>Where instances stand that the step, or one behind it, has worked on; rejections stay, they are explained.</summary>
    private static IReadOnlyList<InstanceState> ResultsOf(StudyStep step) =>
    [
        .. Enum.GetValues<InstanceState>().Where(state => state > InputOf(step) && state is not (InstanceState.Rejected or InstanceState.Held)),
        InstanceState.Held,
    ];
}
