namespace DeidCluster.Studies.Tests;

public class NamingAndPacingTests
{
    private static readonly byte[] Secret = [1, 2, 3];

    [Fact]
    public void StudyId_IsKeyed_ByInstallation_Project_AndRequestKey()
    {
        StudyRequest byUid = new() { Project = "a", StudyUid = "1.2.3", Mrn = "M", AccessionNumber = "A" };
        string id = StudyId.For(Secret, "a", byUid);
        Assert.True(StudyId.IsWellFormed(id));
        Assert.Equal(id, StudyId.For(Secret, "a", byUid with { Mrn = null, Priority = 9 }));
        string[] others =
        [
            StudyId.For([1, 2, 4], "a", byUid), StudyId.For(Secret, "b", byUid), StudyId.For(Secret, "a", byUid with { StudyUid = "1.2.4" }),
            StudyId.For(Secret, "a", byUid with { StudyUid = null }), StudyId.For(Secret, "a", byUid with { StudyUid = null, Mrn = "MA", AccessionNumber = "" }),
        ];
        Assert.Equal(others.Length + 1, others.Append(id).Distinct().Count());
    }

    [Fact]
    public void Delay_Doubles_UpToItsCap_WithAJitterThatNeverChanges()
    {
        RetryPolicy policy = new(10, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        double[] seconds = [.. Enumerable.Range(1, 6).Select(attempt => policy.Delay("study", attempt).TotalSeconds)];
        double[] least = [10, 20, 40, 60, 60, 60];
        Assert.All(seconds.Zip(least), pair => Assert.InRange(pair.First, pair.Second, pair.Second * (1 + RetryPolicy.JitterShare)));
        Assert.Equal(seconds[2], policy.Delay("study", 3).TotalSeconds);
        Assert.NotEqual(policy.Delay("study", 1), policy.Delay("other", 1));
        Assert.Equal(60, policy.Delay("study", int.MaxValue).TotalSeconds, 12.0);
    }
}
