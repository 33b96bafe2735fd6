using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

public class StudyWayTests
{
    [Fact]
    public void Study_ThatMeetsNoObstacle_IsDelivered()
    {
        StudyScenario study = new StudyScenario().Requested();
        Assert.Equal(StudyStatus.Queued, study.Reply!.Status);
        Assert.True(study.Reply.Changed);
        Assert.Equal([new ConsiderAdmissions()], study.SentTo(Actors.Project("lung")));
        Assert.Null(study.Effect);

        study.When(new AdmitStudy());
        Assert.Equal((StudyStatus.Locating, "vna", true), (study.Row.Status, study.Row.Archive, study.Row.WantsPermit));
        Assert.Equal([new ConsiderPermits()], study.SentTo(Actors.Archive("vna")));
        Assert.Null(study.Effect);

        study.When(new GrantPermit("vna", 7));
        Assert.Equal(new LocateEffect(StudyScenario.Id, StudyScenario.Request, "vna", PermitToken: 0), study.Effect!.Parameters);

        study.When(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1));
        Assert.Equal(["1.2.3"], Assert.IsType<ClaimOwners>(study.Asked).IdStudyUids);
        Assert.Contains(new ClaimRow("lung", "1.2.3", StudyScenario.Id), study.Rows);
        Assert.Equal(2, study.Rows.OfType<InstanceRow>().Count());
        Assert.IsType<FetchEffect>(study.Effect!.Parameters);
        Assert.Empty(study.Sends); // the same permit

        study.When(new ReportFetched([], new InstanceCounts(Fetched: 2), 100));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 7, ArchiveFailed: false, Instances: 2)], study.SentTo(Actors.Archive("vna")));
        Assert.IsType<AnonymizeEffect>(study.Effect!.Parameters);

        study.When(new ReportAnonymized([], new InstanceCounts(Anonymized: 2), 90, null));
        Assert.IsType<VerifyEffect>(study.Effect!.Parameters);

        study.When(new ReportVerified([], new InstanceCounts(Verified: 2), 0));
        Assert.IsType<DeliverEffect>(study.Effect!.Parameters);

        study.When(new ReportDelivered([], new InstanceCounts(Confirmed: 2), 90));
        Assert.Equal((StudyStatus.Delivered, (StudyStep?)null, 100L), (study.Row.Status, study.Row.Step, study.Row.Bytes));
        Assert.Equal([new ReleaseAdmission(StudyScenario.Id, StudyStatus.Delivered)], study.SentTo(Actors.Project("lung")));
        Assert.Null(study.Effect);
    }

    [Theory]
    [InlineData(StudyStatus.Locating)]
    [InlineData(StudyStatus.Fetching)]
    public void Study_ThatMovedToAnotherOwner_GivesItsPermitBackAsLost_AndWaitsForAnother(StudyStatus status)
    {
        StudyScenario study = StudyScenario.In(status);
        study.Token = 5;
        study.When(new ReportPermitLost());
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: false, Unused: true, Lost: true), new ConsiderPermits()], study.SentTo(Actors.Archive("vna")));
        Assert.Equal((status, true, 0), (study.State.Status, study.State.WantsPermit, study.State.Attempts));
        Assert.Null(study.Effect);
        study.When(new GrantPermit("vna", 9));
        Assert.Equal(5, study.State.PermitToken);
    }

    [Theory]
    [InlineData(StudyStatus.Locating)]
    [InlineData(StudyStatus.Fetching)]
    public void Study_CancelledWhileItAsks_GivesItsPermitBackAsLost_BecauseItsAssociationMayEndLater(StudyStatus status)
    {
        StudyScenario study = StudyScenario.In(status);
        study.When(new CancelStudy("someone", "why"));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: false, Unused: true, Lost: true)], study.SentTo(Actors.Archive("vna")));
    }

    [Fact]
    public void Study_CancelledByAnotherOwner_GivesItsPermitBackAsLost()
    {
        StudyScenario study = new StudyScenario().Fetching();
        study.Token = 5;
        study.When(new CancelStudy("someone", "why"));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: false, Unused: true, Lost: true)], study.SentTo(Actors.Archive("vna")));
    }

    [Fact]
    public void Request_AskedAgain_ChangesNothing()
    {
        StudyScenario study = new StudyScenario().Anonymizing().Requested();
        Assert.Equal(new StudyReply(StudyScenario.Id, StudyStatus.Anonymizing, Changed: false), study.Reply);
        Assert.Empty(study.Sends);
    }

    [Fact]
    public void Request_OfAnUnknownProject_IsRefused()
    {
        StudyScenario study = new StudyScenario().When(new RequestStudy(StudyScenario.Request with { Project = "unknown" }));
        Assert.Equal("the project is not configured", study.Reply!.Refusal);
        Assert.Empty(study.Events);
    }

    [Fact]
    public void Locate_WithoutAnswer_AsksTheNextArchive_AndEndsNotFound()
    {
        StudyScenario study = new StudyScenario().Locating().When(new ReportLocated("vna", [], 0));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: false)], study.SentTo(Actors.Archive("vna")));
        Assert.Equal([new ConsiderPermits()], study.SentTo(Actors.Archive("pacs")));
        Assert.Equal(("pacs", true), (study.Row.Archive, study.Row.WantsPermit));

        study.When(new GrantPermit("pacs", 2)).When(new ReportLocated("pacs", [], 0));
        Assert.Equal(StudyStatus.NotFound, study.State.Status);
        Assert.Contains(study.Sends, send => send.Command is ReturnPermit { PermitId: 2 });
        Assert.Contains(study.Sends, send => send.Command is ReleaseAdmission { Outcome: StudyStatus.NotFound });
    }

    [Fact]
    public void Locate_WhereAllIsRejected_EndsBeforeAnyTransfer()
    {
        StudyScenario study = new StudyScenario().Rejected();
        Assert.Equal((StudyStatus.Rejected, "modality is not wanted"), (study.Row.Status, study.Row.Reason));
        Assert.Contains(study.Sends, send => send.Command is ReturnPermit);
        Assert.Contains(new ClaimRelease(StudyScenario.Id), study.Rows);
        Assert.Equal(2, study.State.Counts.Rejected);
    }

    [Fact]
    public void Locate_OfWhatAnotherHasClaimed_FollowsIt()
    {
        StudyScenario study = new StudyScenario().Duplicate();
        Assert.Equal((StudyStatus.Duplicate, StudyScenario.Other), (study.Row.Status, study.Row.DuplicateOf));
        Assert.Contains(study.Sends, send => send.Command is ReturnPermit);
        Assert.Contains(study.Sends, send => send.Command is ReleaseAdmission);
        FollowStudy follow = Assert.IsType<FollowStudy>(Assert.Single(study.SentTo(Actors.Study(StudyScenario.Other))));
        Assert.Equal(StudyScenario.Id, follow.FollowerStudyId);
        Assert.Empty(follow.IdSeriesUids!);
        Assert.Empty(study.Rows.OfType<ClaimRow>());
        Assert.Empty(study.Rows.OfType<InstanceRow>());
    }

    [Fact]
    public void Locate_OfSeveralStudies_LeavesClaimedOnesToTheirOwner()
    {
        InstanceRow[] inventory = [.. StudyScenario.Inventory("vna", 1), .. StudyScenario.Inventory("vna", 2, uid: "1.2.4")];
        StudyScenario study = new StudyScenario().Locating()
            .When(new ReportLocated("vna", inventory, 2), new ClaimRow("lung", "1.2.3", StudyScenario.Other));
        Assert.Equal(StudyStatus.Fetching, study.State.Status);
        Assert.Equal(new InstanceCounts(Located: 2, Rejected: 1), study.State.Counts);
        Assert.Equal([new ClaimRow("lung", "1.2.4", StudyScenario.Id)], study.Rows.OfType<ClaimRow>());
    }

    [Theory]
    [InlineData(StudyStatus.Delivered, StudyStatus.Duplicate)]
    [InlineData(StudyStatus.Cancelled, StudyStatus.Queued)]
    [InlineData(StudyStatus.Rejected, StudyStatus.Queued)]
    [InlineData(StudyStatus.NotFound, StudyStatus.Queued)]
    [InlineData(StudyStatus.Duplicate, StudyStatus.Queued)]
    public void Duplicate_WhoseOriginalEnded_TriesItself_UnlessThatWasDelivered(StudyStatus original, StudyStatus then)
    {
        StudyScenario study = new StudyScenario().Duplicate().When(new ReportOriginalEnded(original));
        Assert.Equal(then, study.State.Status);
        Assert.Equal(then == StudyStatus.Queued, study.SentTo(Actors.Project("lung")).Any());
    }

    [Fact]
    public void Followers_AreToldOfTheEnd_AndLateOnesAtOnce()
    {
        StudyScenario study = new StudyScenario().Delivering().When(new FollowStudy(StudyScenario.Other)).When(new FollowStudy(StudyScenario.Other));
        Assert.Single(study.State.Followers);
        study.When(new ReportDelivered([], new InstanceCounts(Confirmed: 2), 1));
        Assert.Equal([new ReportOriginalEnded(StudyStatus.Delivered, StudyScenario.Id)], study.SentTo(Actors.Study(StudyScenario.Other)));
        study.When(new FollowStudy(StudyScenario.Other));
        Assert.Equal([new ReportOriginalEnded(StudyStatus.Delivered, StudyScenario.Id)], study.SentTo(Actors.Study(StudyScenario.Other)));
    }

    [Fact]
    public void TransientFailure_Waits_GivesThePermitBack_AndIsTriedAgain()
    {
        StudyScenario study = new StudyScenario().Waiting();
        Send timer = study.Sends.Single(send => send.To == Actors.Study(StudyScenario.Id));
        Assert.Equal((StudyStatus.Waiting, 1, timer.DueAt), (study.Row.Status, study.Row.Attempts, study.Row.DueAt));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: true)], study.SentTo(Actors.Archive("vna")));
        Assert.True(study.State.Admitted);

        study.When(timer.Command);
        Assert.Equal((StudyStatus.Fetching, true), (study.Row.Status, study.Row.WantsPermit));
        study.When(new GrantPermit("vna", 2));
        Assert.IsType<FetchEffect>(study.Effect!.Parameters);
    }

    [Fact]
    public void TransientFailure_AfterTheLastAttempt_Holds()
    {
        StudyScenario study = new StudyScenario().Anonymizing();
        for (int attempt = 1; attempt < StudyScenario.Policy.Retry.AttemptsMax; attempt++)
        {
            study.When(new ReportFailed(FailureKind.Transient, "the disk is full", []));
            Assert.Equal(StudyStatus.Waiting, study.State.Status);
            study.When(study.Sends.Single(send => send.DueAt is not null).Command);
        }

        study.When(new ReportFailed(FailureKind.Transient, "the disk is full", []));
        Assert.Equal((StudyStatus.Held, "the disk is full (3 attempts)"), (study.Row.Status, study.Row.Reason));
        Assert.Contains(study.Sends, send => send.Command is ReleaseAdmission);
    }

    [Fact]
    public void Timer_OfAnEarlierBackoff_IsIgnored()
    {
        StudyScenario study = new StudyScenario().Waiting();
        ICommand stale = study.Sends.Single(send => send.DueAt is not null).Command;
        study.When(new RetryStudy("someone", "now")).When(new GrantPermit("vna", 2)).When(new ReportFailed(FailureKind.Transient, "a reason", []));
        Assert.Equal(StudyStatus.Waiting, study.State.Status);
        study.When(stale);
        Assert.Equal(StudyStatus.Waiting, study.State.Status);
    }

    [Theory]
    [InlineData(FailureKind.Permanent)]
    [InlineData(FailureKind.Misconfigured)]
    public void OtherFailures_Hold(FailureKind failure)
    {
        StudyScenario study = new StudyScenario().Locating().When(new ReportFailed(failure, "called AE title not recognized", []));
        Assert.Equal((StudyStatus.Held, "called AE title not recognized"), (study.Row.Status, study.Row.Reason));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 1, ArchiveFailed: false)], study.SentTo(Actors.Archive("vna")));
    }

    [Fact]
    public void Findings_Hold_AndNothingIsDelivered()
    {
        InstanceRow found = StudyScenario.Inventory("vna", 1)[0] with { State = InstanceState.Held, Reason = "PN in (0008,1030)" };
        StudyScenario study = new StudyScenario().Verifying().When(new ReportVerified([found], new InstanceCounts(Verified: 1, Held: 1), 1));
        Assert.Equal(StudyStatus.Held, study.State.Status);
        Assert.Equal("1 of 2 instances are held by verify, 1 findings: PN in (0008,1030)", study.Row.Reason);
    }

    [Fact]
    public void Counts_ThatDoNotAddUp_Hold()
    {
        StudyScenario study = new StudyScenario().Fetching(3).When(new ReportFetched([], new InstanceCounts(Fetched: 2), 1));
        Assert.Equal((StudyStatus.Held, "the ledger does not add up after fetch: 2 instances of 3"), (study.Row.Status, study.Row.Reason));
    }

    [Fact]
    public void UnexplainedInstances_AreNeverDelivered()
    {
        StudyScenario study = new StudyScenario().Delivering().When(new ReportDelivered([], new InstanceCounts(Confirmed: 1, Delivered: 1), 1));
        Assert.Equal((StudyStatus.Held, "1 instances are unexplained after deliver"), (study.Row.Status, study.Row.Reason));
    }

    [Fact]
    public void Permit_ThatIsNotWanted_GoesBack()
    {
        StudyScenario study = new StudyScenario().Cancelled().When(new GrantPermit("vna", 9));
        Assert.Equal([new ReturnPermit(StudyScenario.Id, 9, ArchiveFailed: false, Unused: true)], study.SentTo(Actors.Archive("vna")));
        Assert.Empty(study.Events.OfType<PermitTaken>());
    }

    [Fact]
    public void Permit_GrantedTwice_IsKeptOnce()
    {
        StudyScenario study = new StudyScenario().Locating().When(new GrantPermit("vna", 1));
        Assert.Empty(study.Sends);
    }

    [Fact]
    public void Admission_ThatIsNotWanted_GoesBack()
    {
        StudyScenario study = new StudyScenario().Cancelled().When(new AdmitStudy());
        Assert.Equal([new ReleaseAdmission(StudyScenario.Id, StudyStatus.Cancelled)], study.SentTo(Actors.Project("lung")));
        study = new StudyScenario().Locating().When(new AdmitStudy());
        Assert.Empty(study.Sends);
    }

    [Fact]
    public void Project_ThatIsNotConfiguredAnyMore_Holds()
    {
        StudyScenario study = new StudyScenario().Requested();
        study.Configured = null;
        study.When(new AdmitStudy());
        Assert.Equal((StudyStatus.Held, "the project is not configured any more"), (study.Row.Status, study.Row.Reason));
        Assert.Contains(study.Sends, send => send.Command is ReleaseAdmission);
    }
}
