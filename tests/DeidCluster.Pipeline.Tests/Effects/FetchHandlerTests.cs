using DeidCluster.Deid;
using DeidCluster.Dicom;
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
