using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>A project's quota of the day, its breaker, and limits set by operators.</summary>
public class ProjectQuotaTests
{
    private readonly Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));

    [Fact]
    public void DailyQuota_AdmitsNoMore_UntilTheNextDayOfItsZone()
    {
        project.When(new ConfigureProject(10, new ProjectQuota(StudiesPerDay: 2, TimeZone: "Europe/Berlin")), "a", "b", "c");
        Assert.Equal(["study/a", "study/b"], project.To<AdmitStudy>());
        Send timer = Assert.Single(project.Sends, send => send.Command is BeginDay);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 23, 0, 0, TimeSpan.Zero), timer.DueAt);
        Assert.Equal("2 of 2 studies of the day until 2026-02-01", ((ProjectRow)project.Row).Reason);
        Assert.Empty(project.When(new ReleaseAdmission("a", StudyStatus.Delivered), "c", "d").Sends);
        project.Now = timer.DueAt!.Value;
        Assert.Equal(["study/c", "study/d"], project.When(timer.Command, "c", "d", "e").To<AdmitStudy>());
        Assert.Single(project.Sends, send => send.Command is BeginDay);
    }

    [Fact]
    public void QuotaThatIsJustEnough_SetsNoTimer()
    {
        project.When(new ConfigureProject(10, new ProjectQuota(StudiesPerDay: 2)), "a", "b");
        Assert.Equal(2, project.Sends.Count);
        Assert.Null(((ProjectRow)project.Row).Reason);
    }

    [Fact]
    public void HeldStudiesInARow_PauseTheProject_AndADeliveredOneBetweenThemDoesNot()
    {
        project.When(new ConfigureProject(10, new ProjectQuota(HeldToPause: 2)), "a", "b", "c", "d");
        project.When(new ReleaseAdmission("a", StudyStatus.Held));
        project.When(new ReleaseAdmission("b", StudyStatus.Delivered));
        project.When(new ReleaseAdmission("c", StudyStatus.Held), "e");
        Assert.Equal(["study/e"], project.To<AdmitStudy>());
        project.When(new ReleaseAdmission("d", StudyStatus.Held), "f");
        Assert.Empty(project.Sends);
        Assert.Equal("paused by its breaker: 2 studies in a row were held", ((ProjectRow)project.Row).Reason);
        Assert.Equal(["study/f"], project.When(new ResumeProject("ann", "rule mended"), "f").To<AdmitStudy>());
        project.When(new ReleaseAdmission("f", StudyStatus.Held));
        Assert.False(project.State.Paused);
    }

    [Fact]
    public void Operator_SetsLimitsThatCountAtOnce_AndStandUntilTheConfigurationTellsOthers()
    {
        project.When(new ConfigureProject(1), "a", "b", "c");
        project.When(new LimitProject("ann", "deadline", InFlightMax: 2), "b", "c");
        Assert.Equal(["study/b"], project.To<AdmitStudy>());
        project.When(new ConfigureProject(1));
        Assert.Equal(2, project.State.InFlightMax);
        project.When(new ConfigureProject(4));
        Assert.Equal(4, project.State.InFlightMax);
        Assert.NotNull(((ProjectReply)project.When(new LimitProject("ann", "typo", InFlightMax: 0)).Reply!).Refusal);
        Assert.Equal(4, project.State.InFlightMax);
    }
}
