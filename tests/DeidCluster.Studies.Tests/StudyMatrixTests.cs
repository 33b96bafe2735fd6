using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Every state meets every command: nothing throws, and what must always hold, holds.</summary>
public class StudyMatrixTests
{
    private static readonly ICommand[] Commands =
    [
        new RequestStudy(StudyScenario.Request), new AdmitStudy(), new GrantPermit("vna", 40), new GrantPermit("pacs", 41),
        new ReportLocated("vna", [], 0), new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1), new ReportLocated("pacs", StudyScenario.Inventory("pacs", 1), 1),
        new ReportFetched([], new InstanceCounts(Fetched: 2), 1), new ReportFetched([], new InstanceCounts(Fetched: 1, Held: 1), 1),
        new ReportAnonymized([], new InstanceCounts(Anonymized: 2), 1, null), new ReportVerified([], new InstanceCounts(Verified: 2), 0),
        new ReportVerified([], new InstanceCounts(Verified: 1, Held: 1), 1), new ReportDelivered([], new InstanceCounts(Confirmed: 2), 1),
        new ReportDelivered([], new InstanceCounts(Confirmed: 1, Rejected: 1), 1), new ReportDelivered([], new InstanceCounts(Rejected: 2), 1),
        new ReportProgress([], new InstanceCounts(Located: 1, Fetched: 1), 1), new ReportFailed(FailureKind.Transient, "a reason", []),
        new ReportFailed(FailureKind.Permanent, "a reason", []), new ReportFailed(FailureKind.Misconfigured, "a reason", []),
        new ResumeAfterBackoff(0), new ResumeAfterBackoff(7), new RetryStudy("by", "why"), new CancelStudy("by", "why"), new SetStudyPriority(1, "by", "why"),
        new RetireStudy("a rule", true), new ReportRetired([], 2, null, null), new ResumeRetirement(7),
        new FollowStudy(StudyScenario.Other), new FollowStudy(StudyScenario.Other, ["1.2.3.9"]), new ReportOriginalEnded(StudyStatus.Cancelled), new ReportOriginalEnded(StudyStatus.Delivered),
        .. Enum.GetValues<StudyStep>().Select(step => new RequeueStudy(step, "by", "why")),
    ];

    public static TheoryData<StudyStatus> Statuses => [.. Enum.GetValues<StudyStatus>()];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void State_MeetsEachCommand_AndLosesNothing(StudyStatus status)
    {
        foreach (ICommand command in Commands)
        {
            StudyScenario study = StudyScenario.In(status);
            Assert.Equal(status, study.State.Status);
            Check(study, command);
            foreach (ICommand second in Commands)
            {
                study = StudyScenario.In(status).When(command);
                Check(study, second);
            }
        }
    }

    [Fact]
    public void StudyNeverRequested_MeetsEachCommand_AndKeepsNothing()
    {
        foreach (ICommand command in Commands.Where(command => command is not RequestStudy))
        {
            StudyScenario study = new StudyScenario().When(command);
            Assert.Empty(study.Events);
            Assert.Equal(command is GrantPermit, study.Sends.Any(send => send.Command is ReturnPermit));
        }
    }

    private static void Check(StudyScenario study, ICommand command)
    {
        StudyState before = study.State;
        study.When(command);
        StudyState after = study.State;

        long[] returned = [.. study.Sends.Select(send => send.Command).OfType<ReturnPermit>().Select(back => back.PermitId)];
        long? brought = (command as GrantPermit)?.PermitId;
        long[] owned = [.. new[] { before.PermitId, brought }.OfType<long>().Distinct()];
        Assert.Equal(owned.Where(permit => permit != after.PermitId).Order(), returned.Order());

        bool released = study.Sends.Any(send => send.Command is ReleaseAdmission);
        bool wasAdmitted = before.Admitted || command is AdmitStudy;
        Assert.Equal(wasAdmitted && !after.Admitted, released);

        Assert.False(after.WantsPermit && after.PermitId is not null);
        Assert.True(study.Effect is null || (study.Effect.Kind == "retire" ? after.IsOver : after.Admitted && !after.IsOver));
        Assert.True(!after.IsOver || (!after.Admitted && after.PermitId is null && !after.WantsPermit && after.DueAt is null));
        Assert.True(after.Status != StudyStatus.Delivered || after.Counts.Confirmed + after.Counts.Rejected == after.Counts.Total && (after.Counts.Confirmed > 0 || after.Tombstone is not null));
        Assert.Equal(after.Status == StudyStatus.Waiting, after.DueAt is not null);
        Assert.Equal(study.Events.Count, after.Version);
        bool isOperators = command is RequestStudy or RetryStudy or RequeueStudy or CancelStudy or SetStudyPriority or RetireStudy;
        Assert.Equal(isOperators, study.Reply is not null);
        Assert.True(study.Reply?.Refusal is null || ReferenceEquals(before, after));
    }
}
