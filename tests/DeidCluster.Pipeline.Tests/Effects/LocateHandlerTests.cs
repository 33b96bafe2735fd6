using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

public sealed class LocateHandlerTests : IAsyncLifetime
{
    private const string OtherStudy = "1.2.826.0.1.3680043.8.498.2";
    private readonly PipelineBench bench = new();

    [Fact]
    public async Task Locate_ByUid_ListsTheInventory()
    {
        bench.Archive(SampleInstance.StudyOf(3));
        bench.Archive(SampleInstance.StudyOf(2, OtherStudy));
        ReportLocated located = await bench.RunAsync<ReportLocated>("locate");
        Assert.Equal(("vna", 6, 1), (located.Archive, located.Inventory.Count, located.StudyCount));
        Assert.All(located.Inventory, row => Assert.Equal((InstanceState.Located, SampleInstance.Study, "CT"), (row.State, row.IdStudyUid, row.Modality)));
    }

    [Fact]
    public async Task Locate_NotThere_ListsNothing()
    {
        bench.Archive(SampleInstance.StudyOf(2, OtherStudy));
        Assert.Empty((await bench.RunAsync<ReportLocated>("locate")).Inventory);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1.2.3")]
    public async Task Locate_UidUnknown_FindsAllStudiesOfTheAccession(string? studyUid)
    {
        bench.Archive(SampleInstance.StudyOf(1));
        bench.Archive(SampleInstance.StudyOf(1, OtherStudy));
        bench.Archive(new SampleInstance { StudyUid = "1.2.9", SeriesUid = "1.2.9.1", SopInstanceUid = "1.2.9.1.1", AccessionNumber = "ACC0043" });
        bench.Request = new StudyRequest { Project = "test", StudyUid = studyUid, Mrn = "MRN0042", AccessionNumber = "ACC0042" };
        ReportLocated located = await bench.RunAsync<ReportLocated>("locate");
        Assert.Equal((4, 2), (located.Inventory.Count, located.StudyCount));
    }

    [Fact]
    public async Task Locate_OneSeriesWanted_LeavesTheOthersOut()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        bench.Request = bench.Request with { SeriesUids = [SampleInstance.Study + ".2"] };
        ReportLocated located = await bench.RunAsync<ReportLocated>("locate");
        Assert.All(located.Inventory, row => Assert.Equal(SampleInstance.Study + ".2", row.IdSeriesUid));
        Assert.Equal(2, located.Inventory.Count);
    }

    [Fact]
    public async Task Locate_OneOfTwoWantedSeriesIsMissing_IsToldAndNotPassedOver()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        bench.Request = bench.Request with { SeriesUids = [SampleInstance.Study + ".2", "1.2.3"] };
        Assert.Equal(FailureKind.Permanent, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_AnswersAreOfAnotherStudy_AreNotTrusted()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        bench.Vna.Faults.AnswerWithStudy = OtherStudy;
        ReportFailed failed = await bench.FailAsync("locate");
        Assert.Equal(FailureKind.Permanent, failed.Failure);
        Assert.DoesNotContain(OtherStudy, failed.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MRN*")]
    [InlineData("MRN004?")]
    [InlineData("MRN0042\\MRN0043")]
    public async Task Locate_IdentifierWouldMatchOthers_IsRefused(string mrn)
    {
        bench.Request = new StudyRequest { Project = "test", Mrn = mrn, AccessionNumber = "ACC0042" };
        ReportFailed failed = await bench.FailAsync("locate");
        Assert.Equal(FailureKind.Permanent, failed.Failure);
        Assert.DoesNotContain("MRN0", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(0, bench.Vna.Finds);
    }

    [Fact]
    public async Task Locate_QueryFails_IsTransient()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        bench.Vna.Faults.FailFind = DimseStatus.OutOfResources;
        Assert.Equal(FailureKind.Transient, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_ArchiveTalksRubbish_IsTransient()
    {
        bench.Vna.Faults.SendGarbage = true;
        Assert.Equal(FailureKind.Transient, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_ArchiveIsBusy_IsTransient_AndUnknownAeTitle_IsMisconfigured()
    {
        bench.Vna.Faults.RefuseAssociations = AssociationRejection.LocalLimitExceeded;
        Assert.Equal(FailureKind.Transient, (await bench.FailAsync("locate")).Failure);
        bench.Vna.Faults.RefuseAssociations = AssociationRejection.CalledAeTitleNotRecognized;
        Assert.Equal(FailureKind.Misconfigured, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_ArchiveIsDown_IsTransient()
    {
        await bench.Vna.DisposeAsync();
        Assert.Equal(FailureKind.Transient, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_ProjectIsNotConfigured_IsMisconfigured()
    {
        bench.Request = bench.Request with { Project = "other" };
        Assert.Equal(FailureKind.Misconfigured, (await bench.FailAsync("locate")).Failure);
    }

    [Fact]
    public async Task Locate_LeaseIsOver_AsksNobody()
    {
        bench.Lease = false;
        using CancellationTokenSource lost = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync("locate", lost.Token));
        Assert.Equal(0, bench.Vna.Finds);
    }

    [Fact]
    public async Task Echo_ArchiveAnswers_AndThenItIsDown()
    {
        IArchive archive = bench.Parts.Archives["vna"];
        await archive.EchoAsync(CancellationToken.None);
        await bench.Vna.DisposeAsync();
        await Assert.ThrowsAsync<DicomNetworkException>(() => archive.EchoAsync(CancellationToken.None));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => bench.DisposeAsync().AsTask();
}
