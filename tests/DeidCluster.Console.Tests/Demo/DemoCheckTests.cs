using DeidCluster.Console.Demo;
using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.Console.Tests.Demo;

/// <summary>A demo that could not fail would prove nothing.</summary>
public sealed class DemoCheckTests : IDisposable
{
    private readonly NodeFolder folder = new(Directory.CreateTempSubdirectory("deid-check-").FullName);
    private readonly SampleStudy sample = new SampleStudies(new SampleOptions()).Us(0, 0);

    [Fact]
    public async Task Run_SourceFilesDelivered_CountsLeaksAndBurnedInText()
    {
        await sample.WriteToAsync(folder.Delivered, CancellationToken.None);
        DemoCheck check = await RunAsync(sent: 2);
        Assert.Equal((2, 2, 2), (check.Files, check.ExpectedFiles, check.BurnedInPixels));
        Assert.True(check.Leaks > 0);
        Assert.False(check.Passed);
    }

    [Fact]
    public async Task Run_NothingDelivered_DoesNotPass() => Assert.False((await RunAsync(sent: 2)).Passed);

    [Fact]
    public async Task Run_IdentifierInALog_IsCounted()
    {
        Directory.CreateDirectory(folder.Logs);
        await File.WriteAllTextAsync(Path.Combine(folder.Logs, "node.log"), "fetching " + sample.StudyInstanceUid);
        Assert.Equal(1, (await RunAsync(sent: 2)).LeaksInLogs);
    }

    [Fact]
    public void Passed_InstanceFetchedTwice_IsFalse()
    {
        DemoCheck good = new(2, 2, 2, 2, 2, 0, 0, 0);
        Assert.True(good.Passed);
        Assert.False((good with { Sent = 3 }).Passed);
        Assert.False((good with { Instances = 1 }).Passed);
    }

    [Theory]
    [InlineData(StudyStatus.Delivered, 2, 2, true)]
    [InlineData(StudyStatus.Delivered, 1, 1, false)]
    [InlineData(StudyStatus.Delivered, 2, 1, false)]
    [InlineData(StudyStatus.Held, 2, 0, false)]
    [InlineData(StudyStatus.NotFound, 0, 0, false)]
    public void Difference_OfACaseThatMustBeDelivered_IsToldUnlessAllIsThere(StudyStatus status, int located, int confirmed, bool asExpected)
    {
        DemoOutcome outcome = new()
        {
            Case = Case(), StudyId = "x", Status = status, Counts = new InstanceCounts(Located: located - confirmed, Confirmed: confirmed),
        };
        Assert.Equal(asExpected, outcome.Difference is null);
    }

    public void Dispose() => Directory.Delete(folder.Root, recursive: true);

    private Task<DemoCheck> RunAsync(int sent) => DemoCheck.RunAsync(folder, [Case()], sent, CancellationToken.None);

    private DemoCase Case() => new() { Shows = "US", Samples = [sample], Request = new StudyRequest { Project = DemoCohort.ChestCt, StudyUid = sample.StudyInstanceUid } };
}
