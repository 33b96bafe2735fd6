using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

public class StudyOperatorTests
{
    [Fact]
    public void Retry_OfAHeldStudy_QueuesItsStep_AndResetsHeldInstances()
    {
        StudyScenario study = new StudyScenario().Anonymizing()
            .When(new ReportAnonymized([], new InstanceCounts(Anonymized: 1, Held: 1), 1, null))
            .When(new RetryStudy("someone", "profile was mended"));
        Assert.Equal((StudyStatus.Queued, StudyStep.Anonymize), (study.State.Status, study.State.Step));
        Assert.Equal(new InstanceCounts(Anonymized: 1, Fetched: 1), study.State.Counts);
        LedgerReset reset = Assert.Single(study.Rows.OfType<LedgerReset>());
        Assert.Equal([InstanceState.Held], reset.From);
        Assert.Equal(InstanceState.Fetched, reset.To);
        Assert.Equal([new ConsiderAdmissions()], study.SentTo(Actors.Project("lung")));

        study.When(new AdmitStudy());
        Assert.IsType<AnonymizeEffect>(study.Effect!.Parameters);
    }

    [Fact]
    public void Retry_OfAWaitingStudy_GoesOnAtOnce_WithFreshAttempts()
    {
        StudyScenario study = new StudyScenario().Waiting().When(new RetryStudy("someone", "it is back"));
        Assert.Equal((StudyStatus.Fetching, 0, true), (study.State.Status, study.State.Attempts, study.State.WantsPermit));
    }

    [Fact]
    public void Requeue_OfARunningStudy_ReplacesItsEffect()
    {
        StudyScenario study = new StudyScenario().Verifying();
        EffectRequest before = study.Effect!;
        study.When(new RequeueStudy(StudyStep.Anonymize, "someone", "again"));
        Assert.Equal(StudyStatus.Anonymizing, study.State.Status);
        Assert.True(study.Effect!.Version > before.Version);
        Assert.Equal(new InstanceCounts(Fetched: 2), study.State.Counts);
    }

    [Fact]
    public void Requeue_FromLocate_AsksAllArchivesAgain()
    {
        StudyScenario study = new StudyScenario().NotFound().When(new RequeueStudy(StudyStep.Locate, "someone", "it has arrived"));
        Assert.Equal((StudyStatus.Queued, 0), (study.State.Status, study.State.EmptyArchives.Count));
        study.When(new AdmitStudy());
        Assert.Equal("vna", study.State.Archive);
    }

    [Theory]
    [InlineData(StudyStatus.NotFound, StudyStep.Fetch)]
    [InlineData(StudyStatus.Fetching, StudyStep.Deliver)]
    [InlineData(StudyStatus.Queued, StudyStep.Anonymize)]
    public void Requeue_FromAStepNeverReached_IsRefused(StudyStatus status, StudyStep from)
    {
        StudyScenario study = StudyScenario.In(status);
        StudyState before = study.State;
        study.When(new RequeueStudy(from, "someone", "why"));
        Assert.NotNull(study.Reply!.Refusal);
        Assert.Same(before, study.State);
    }

    [Fact]
    public void Requeue_OfACancelledStudy_ClaimsAgain_OrIsRefused()
    {
        StudyScenario study = new StudyScenario().Anonymizing().When(new CancelStudy("someone", "why"));
        Assert.Contains(new ClaimRelease(StudyScenario.Id), study.Rows);
        study.When(new RequeueStudy(StudyStep.Fetch, "someone", "why"), new ClaimRow("lung", StudyScenario.Uid, StudyScenario.Other));
        Assert.IsType<ClaimOwners>(study.Asked);
        Assert.Equal("its claim has gone to another study; it can be queued from locate", study.Reply!.Refusal);
        study.When(new RequeueStudy(StudyStep.Fetch, "someone", "why"));
        Assert.Contains(new ClaimRow("lung", StudyScenario.Uid, StudyScenario.Id), study.Rows);
        Assert.Equal(StudyStatus.Queued, study.State.Status);
    }

    [Fact]
    public void Requeue_OfADeliveredStudy_DeliversAgain()
    {
        StudyScenario study = new StudyScenario().Delivered().When(new RequeueStudy(StudyStep.Deliver, "someone", "lost there")).When(new AdmitStudy());
        Assert.IsType<DeliverEffect>(study.Effect!.Parameters);
        Assert.Equal(new InstanceCounts(Verified: 2), study.State.Counts);
    }

    [Fact]
    public void Cancel_OfARunningStudy_StopsItsEffect_AndGivesEverythingBack()
    {
        StudyScenario study = new StudyScenario().Fetching().When(new CancelStudy("someone", "not needed"));
        Assert.Null(study.Effect);
        Assert.Equal((StudyStatus.Cancelled, "cancelled by someone: not needed"), (study.Row.Status, study.Row.Reason));
        Assert.Contains(study.Sends, send => send.Command is ReturnPermit { Unused: true });
        Assert.Contains(study.Sends, send => send.Command is ReleaseAdmission);
        study.When(new CancelStudy("someone", "again"));
        Assert.False(study.Reply!.Changed);
        Assert.Null(study.Reply.Refusal);
    }

    [Fact]
    public void Cancel_OfADeliveredStudy_IsRefused() =>
        Assert.Equal("the study is over: delivered", new StudyScenario().Delivered().When(new CancelStudy("someone", "why")).Reply!.Refusal);

    [Fact]
    public void Priority_Changes_WithinItsBounds()
    {
        StudyScenario study = new StudyScenario().Requested().When(new SetStudyPriority(9, "someone", "urgent"));
        Assert.Equal((9, true), (study.Row.Priority, study.Reply!.Changed));
        Assert.NotNull(study.When(new SetStudyPriority(10, "someone", "why")).Reply!.Refusal);
        Assert.False(study.When(new SetStudyPriority(9, "someone", "why")).Reply!.Changed);
    }
}
