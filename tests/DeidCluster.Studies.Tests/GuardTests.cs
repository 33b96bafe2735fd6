using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>The supervisors of projects and the guards of archives.</summary>
public class GuardTests
{
    [Fact]
    public void Project_AdmitsTheHeadOfTheLine_UpToItsLimit_AndOncePerStudy()
    {
        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));
        Assert.Empty(project.When(new ConsiderAdmissions(), "a", "b").Sends);
        Assert.Equal(["study/a", "study/b"], project.When(new ConfigureProject(2), "a", "b", "c").To<AdmitStudy>());
        Assert.Empty(project.When(new ConsiderAdmissions(), "a", "b", "c").Sends);
        Assert.Equal(["study/c"], project.When(new ReleaseAdmission("a", StudyStatus.Held), "b", "c").To<AdmitStudy>());
        Assert.Empty(project.When(new ReleaseAdmission("a", StudyStatus.Held), "b", "c").Sends);
        Assert.Equal(["b", "c"], project.State.InFlight);
        Assert.Equal(new AdmissionQueue("lung", 2), project.Asked);
    }

    [Fact]
    public void Project_ThatIsPaused_AdmitsNobody_UntilItGoesOn()
    {
        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project("lung"));
        project.When(new ConfigureProject(2));
        project.When(new PauseProject("someone", "scanner is being moved"), "a");
        Assert.Equal(new ProjectReply("lung", Paused: true, Changed: true), project.Reply);
        Assert.Empty(project.When(new ConsiderAdmissions(), "a").Sends);
        Assert.Equal(["study/a"], project.When(new ResumeProject("someone", "done"), "a").To<AdmitStudy>());
        Assert.False(((ProjectReply)project.When(new ResumeProject("someone", "done"), "a").Reply!).Changed);
    }

    [Fact]
    public void Archive_GrantsUpToItsLimit_AndOnePermitPerStudy()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        Assert.Empty(archive.When(new ConsiderPermits(), "a").Sends);
        archive.When(new ConfigureArchive(2, 3, 60), "a", "b", "c");
        Assert.Equal(["study/a", "study/b"], archive.To<GrantPermit>());
        Assert.Empty(archive.When(new ConsiderPermits(), "a", "b", "c").Sends);
        Assert.Empty(archive.When(new ReturnPermit("a", 99, ArchiveFailed: false), "a", "b", "c").Sends);
        Assert.Equal(["study/c"], archive.When(new ReturnPermit("a", 1, ArchiveFailed: false), "b", "c").To<GrantPermit>());
        Assert.Equal([2L, 3L], archive.State.PermitByStudy.Values);
    }

    [Fact]
    public void Archive_WhosePermitIsLost_CountsItsPlace_UntilItsIdleTimeoutIsOver()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(2, 3, 60, IdleTimeoutSeconds: 30), "a", "b");
        Assert.Empty(archive.When(new ReturnPermit("a", 1, ArchiveFailed: false, Unused: true, Lost: true), "a", "c").To<GrantPermit>());
        Send timer = Assert.Single(archive.Sends);
        Assert.Equal(archive.Now.AddSeconds(30), timer.DueAt);

        archive.Now = archive.Now.AddSeconds(29);
        Assert.Equal(["study/a"], archive.When(new ReturnPermit("b", 2, ArchiveFailed: false), "a", "c").To<GrantPermit>());
        archive.Now = timer.DueAt!.Value;
        Assert.Equal(["study/c"], archive.When(timer.Command, "c").To<GrantPermit>());
        Assert.Equal(0, archive.State.FailuresInRow);
    }

    [Fact]
    public void Breaker_OpensAfterFailuresInARow_LetsOneTry_AndClosesOnSuccess()
    {
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(2, 2, 60), "a", "b");
        archive.When(new ReturnPermit("a", 1, ArchiveFailed: true));
        archive.When(new ReturnPermit("b", 2, ArchiveFailed: true), "a", "b");
        Assert.Equal(Breaker.Open, archive.State.Breaker);
        Send probe = Assert.Single(archive.Sends);
        Assert.Equal(archive.Now.AddSeconds(60), probe.DueAt);
        Assert.Empty(archive.When(new ConsiderPermits(), "a", "b").Sends);

        Assert.Equal(["study/a"], archive.When(probe.Command, "a", "b").To<GrantPermit>());
        Assert.Empty(archive.When(new ConsiderPermits(), "a", "b").Sends);
        archive.When(new ReturnPermit("a", 3, ArchiveFailed: true), "a", "b");
        Assert.Equal(Breaker.Open, archive.State.Breaker);
        Send again = Assert.Single(archive.Sends);

        Assert.Empty(archive.When(probe.Command, "a", "b").Sends);
        archive.When(again.Command, "a", "b");
        archive.When(new ReturnPermit("a", 4, ArchiveFailed: false, Unused: true), "b");
        Assert.Equal(Breaker.HalfOpen, archive.State.Breaker);
        Assert.Equal(["study/b"], archive.To<GrantPermit>());
        archive.When(new ReturnPermit("b", 5, ArchiveFailed: false), "a", "c");
        Assert.Equal(Breaker.Closed, archive.State.Breaker);
        Assert.Equal(["study/a", "study/c"], archive.To<GrantPermit>());
    }
}
