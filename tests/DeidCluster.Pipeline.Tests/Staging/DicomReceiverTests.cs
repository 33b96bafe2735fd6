using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

public sealed class DicomReceiverTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();
    private readonly ScriptedFiles files = new();
    private readonly StagingArea staging;
    private readonly DicomListener listener;

    public DicomReceiverTests()
    {
        staging = StagingArea.Open(new StagingSettings { Folder = folder.File("staging"), PathKey = "key"u8.ToArray() }, new GroupSync(files));
        ArchiveSettings[] archives = [Archive("vna", "VNA", "VNA2"), Archive("pacs", "PACS")];
        listener = DicomListener.Start(new ListenerOptions { AeTitle = "DEID" }, new DicomReceiver("DEID", archives, new StagingInbox(staging)));
    }

    [Fact]
    public async Task Store_IsAnswered_AfterFileAndNameAreDurable()
    {
        SampleInstance instance = new();
        DimseStatus status = await SendAsync("VNA", instance, instance.SopInstanceUid);
        files.Note(status.ToString());
        Assert.Equal(["create", "sync", "rename", "sync folder", "0000 Success"], files.Operations);
        Assert.Single(staging.Read("vna", instance.StudyUid).Find(instance.SopInstanceUid));
    }

    [Fact]
    public async Task Store_ByAnyTitleOfAnArchive_GivesTheSameBytes()
    {
        SampleInstance instance = new();
        await SendAsync("VNA", instance, instance.SopInstanceUid);
        await SendAsync("VNA2", instance, instance.SopInstanceUid);
        Assert.Single(staging.Read("vna", instance.StudyUid).Find(instance.SopInstanceUid));
    }

    [Fact]
    public async Task Store_DigestInTheName_IsThatOfTheFile()
    {
        SampleInstance instance = new();
        await SendAsync("PACS", instance, instance.SopInstanceUid);
        StagedFile file = Assert.Single(staging.Read("pacs", instance.StudyUid).Find(instance.SopInstanceUid));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file.Path))), file.Digest);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("sync")]
    [InlineData("rename")]
    public async Task Store_DiskIsFull_IsAnsweredSo_AndLeavesNothing(string failing)
    {
        files.Failing = failing;
        SampleInstance instance = new();
        Assert.Equal(DimseStatus.OutOfResources, await SendAsync("VNA", instance, instance.SopInstanceUid));
        AssertNothingStaged();
    }

    [Fact]
    public async Task Store_DataSetIsOfAnotherInstance_IsRefused_AndLeavesNothing()
    {
        Assert.Equal(DimseStatus.DataSetDoesNotMatchSopClass, await SendAsync("VNA", new SampleInstance(), "1.2.3"));
        AssertNothingStaged();
    }

    [Fact]
    public async Task Store_DataSetIsMalformed_IsRefused_AndLeavesNothing()
    {
        SampleInstance instance = new();
        Assert.Equal(DimseStatus.UnableToProcess, await SendAsync("VNA", instance, instance.SopInstanceUid, cutBytes: 7));
        AssertNothingStaged();
    }

    [Fact]
    public async Task Association_OfAnUnknownArchive_IsRejected()
    {
        AssociationRejectedException rejected = await Assert.ThrowsAsync<AssociationRejectedException>(() => SendAsync("STRANGER", new SampleInstance(), "1.2.3"));
        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, rejected.Rejection);
    }

    [Fact]
    public void Archives_ThatShareATitle_AreRefused() =>
        Assert.Throws<ArgumentException>(() => new DicomReceiver("DEID", [Archive("one", "VNA"), Archive("two", "PACS", "VNA")], new StagingInbox(staging)));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await listener.DisposeAsync();
        staging.Dispose();
        folder.Dispose();
    }

    private static DimseArchiveSettings Archive(string name, string aeTitle, params string[] sending) => new()
    {
        Name = name, Host = "127.0.0.1", Port = 1, AeTitle = aeTitle, CallingAeTitle = "DEID", MoveDestinationAeTitle = "DEID", SendingAeTitles = sending,
    };

    private void AssertNothingStaged() =>
        Assert.DoesNotContain(folder.Files(), path => !path.EndsWith(".lock", StringComparison.Ordinal));

    private async Task<DimseStatus> SendAsync(string callingAeTitle, SampleInstance instance, string sopInstanceUid, int cutBytes = 0)
    {
        await using ScuAssociation association = await ScuAssociation.ConnectAsync(new AssociationOptions
        {
            Host = "127.0.0.1", Port = listener.EndPoint.Port, CallingAeTitle = callingAeTitle, CalledAeTitle = "DEID",
            PresentationContexts = [new ProposedContext(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian)],
        }, CancellationToken.None);
        DimseStatus status = await instance.SendAsync(association, sopInstanceUid, cutBytes);
        await association.ReleaseAsync(CancellationToken.None);
        return status;
    }
}
