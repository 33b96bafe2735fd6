using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>How fast, when and for whom an archive's guard grants.</summary>
public class ArchivePaceTests
{
    private readonly Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));

    [Fact]
    public void ClosedHours_GrantNothing_UntilTheyEnd_AndSetOneTimer()
    {
        archive.When(Configure(4, new ArchivePace(Closed: "sat 07:00-20:00", TimeZone: "UTC")), "a", "b");
        Send timer = Assert.Single(archive.Sends);
        Assert.Equal(archive.Now.Date.AddHours(20), timer.DueAt!.Value.UtcDateTime);
        Assert.Contains("closed at this hour until 2026-01-31 20:00:00Z", ((ArchiveRow)archive.Row).Reason);
        Assert.Empty(archive.When(new ConsiderPermits(), "a", "b", "c").Sends);
        Assert.Empty(archive.Events);
        archive.Now = timer.DueAt!.Value;
        Assert.Equal(["study/a", "study/b"], archive.When(timer.Command, "a", "b").To<GrantPermit>());
        Assert.Null(((ArchiveRow)archive.Row).Reason);
    }

    [Fact]
    public void StudiesPerSecond_LetsASecondsWorthStart_ThenOneByOne()
    {
        archive.When(Configure(100, new ArchivePace(StudiesPerSecond: 4)), Names(20));
        Assert.Equal(4, archive.To<GrantPermit>().Count());
        List<double> starts = [];
        DateTimeOffset begin = archive.Now;
        while (starts.Count < 12)
        {
            Send timer = archive.Sends.Single(send => send.Command is ResumeGrants);
            archive.Now = timer.DueAt!.Value;
            archive.When(timer.Command, Names(20));
            starts.AddRange(archive.To<GrantPermit>().Select(_ => (archive.Now - begin).TotalSeconds));
        }

        Assert.Equal(Enumerable.Range(1, 12).Select(number => number / 4.0), starts.Select(seconds => Math.Round(seconds, 6)));
    }

    [Fact]
    public void InstancesPerSecond_DelayTheNextStudies_ByWhatTheLastOnesFetched()
    {
        archive.When(Configure(2, new ArchivePace(InstancesPerSecond: 10)), "a");
        Assert.Equal(["study/a"], archive.To<GrantPermit>());
        archive.Now = archive.Now.AddSeconds(5);
        archive.When(new ReturnPermit("a", 1, ArchiveFailed: false, Instances: 600), "b");
        Send timer = Assert.Single(archive.Sends);
        Assert.Equal(60 - 0.9, (timer.DueAt!.Value - archive.Now).TotalSeconds, 3);
        archive.Now = timer.DueAt.Value;
        Assert.Equal(["study/b"], archive.When(timer.Command, "b").To<GrantPermit>());
    }

    [Fact]
    public void Utilisation_LetsAPlaceRest_InProportionToTheTimeItWasUsed()
    {
        archive.When(Configure(1, new ArchivePace(UtilisationPercent: 25)), "a");
        archive.Now = archive.Now.AddSeconds(20);
        archive.When(new ReturnPermit("a", 1, ArchiveFailed: false), "b");
        Send timer = Assert.Single(archive.Sends);
        Assert.Equal(60, (timer.DueAt!.Value - archive.Now).TotalSeconds, 3);
        archive.Now = timer.DueAt.Value;
        Assert.Equal(["study/b"], archive.When(timer.Command, "b").To<GrantPermit>());
        Assert.Equal(["study/c"], archive.When(new ReturnPermit("b", 2, ArchiveFailed: false, Unused: true), "c").To<GrantPermit>());
    }

    [Fact]
    public void Projects_ShareAnArchive_WhoeverHasMoreWaiting_AndPriorityComesFirst()
    {
        archive.When(Configure(1));
        List<StudyRow> waiting =
        [
            .. Enumerable.Range(0, 50).Select(number => Waiting($"big{number:d2}", "big", number)),
            .. Enumerable.Range(0, 4).Select(number => Waiting($"small{number}", "small", 1000 + number)),
            Waiting("urgent", "big", 2000) with { Priority = 9 },
        ];
        List<string> order = [];
        string? last = null;
        for (int grant = 1; grant <= 9; grant++)
        {
            archive.When(last is null ? new ConsiderPermits() : new ReturnPermit(last, grant - 1, ArchiveFailed: false), InLine(waiting));
            last = Assert.Single(archive.To<GrantPermit>())["study/".Length..];
            order.Add(last);
            waiting.RemoveAll(row => row.StudyId == last);
        }

        Assert.Equal(["urgent", "small0", "big00", "small1", "big01", "small2", "big02", "small3", "big03"], order);
    }

    [Fact]
    public void ProjectThatWasAway_HasNotSavedUp()
    {
        archive.When(Configure(1));
        List<StudyRow> waiting = [.. Enumerable.Range(0, 10).Select(number => Waiting($"big{number}", "big", number))];
        archive.When(new ConsiderPermits(), waiting);
        for (int grant = 1; grant < 6; grant++)
        {
            archive.When(new ReturnPermit($"big{grant - 1}", grant, ArchiveFailed: false), waiting.Skip(grant));
        }

        StudyRow[] late = [.. Enumerable.Range(0, 5).Select(number => Waiting($"late{number}", "late", 100 + number))];
        archive.When(new ReturnPermit("big5", 6, ArchiveFailed: false), [.. waiting.Skip(6), .. late]);
        Assert.Equal(["study/late0"], archive.To<GrantPermit>());
        archive.When(new ReturnPermit("late0", 7, ArchiveFailed: false), [.. waiting.Skip(6), .. late.Skip(1)]);
        Assert.Equal(["study/big6"], archive.To<GrantPermit>());
    }

    [Fact]
    public void Operator_SetsLimitsThatCountAtOnce_AndStandUntilTheConfigurationTellsOthers()
    {
        archive.When(Configure(1), "a", "b", "c");
        archive.When(new LimitArchive("ann", "night shift", AssociationsMax: 2), "b", "c");
        Assert.Equal(["study/b"], archive.To<GrantPermit>());
        Assert.Equal(new ArchiveReply("vna", new ArchiveLimits(2, 3, 60, ArchivePace.Unlimited), Paused: false, Changed: true), archive.Reply);
        archive.When(Configure(1));
        Assert.Equal(2, archive.State.Limits.AssociationsMax);
        archive.When(Configure(5));
        Assert.Equal(5, archive.State.Limits.AssociationsMax);
        Assert.Contains("percent", ((ArchiveReply)archive.When(new LimitArchive("ann", "typo", UtilisationPercent: 0)).Reply!).Refusal);
        Assert.Contains("Mars", ((ArchiveReply)archive.When(new LimitArchive("ann", "typo", TimeZone: "Mars")).Reply!).Refusal);
    }

    [Fact]
    public void Operator_PausesAnArchive_AndLetsItGoOn()
    {
        archive.When(Configure(2));
        archive.When(new PauseArchive("ann", "maintenance"), "a");
        Assert.Empty(archive.Sends);
        Assert.Equal("paused by ann: maintenance", ((ArchiveRow)archive.Row).Reason);
        Assert.Equal(["study/a"], archive.When(new ResumeArchive("ann", "done"), "a").To<GrantPermit>());
    }

    private static ConfigureArchive Configure(int associations, ArchivePace? pace = null) => new(associations, 3, 60, pace);

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(number => $"s{number:d2}")];

    private static IEnumerable<StudyRow> InLine(IEnumerable<StudyRow> rows) => rows.OrderByDescending(row => row.Priority).ThenBy(row => row.RequestedAt);

    private static StudyRow Waiting(string study, string project, int second) => new()
    {
        StudyId = study, Project = project, Status = StudyStatus.Locating, WantsPermit = true, RequestedAt = DateTimeOffset.UnixEpoch.AddSeconds(second),
    };
}
