using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

public sealed class FetchHandlerTests : IAsyncLifetime
{
    private readonly PipelineBench bench = new();

    [Fact]
    public async Task Fetch_NothingIsStaged_BringsTheStudyInOneMove()
    {
        bench.Archive(SampleInstance.StudyOf(3));
        await bench.RunToAsync("locate");
        ReportFetched fetched = await bench.RunAsync<ReportFetched>("fetch");
        Assert.Equal(new InstanceCounts(Fetched: 6), fetched.Counts);
        Assert.Equal(bench.Index.Rows.Sum(row => row.RawBytes), fetched.BytesFetched);
        Assert.All(bench.Index.Rows, row => Assert.NotNull(row.RawDigest));
        Assert.Equal(1, bench.Vna.Moves);
    }

    [Fact]
    public async Task Fetch_Again_AsksForNothing_AndTellsTheSame()
    {
        bench.Archive(SampleInstance.StudyOf(3));
        await bench.RunToAsync("fetch");
        IReadOnlyList<InstanceRow> before = bench.Index.Rows;
        bench.Reset(InstanceState.Fetched, InstanceState.Located);
        await bench.RunAsync<ReportFetched>("fetch");
        Assert.Equal(before, bench.Index.Rows);
        Assert.Equal(1, bench.Vna.Moves);
    }

    [Fact]
    public async Task Fetch_StudyHasGrown_BringsOnlyWhatIsMissing()
    {
        IReadOnlyList<SampleInstance> all = SampleInstance.StudyOf(3);
        bench.Archive(all.Take(4));
        await bench.RunToAsync("fetch");
        bench.Archive(all.Skip(4));
        await bench.RunToAsync("fetch");
        Assert.Equal(new InstanceCounts(Fetched: 6), InstanceCounts.Of(bench.Index.Rows));
        Assert.Equal(2, bench.Vna.Moves);
        Assert.Equal(6, Directory.EnumerateFiles(Path.Combine(bench.Folder.Path, "staging", "raw"), "*", SearchOption.AllDirectories).Count());
    }

    [Theory]
    [InlineData(RetrieveOperation.Move)]
    [InlineData(RetrieveOperation.Get)]
    public async Task Fetch_InSeveralRetrievals_UsesOneAssociation_WhichEndsWithTheEffect(RetrieveOperation retrieve)
    {
        await using PipelineBench bench = new(moveDestination: retrieve == RetrieveOperation.Get ? "NOBODY" : "DEID", retrieve: retrieve);
        IReadOnlyList<SampleInstance> all = SampleInstance.StudyOf(3);
        bench.Archive(all.Where((_, at) => at % 3 != 2));
        await bench.RunToAsync("fetch");
        bench.Archive(all.Where((_, at) => at % 3 == 2));
        await bench.RunToAsync("locate");
        int before = bench.Vna.AssociationsAsked;
        int retrievals = bench.Vna.Moves + bench.Vna.Gets;
        await bench.RunAsync<ReportFetched>("fetch");
        Assert.Equal(new InstanceCounts(Fetched: 6), InstanceCounts.Of(bench.Index.Rows));
        Assert.Equal(2, bench.Vna.Moves + bench.Vna.Gets - retrievals);
        Assert.Equal(1, bench.Vna.AssociationsAsked - before);
        Assert.Equal(1, bench.Vna.Associations.Most);
        Assert.Equal(retrieve == RetrieveOperation.Get, bench.Vna.Moves == 0);

        // What C-MOVE and C-GET bring is the same to the byte: an instance is staged once whichever way it came.
        Assert.Equal(6, Directory.EnumerateFiles(Path.Combine(bench.Folder.Path, "staging", "raw"), "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public async Task Fetch_ByGet_ArchiveSendsNothing_IsTransient()
    {
        await using PipelineBench bench = new(moveDestination: "NOBODY", retrieve: RetrieveOperation.Get);
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("locate");
        bench.Vna.Faults.DropEvery = 1;
        ReportFailed failed = await bench.FailAsync("fetch");
        Assert.Equal(FailureKind.Transient, failed.Failure);
        Assert.Contains("1 of 1 instances did not arrive", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_OverDicomWeb_BringsWhatIsMissing_AsTheArchiveKeepsIt()
    {
        await using ArchiveSimulator web = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "WEB" });
        Uri root = await web.StartWebAsync(CancellationToken.None);
        await using PipelineBench bench = new(archive: new DicomWebArchiveSettings { Name = "vna", Root = root });
        IReadOnlyList<SampleInstance> all = SampleInstance.StudyOf(3);
        foreach (SampleInstance instance in all.Take(4))
        {
            Assert.True(web.AddBytes(instance.ToFile()));
        }

        await bench.Parts.Archives["vna"].EchoAsync(CancellationToken.None);
        await bench.RunToAsync("fetch");
        foreach (SampleInstance instance in all.Skip(4))
        {
            Assert.True(web.AddBytes(instance.ToFile()));
        }

        await bench.RunToAsync("deliver");
        Assert.Equal(new InstanceCounts(Confirmed: 6), InstanceCounts.Of(bench.Index.Rows));
        Assert.Equal(0, web.AssociationsAsked);
        bench.Request = bench.Request with { StudyUid = "1.2.3.4.5" };
        Assert.Empty((await bench.RunAsync<ReportLocated>("locate")).Inventory);
    }

    [Fact]
    public async Task Fetch_ArchiveLeavesSomeOut_IsTransient_KeepsWhatCame_AndHeals()
    {
        bench.Archive(SampleInstance.StudyOf(5));
        await bench.RunToAsync("locate");
        bench.Vna.Faults.DropEvery = 3;
        ReportFailed failed = await bench.FailAsync("fetch");
        Assert.Equal(FailureKind.Transient, failed.Failure);
        Assert.Equal(new InstanceCounts(Located: 3, Fetched: 7), failed.Counts);
        Assert.Contains("3 of 10", failed.Reason, StringComparison.Ordinal);

        bench.Vna.Faults.DropEvery = 0;
        Assert.Equal(new InstanceCounts(Fetched: 10), (await bench.RunAsync<ReportFetched>("fetch")).Counts);
    }

    [Fact]
    public async Task Fetch_ArchiveCountsFailures_TellsThem()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        await bench.RunToAsync("locate");
        bench.Vna.Faults.FailEvery = 4;
        ReportFailed failed = await bench.FailAsync("fetch");
        Assert.Equal(FailureKind.Transient, failed.Failure);
        Assert.Contains("1 failed", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ArchiveAbortsMidway_IsTransient_AndKeepsWhatCame()
    {
        bench.Archive(SampleInstance.StudyOf(3));
        await bench.RunToAsync("locate");
        bench.Vna.Faults.AbortMoveAfter = 2;
        ReportFailed failed = await bench.FailAsync("fetch");
        Assert.Equal(FailureKind.Transient, failed.Failure);
        Assert.Equal(2, failed.Counts!.Fetched);
    }

    [Fact]
    public async Task Fetch_ArchiveRefusesTheMove_IsTransient()
    {
        bench.Archive(SampleInstance.StudyOf(1));
        await bench.RunToAsync("locate");
        bench.Vna.Faults.FailMove = DimseStatus.OutOfResources;
        Assert.Equal(FailureKind.Transient, (await bench.FailAsync("fetch")).Failure);
    }

    [Fact]
    public async Task Fetch_OtherBytesUnderOneUid_IsHeldAsAConflict()
    {
        SampleInstance instance = new();
        bench.Archive(instance);
        await bench.RunToAsync("fetch");
        bench.Vna.Remove(instance.SopInstanceUid);
        bench.Archive(instance with { Grey = 8 });
        await using ScuAssociation association = await ScuAssociation.ConnectAsync(new AssociationOptions
        {
            Host = "127.0.0.1", Port = bench.ListenerPort, CallingAeTitle = "VNA", CalledAeTitle = "DEID",
            PresentationContexts = [ProposedContext.InMemory(Uids.CtImageStorage)],
        }, CancellationToken.None);
        Assert.Equal(DimseStatus.Success, await (instance with { Grey = 8 }).SendAsync(association, instance.SopInstanceUid));

        bench.Reset(InstanceState.Fetched, InstanceState.Located);
        ReportFetched fetched = await bench.RunAsync<ReportFetched>("fetch");
        Assert.Equal(1, fetched.Counts.Held);
        Assert.StartsWith("ConflictingInstance", Assert.Single(bench.Index.Rows).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Cancelled_ThrowsAndIsNoFailure()
    {
        bench.Archive(SampleInstance.StudyOf(1));
        await bench.RunToAsync("locate");
        bench.Vna.Faults.AnswerDelay = TimeSpan.FromSeconds(30);
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync("fetch", stop.Token));
    }

    [Fact]
    public async Task Fetch_OnlyTheFileShowsThatItIsUnwanted_IsRejectedWithReason()
    {
        await using PipelineBench picky = new(new ProjectProfile { Name = "test", Version = "1", Selection = new Selection { Manufacturers = [new ManufacturerSelection("^OTHER$", [])] } });
        picky.Archive(new SampleInstance());
        await picky.RunToAsync("fetch");
        InstanceRow row = Assert.Single(picky.Index.Rows);
        Assert.Equal(InstanceState.Rejected, row.State);
        Assert.NotNull(row.Reason);
    }

    [Fact]
    public async Task Fetch_ArchiveDoesNotKnowOurAeTitle_IsMisconfigured()
    {
        await using PipelineBench unknown = new(moveDestination: "ELSEWHERE");
        unknown.Archive(new SampleInstance());
        await unknown.RunToAsync("locate");
        Assert.Equal(FailureKind.Misconfigured, (await unknown.FailAsync("fetch")).Failure);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => bench.DisposeAsync().AsTask();
}
