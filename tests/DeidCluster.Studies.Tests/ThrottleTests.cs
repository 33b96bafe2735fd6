using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Shares, time zones that a machine does not know, reasons that pass, and instances that count before they have come.</summary>
public class ThrottleTests
{
    [Fact]
    public void Archive_GrantsByShare()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(1, 3, 60));
        List<StudyRow> waiting = [.. Enumerable.Range(0, 40).SelectMany(number => new[] { Waiting($"large{number}", "large"), Waiting($"small{number}", "small") })];
        Dictionary<string, int> granted = new() { ["large"] = 0, ["small"] = 0 };
        archive.WhenAsked(new ConsiderPermits(), [.. waiting, new ProjectShare("large", 3)]);
        for (int number = 0; number < 40; number++)
        {
            PermitGranted permit = archive.Events.OfType<PermitGranted>().Single();
            Assert.Equal(permit.Project == "large" ? 3 : 1, permit.Share);
            granted[permit.Project]++;
            waiting.RemoveAll(row => row.StudyId == permit.StudyId);
            archive.WhenAsked(new ReturnPermit(permit.StudyId, permit.PermitId, ArchiveFailed: false), [.. waiting, new ProjectShare("large", 3)]);
        }

        Assert.Equal((30, 10), (granted["large"], granted["small"]));
    }

    [Fact]
    public void Project_TellsItsShare_ByConfigurationAndByCommand()
    {
        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));
        Assert.Equal(1, ((ProjectRow)project.When(new ConfigureProject(2)).Row).Share);
        Assert.Equal(3, ((ProjectRow)project.When(new ConfigureProject(2, Share: 3)).Row).Share);
        Assert.Equal(5, ((ProjectRow)project.When(new LimitProject("ann", "deadline", Share: 5)).Row).Share);
        Assert.Equal(5, ((ProjectRow)project.When(new ConfigureProject(2, Share: 3)).Row).Share);
        Assert.NotNull(((ProjectReply)project.When(new LimitProject("ann", "typo", Share: 0)).Reply!).Refusal);
    }

    [Fact]
    public void Archive_WhoseZoneIsNotKnownHere_IsClosed_SaysSo_AndThrowsNothing()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(1, 3, 60, new ArchivePace(Closed: "mon 08:00-09:00", TimeZone: "Nowhere/Land")), "a");
        Assert.Empty(archive.To<GrantPermit>());
        Assert.Contains("'Nowhere/Land' is not known", ((ArchiveRow)archive.Row).Reason, StringComparison.Ordinal);
        Send again = Assert.Single(archive.Sends);
        archive.Now = again.DueAt!.Value;
        Assert.Empty(archive.When(again.Command, "a").To<GrantPermit>());
        Assert.Equal(["study/a"], archive.When(new LimitArchive("ann", "mended", TimeZone: "UTC"), "a").To<GrantPermit>());
        Assert.Null(((ArchiveRow)archive.Row).Reason);
    }

    [Fact]
    public void Project_WhoseZoneIsNotKnownHere_AdmitsNobody_SaysSo_AndThrowsNothing()
    {
        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));
        project.When(new ConfigureProject(2, new ProjectQuota(5, "Nowhere/Land")), "a");
        Assert.Empty(project.To<AdmitStudy>());
        Assert.Contains("'Nowhere/Land' is not known", ((ProjectRow)project.Row).Reason, StringComparison.Ordinal);
        Send again = Assert.Single(project.Sends);
        Assert.Empty(project.When(new ConsiderAdmissions(), "a").Events);
        project.Now = again.DueAt!.Value;
        Assert.Single(project.When(again.Command, "a").Sends);
        Assert.Equal(["study/a"], project.When(new LimitProject("ann", "mended", TimeZone: "UTC"), "a").To<AdmitStudy>());
        Assert.Null(((ProjectRow)project.Row).Reason);

        // Without a quota no day matters.
        Assert.Equal(["study/a"], new Guard<ProjectState>(new ProjectDecider(), Actors.Project("x")).When(new ConfigureProject(2, new ProjectQuota(0, "Nowhere/Land")), "a").To<AdmitStudy>());
    }

    [Fact]
    public void Admissions_AreReplayedToTheDayThatTheyWereCountedOn_WhereverThatIs()
    {
        ProjectDecider rules = new();
        ProjectState state = rules.Evolve(rules.Initial(Actors.Project("lung")), new ProjectConfigured(2, DateTimeOffset.UnixEpoch, new ProjectQuota(5, "Nowhere/Land")));
        state = rules.Evolve(state, new AdmissionsGranted(["a"], DateTimeOffset.UnixEpoch, new DateOnly(1969, 12, 31)));
        Assert.Equal((new DateOnly(1969, 12, 31), 1), (state.Day, state.AdmittedToday));
    }

    [Fact]
    public void DelayThatHasPassed_IsShownNoMore_AlsoWhenNobodyWaits()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(2, 3, 60, new ArchivePace(StudiesPerSecond: 0.1)), "a", "b");
        Assert.Contains("at its rate until", ((ArchiveRow)archive.Row).Reason, StringComparison.Ordinal);
        Send timer = archive.Sends.Single(send => send.Command is ResumeGrants);
        archive.Now = timer.DueAt!.Value;
        Assert.IsType<GrantsResumed>(Assert.Single(archive.When(timer.Command).Events));
        Assert.Null(((ArchiveRow)archive.Row).Reason);
    }

    [Fact]
    public void Instances_CountBeforeTheyHaveCome_AndWhatWasNotFetchedIsGivenBack()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(2, 3, 60, new ArchivePace(InstancesPerSecond: 10)), "a");
        Assert.Equal(["study/b"], archive.When(new ConsiderPermits(), "b").To<GrantPermit>());
        archive.When(new ReturnPermit("b", 2, ArchiveFailed: false));
        archive.When(new LeaseInstances("a", 1, 600));
        Assert.Empty(archive.When(new ConsiderPermits(), "c").To<GrantPermit>());
        Assert.Equal(archive.Now.AddSeconds(59.1), Assert.Single(archive.Sends).DueAt);
        archive.When(new LeaseInstances("a", 99, 600));
        Assert.Empty(archive.Events.OfType<InstancesLeased>());
        Assert.Equal(["study/c"], archive.When(new ReturnPermit("a", 1, ArchiveFailed: false, Instances: 5), "c").To<GrantPermit>());
        Assert.Empty(archive.State.LeasedByStudy);
    }

    [Fact]
    public void Study_LeasesWhatItIsAboutToFetch()
    {
        StudyScenario study = new StudyScenario().Requested().When(new AdmitStudy()).When(new GrantPermit("vna", 1, LeasesInstances: true)).When(new ReportLocated("vna", StudyScenario.Inventory("vna", 3), 1));
        Assert.Contains(new LeaseInstances(StudyScenario.Id, 1, 3), study.SentTo(Actors.Archive("vna")).OfType<LeaseInstances>());
    }

    private static StudyRow Waiting(string study, string project) => new() { StudyId = study, Project = project, Status = StudyStatus.Fetching };
}
