using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

public class RetrievalPlanTests
{
    [Fact]
    public void Plan_NothingIsThere_IsTheStudy()
    {
        Retrieval retrieval = Assert.Single(RetrievalPlan.For([Row("1", "1"), Row("2", "2")], onlySomeSeries: false));
        Assert.Equal(("study", null, 0), (retrieval.StudyUid, retrieval.SeriesUid, retrieval.SopInstanceUids.Count));
    }

    [Fact]
    public void Plan_OnlySomeSeriesAreWanted_IsThoseSeries()
    {
        IReadOnlyList<Retrieval> plan = RetrievalPlan.For([Row("1", "1"), Row("2", "2")], onlySomeSeries: true);
        Assert.Equal(["1", "2"], plan.Select(retrieval => retrieval.SeriesUid));
        Assert.All(plan, retrieval => Assert.Empty(retrieval.SopInstanceUids));
    }

    [Fact]
    public void Plan_OneSeriesIsPartlyThere_ListsItsInstances_AndTakesTheOtherWhole()
    {
        IReadOnlyList<Retrieval> plan = RetrievalPlan.For(
            [Row("1", "1"), Row("1", "2"), Row("1", "3", InstanceState.Fetched), Row("2", "4"), Row("3", "5", InstanceState.Rejected)], onlySomeSeries: false);
        Assert.Equal(["1", "2"], plan.Select(retrieval => retrieval.SeriesUid));
        Assert.Equal(["1", "2"], plan[0].SopInstanceUids);
        Assert.Empty(plan[1].SopInstanceUids);
    }

    [Fact]
    public void Plan_AllIsThere_IsEmpty() =>
        Assert.Empty(RetrievalPlan.For([Row("1", "1", InstanceState.Fetched), Row("1", "2", InstanceState.Rejected)], onlySomeSeries: false));

    [Fact]
    public void Plan_ManyAreMissing_ComesInLists()
    {
        InstanceRow[] rows = [Row("1", "there", InstanceState.Fetched), .. Enumerable.Range(0, 250).Select(at => Row("1", $"{at}"))];
        IReadOnlyList<Retrieval> plan = RetrievalPlan.For(rows, onlySomeSeries: false);
        Assert.Equal([100, 100, 50], plan.Select(retrieval => retrieval.SopInstanceUids.Count));
    }

    private static InstanceRow Row(string series, string instance, InstanceState state = InstanceState.Located) => new()
    {
        StudyId = "id", IdStudyUid = "study", IdSeriesUid = series, IdSopInstanceUid = instance, Archive = "VNA", State = state,
    };
}
