namespace DeidCluster.Studies.Tests;

/// <summary>Several requests of a project that want the same source studies, or other series of one.</summary>
public class SharingTests
{
    private const string Second = "1.2.4";
    private static readonly StudyRequest OneSeries = StudyScenario.Request with { SeriesUids = [StudyScenario.Uid + ".1"] };

    [Fact]
    public void Request_ForNoFurtherSeries_ChangesNothing()
    {
        StudyScenario study = new StudyScenario().Delivered();
        study.When(new RequestStudy(OneSeries));
        Assert.Equal(new StudyReply(StudyScenario.Id, StudyStatus.Delivered, Changed: false), study.Reply);
    }

    [Fact]
    public void Request_ForFurtherSeries_HasTheStudyLocatedAgain()
    {
        StudyScenario study = Of(OneSeries).When(new RequestStudy(OneSeries with { SeriesUids = ["1.2.3.2"] }));
        Assert.Equal(new StudyReply(StudyScenario.Id, StudyStatus.Locating, Changed: true), study.Reply);
        Assert.Equal([StudyScenario.Uid + ".1", "1.2.3.2"], study.State.Request!.SeriesUids);
        study.When(new RequestStudy(StudyScenario.Request));
        Assert.Empty(study.State.Request!.SeriesUids);
    }

    [Fact]
    public void Request_ForFurtherSeries_LeavesACancelledStudyCancelled_ButIsRemembered()
    {
        StudyScenario study = Of(OneSeries).When(new CancelStudy("by", "why")).When(new RequestStudy(StudyScenario.Request));
        Assert.Equal(StudyStatus.Cancelled, study.State.Status);
        Assert.Empty(study.State.Request!.SeriesUids);
    }

    [Fact]
    public void Follower_ThatWantsFurtherSeries_HasThemFetched_AndIsToldThen()
    {
        StudyScenario study = Of(OneSeries).When(new FollowStudy(StudyScenario.Other, []));
        Assert.Equal(StudyStatus.Locating, study.State.Status);
        Assert.Empty(study.State.Request!.SeriesUids);
        Assert.Equal([StudyScenario.Other], study.State.Followers);
    }

    [Fact]
    public void Duplicate_OfSomeSeries_NamesThoseToTheOriginal()
    {
        StudyScenario study = Of(StudyScenario.Request with { SeriesUids = [StudyScenario.Uid + ".1"] }, new ClaimRow("lung", StudyScenario.Uid, StudyScenario.Other));
        Assert.Equal(StudyStatus.Duplicate, study.State.Status);
        FollowStudy follow = Assert.IsType<FollowStudy>(Assert.Single(study.SentTo(Actors.Study(StudyScenario.Other))));
        Assert.Equal([StudyScenario.Uid + ".1"], follow.IdSeriesUids);
    }

    [Theory]
    [InlineData(StudyStatus.Delivered, StudyStatus.Fetching)]
    [InlineData(StudyStatus.Cancelled, StudyStatus.Locating)]
    [InlineData(StudyStatus.Rejected, StudyStatus.Locating)]
    public void Part_ThatWasLeftToAnother_IsTakenBack_UnlessThatDelivers(StudyStatus end, StudyStatus then)
    {
        StudyScenario study = Shared();
        Assert.Equal([new FollowStudy(StudyScenario.Id).FollowerStudyId], study.SentTo(Actors.Study(StudyScenario.Other)).Cast<FollowStudy>().Select(follow => follow.FollowerStudyId));
        Assert.Equal(new InstanceCounts(Located: 2, Rejected: 1), study.State.Counts);
        Assert.Equal(then, study.When(new ReportOriginalEnded(end, StudyScenario.Other)).State.Status);
        Assert.Equal(end == StudyStatus.Delivered, study.State.LeftTo.Count == 1);
    }

    [Fact]
    public void Part_ThatWasLeftToAnother_IsTakenBackAfterTheOwnDelivery()
    {
        StudyScenario study = Shared()
            .When(new ReportFetched([], new InstanceCounts(Fetched: 2, Rejected: 1), 1)).When(new ReportAnonymized([], new InstanceCounts(Anonymized: 2, Rejected: 1), 1, null))
            .When(new ReportVerified([], new InstanceCounts(Verified: 2, Rejected: 1), 0)).When(new ReportDelivered([], new InstanceCounts(Confirmed: 2, Rejected: 1), 1));
        Assert.Equal(StudyStatus.Delivered, study.State.Status);
        study.When(new ReportOriginalEnded(StudyStatus.Cancelled, StudyScenario.Other));
        Assert.Equal((StudyStatus.Queued, StudyStep.Locate), (study.State.Status, study.State.Step));
        Assert.Contains(new ConsiderAdmissions(), study.SentTo(Actors.Project("lung")));
    }

    [Fact]
    public void Part_EndOfAStudyThatNothingWasLeftTo_ChangesNothing()
    {
        StudyScenario study = Shared();
        study.When(new ReportOriginalEnded(StudyStatus.Cancelled, "00000000000000000000000000000000"));
        Assert.Equal(StudyStatus.Fetching, study.State.Status);
    }

    /// <summary>Two source studies, of which another request has claimed the second.</summary>
    private static StudyScenario Shared() => new StudyScenario().Locating().When(
        new ReportLocated("vna", [.. StudyScenario.Inventory("vna", 2), .. StudyScenario.Inventory("vna", 1, uid: Second)], 2),
        new ClaimRow("lung", Second, StudyScenario.Other));

    /// <summary>A study that was requested so, and located.</summary>
    private static StudyScenario Of(StudyRequest request, params object[] rows) =>
        new StudyScenario().When(new RequestStudy(request)).When(new AdmitStudy()).When(new GrantPermit("vna", 1))
            .When(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1), rows);
}
