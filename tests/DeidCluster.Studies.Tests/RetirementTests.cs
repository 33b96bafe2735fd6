using System.Text.Json;
using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Records of finished studies are retired; what is left answers as the study did, and nothing is delivered a second time.</summary>
public class RetirementTests
{
    private static readonly MessageTypes Types = StudyMessageTypes.Register(new MessageTypes());
    private static readonly string[] Confirmed = [.. StudyScenario.Inventory("vna", 2).Select(row => StudyTombstone.HashOf(StudyScenario.Id, row.IdSopInstanceUid))];

    [Fact]
    public void FinishedStudy_IsRetired_AndItsTombstoneKeepsWhatMustBeKept()
    {
        StudyScenario study = new StudyScenario().Verifying();
        study.When(new ReportVerified([], new InstanceCounts(Verified: 2), 0)).When(new ReportDelivered([], new InstanceCounts(Confirmed: 2), 90));
        study.Now = study.Now.AddDays(90);
        Assert.NotNull(study.Row.FinishedAt);
        study.When(new RetireStudy("a rule", true));
        Assert.Null(study.Row.FinishedAt);
        RetireEffect effect = Assert.IsType<RetireEffect>(study.Effect!.Parameters);
        Assert.True(effect.Archive);
        Assert.Equal(study.State.Version, effect.Version);
        study.When(new ReportRetired(Confirmed, 2, "lung/01/file", "ab"));
        Assert.Null(study.Effect);
        TombstoneRow tombstone = Assert.Single(study.Rows.OfType<TombstoneRow>());
        Assert.Equal((study.State.Version, 2, effect.Version, "a rule", "lung/01/file"), (tombstone.Version, tombstone.Confirmed, tombstone.Events, tombstone.Rule, tombstone.ArchiveFile));
        Assert.Contains(study.Rows, row => row is LedgerClear);
        Assert.DoesNotContain(study.Rows, row => row is ClaimRelease);
        Assert.Equal((StudyStatus.Delivered, study.Now, 2), (study.Row.Status, study.Row.RetiredAt, study.Row.Counts.Confirmed));
        Assert.Null(study.Row.IdStudyUid);

        // The last event alone is the whole history.
        StudyState replayed = new StudyDecider(_ => null).Evolve(new StudyDecider(_ => null).Initial(Actors.Study(StudyScenario.Id)), (IEvent)Types.Read(Types.Write(study.Events[^1])));
        Assert.Equal(Types.Write(study.State), Types.Write(replayed));
        Assert.IsAssignableFrom<IHistoryStart>(study.Events[^1]);
        Assert.DoesNotContain("1.2.3.1.1", JsonSerializer.Serialize(Types.Write(study.Events[^1])), StringComparison.Ordinal);
    }

    [Fact]
    public void SecondRequest_OfARetiredStudy_IsAnsweredAsDelivered()
    {
        StudyScenario study = Retired().Requested();
        Assert.Equal(new StudyReply(StudyScenario.Id, StudyStatus.Delivered, false), study.Reply);
        Assert.Empty(study.Sends);
        study.When(new FollowStudy(StudyScenario.Other, []));
        Assert.Equal([new ReportOriginalEnded(StudyStatus.Delivered, StudyScenario.Id)], study.SentTo(Actors.Study(StudyScenario.Other)));
    }

    [Fact]
    public void LateInstances_OfARetiredStudy_AreAddedAlone()
    {
        StudyScenario study = Retired().When(new RequeueStudy(StudyStep.Locate, "by", "late ones"));
        Assert.Null(study.Row.RetiredAt);
        study.When(new AdmitStudy()).When(new GrantPermit("vna", 9)).When(new ReportLocated("vna", StudyScenario.Inventory("vna", 3), 1), new ClaimRow("lung", StudyScenario.Uid, StudyScenario.Id));
        Assert.Equal(new InstanceCounts(Located: 1, Rejected: 2), study.State.Counts);
        study.When(new ReportFetched([], new InstanceCounts(Fetched: 1, Rejected: 2), 1)).When(new ReportAnonymized([], new InstanceCounts(Anonymized: 1, Rejected: 2), 1, null))
            .When(new ReportVerified([], new InstanceCounts(Verified: 1, Rejected: 2), 0)).When(new ReportDelivered([], new InstanceCounts(Confirmed: 1, Rejected: 2), 1));
        Assert.Equal(StudyStatus.Delivered, study.State.Status);
        string late = StudyTombstone.HashOf(StudyScenario.Id, "1.2.3.1.3");
        study.When(new RetireStudy("again", false)).When(new ReportRetired([late], 3, null, null));
        Assert.Equal(Confirmed.Append(late).Order(StringComparer.Ordinal), study.State.Tombstone!.ConfirmedHashes);
    }

    [Fact]
    public void NothingLate_EndsDelivered_AndKeepsItsClaim()
    {
        StudyScenario study = Retired().When(new RequeueStudy(StudyStep.Locate, "by", "why")).When(new AdmitStudy()).When(new GrantPermit("vna", 9))
            .When(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1), new ClaimRow("lung", StudyScenario.Uid, StudyScenario.Id));
        Assert.Equal((StudyStatus.Delivered, true), (study.State.Status, study.State.Claimed));
        Assert.Contains(study.Sends, send => send.Command is ReturnPermit { PermitId: 9 });
        Assert.DoesNotContain(study.Rows, row => row is ClaimRelease);
    }

    [Fact]
    public void RequestForFurtherSeries_WakesARetiredStudy()
    {
        StudyRequest one = StudyScenario.Request with { SeriesUids = ["1.2.3.1"] };
        StudyScenario study = new StudyScenario().When(new RequestStudy(one)).When(new AdmitStudy()).When(new GrantPermit("vna", 1))
            .When(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1)).When(new ReportFetched([], new InstanceCounts(Fetched: 2), 100))
            .When(new ReportAnonymized([], new InstanceCounts(Anonymized: 2), 1, null, "v1", "subject")).When(new ReportVerified([], new InstanceCounts(Verified: 2), 0))
            .When(new ReportDelivered([], new InstanceCounts(Confirmed: 2), 90)).When(new RetireStudy("a rule", false)).When(new ReportRetired(Confirmed, 2, null, null));
        Assert.Equal(("v1", "subject"), (study.State.Tombstone!.Configuration, study.State.Tombstone.SubjectKey));
        Assert.False(study.When(new RequestStudy(one)).Reply!.Changed);
        study.When(new RequestStudy(one with { SeriesUids = ["1.2.3.2"] }));
        Assert.Equal((StudyStatus.Queued, true), (study.State.Status, study.Reply!.Changed));
        Assert.Contains(study.Sends, send => send.Command is ConsiderAdmissions);
    }

    [Theory]
    [InlineData(StudyStatus.NotFound)]
    [InlineData(StudyStatus.Rejected)]
    [InlineData(StudyStatus.Cancelled)]
    public void StudyThatWasNotDelivered_StartsAnew_WhenItIsRequestedAfterItsRecordWasRetired(StudyStatus status)
    {
        StudyScenario study = StudyScenario.In(status).When(new RetireStudy("a rule", false)).When(new ReportRetired([], 0, null, null));
        Assert.Equal(status, study.Row.Status);
        Assert.NotNull(study.Row.RetiredAt);
        study.Requested();
        Assert.Equal(new StudyReply(StudyScenario.Id, StudyStatus.Queued, true), study.Reply);
        study.When(new AdmitStudy()).When(new GrantPermit("vna", 9)).When(new ReportLocated("vna", StudyScenario.Inventory("vna", 1), 1));
        Assert.Equal(StudyStatus.Fetching, study.State.Status);
    }

    [Fact]
    public void Retirement_IsCalledOff_ByWhateverHappensMeanwhile()
    {
        StudyScenario study = new StudyScenario().Delivered().When(new RetireStudy("a rule", true)).When(new RequeueStudy(StudyStep.Deliver, "by", "why"));
        Assert.Null(study.State.Retirement);
        study.When(new ReportRetired(Confirmed, 2, null, null));
        Assert.False(study.State.IsRetired);
    }

    [Fact]
    public void FileThatCannotBeWritten_PutsTheRetirementOff_AndKeepsTheRecord()
    {
        StudyScenario study = new StudyScenario().Delivered().When(new RetireStudy("a rule", true)).When(new ReportFailed(FailureKind.Transient, "the disk is full", []));
        Send later = Assert.Single(study.Sends);
        Assert.Null(study.Effect);
        Assert.Equal(StudyStatus.Delivered, study.State.Status);
        study.When(later.Command);
        Assert.IsType<RetireEffect>(study.Effect!.Parameters);
    }

    [Fact]
    public void StudyThatIsNotFinished_IsNotRetired()
    {
        foreach (StudyStatus status in Enum.GetValues<StudyStatus>().Except([StudyStatus.Delivered, StudyStatus.Rejected, StudyStatus.NotFound, StudyStatus.Cancelled]))
        {
            StudyScenario study = StudyScenario.In(status).When(new RetireStudy("a rule", false));
            Assert.NotNull(study.Reply!.Refusal);
            Assert.Null(study.State.Retirement);
        }

        // A duplicate may need its request until its original was delivered.
        StudyScenario duplicate = new StudyScenario().Duplicate().When(new ReportOriginalEnded(StudyStatus.Delivered, StudyScenario.Other)).When(new RetireStudy("a rule", false));
        Assert.NotNull(duplicate.State.Retirement);
    }

    [Fact]
    public void Project_RetiresWhatItsRuleSays_InBoundedBatches_AndSaysSo()
    {
        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));
        project.When(new ConfigureProject(2, null, new RetentionRule(30, true)));
        Send first = Assert.Single(project.Sends, send => send.Command is ConsiderRetention);
        project.When(new ConfigureProject(2, null, new RetentionRule(30, true)));
        Assert.Empty(project.Sends);

        project.Now = first.DueAt!.Value;
        RetirableStudy[] finished = [.. Enumerable.Range(0, 200).Select(number => new RetirableStudy($"s{number}", project.Now.AddDays(-31)))];
        project.WhenAsked(first.Command, finished);
        Assert.Equal(new RetirableStudies("lung", 200), project.Asked);
        Assert.Equal(200, project.To<RetireStudy>().Count());
        Assert.Equal(200, Assert.IsType<RetirementsAsked>(Assert.Single(project.Events)).Studies);
        Assert.Equal(project.Now.AddSeconds(10), project.Sends.Single(send => send.Command is ConsiderRetention).DueAt);

        project.WhenAsked(first.Command, new RetirableStudy("young", project.Now.AddDays(-29)));
        Assert.Empty(project.To<RetireStudy>());
        Assert.Equal(project.Now.AddHours(1), Assert.Single(project.Sends).DueAt);

        // Another rule takes the place of the old one, whose own mail then does nothing.
        project.When(new ConfigureProject(2, null, new RetentionRule(5, false)));
        project.WhenAsked(first.Command, new RetirableStudy("young", project.Now.AddDays(-29)));
        Assert.Empty(project.Sends);
        project.WhenAsked(new RunRetention("anna", "space"), new RetirableStudy("young", project.Now.AddDays(-29)));
        Assert.Equal(new RetireStudy("kept for 5 days, then purged, by anna: space", false), Assert.Single(project.Sends).Command);
        Assert.Equal(new RetentionReply("lung", 1, false, "kept for 5 days, then purged"), project.Reply);
        Assert.NotNull(((RetentionReply)new Guard<ProjectState>(new ProjectDecider(), Actors.Project("x")).When(new RunRetention("anna", "space")).Reply!).Refusal);
    }

    private static StudyScenario Retired() => new StudyScenario().Delivered().When(new RetireStudy("a rule", false)).When(new ReportRetired(Confirmed, 2, null, null));
}
