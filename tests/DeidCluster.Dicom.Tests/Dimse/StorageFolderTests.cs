using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Dimse;

public sealed class StorageFolderTests : IDisposable
{
    private const int TinyDiskKilobytes = 256;
    private readonly TestFolder folder = new();
    private readonly ScriptedFiles files = new();

    [Fact]
    public async Task Store_IsAnswered_AfterFileAndNameAreDurable_InThatOrder()
    {
        using StorageFolder storage = Open();
        DimseStatus status = await SendAsync(storage, 1);
        files.Note(status.ToString());
        Assert.Equal(["create", "sync", "rename", "sync folder", "0000 Success"], files.Operations);
        Assert.Equal(1, storage.Stored);
        string path = Assert.Single(Stored());
        using DicomFile file = DicomFile.Open(path);
        Assert.Equal(SampleInstances.SopInstanceUid(1, 1, 1), file.DataSet.GetString(Tags.SOPInstanceUID));
        Assert.DoesNotContain("2.25", Path.GetFileName(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("sync")]
    [InlineData("rename")]
    public async Task Store_DiskIsFull_IsA700_AndLeavesNothing(string failing)
    {
        files.Failing = failing;
        using StorageFolder storage = Open();
        Assert.Equal(DimseStatus.OutOfResources, await SendAsync(storage, 1));
        Assert.Empty(Stored());
        Assert.Equal((0, 1), (storage.Stored, storage.Refused));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("sync")]
    [InlineData("rename")]
    [InlineData("sync folder")]
    public async Task Store_DiskFailsOtherwise_IsAFailure(string failing)
    {
        files.Failing = failing;
        files.Error = 5; // EIO
        using StorageFolder storage = Open();
        Assert.Equal(DimseStatus.ProcessingFailure, await SendAsync(storage, 1));
        Assert.Equal(0, storage.Stored);
        Assert.Empty(Directory.GetFiles(folder.File("out/.incoming"), "*.part"));
    }

    [PeerFact("mount", "umount")]
    public async Task Store_RealDiskIsFull_IsA700_LeavesNothing_AndTakesWhatFitsAgain()
    {
        string mounted = folder.Folder("out");
        (int code, string output) = await PeerProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={TinyDiskKilobytes}k", "tmpfs", mounted], Peers.Deadline);
        if (code != 0)
        {
            Facts.Say($"a full disk was not mounted here, it takes root ({output.Trim()}); a port that fails stood in for it");
            return;
        }

        try
        {
            using StorageFolder storage = StorageFolder.Open(mounted, new GroupSync(new LinuxFiles()));
            Assert.Equal(DimseStatus.Success, await SendAsync(storage, 1, pixelBytes: 100_000));
            Assert.Equal(DimseStatus.OutOfResources, await SendAsync(storage, 2, pixelBytes: 300_000));
            Assert.Single(Stored());
            Assert.Empty(Directory.GetFiles(folder.File("out/.incoming"), "*.part"));
            Assert.Equal(DimseStatus.Success, await SendAsync(storage, 3, pixelBytes: 50_000));
            Assert.Equal((2, 1), (storage.Stored, storage.Refused));
        }
        finally
        {
            await PeerProcess.RunAsync("umount", [mounted], Peers.Deadline);
        }
    }

    [Fact]
    public async Task Store_PeerIsLostWithinAnInstance_LeavesNothing()
    {
        TaskCompletionSource<Exception> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using StorageFolder storage = Open();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new Watching(storage, lost));
        ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, SampleInstances.Context), Peers.Soon);
        await using CutStream half = new();
        await Assert.ThrowsAnyAsync<Exception>(() => scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, half, 10_000_000, originator: null, Peers.Soon));
        await scu.DisposeAsync();
        await lost.Task.WaitAsync(Peers.Deadline);
        Assert.Empty(Stored());
        Assert.Empty(Directory.GetFiles(folder.File("out/.incoming"), "*.part"));
    }

    [Fact]
    public void Open_DropsWhatWasCutShort_AndKeepsASecondReceiverOut()
    {
        string partial = Path.Combine(folder.Folder("out/.incoming"), "0123.part");
        File.WriteAllText(partial, "DICM");
        using StorageFolder storage = Open();
        Assert.False(File.Exists(partial));
        Assert.Throws<IOException>(Open);
    }

    [Theory]
    [InlineData("../outside.dcm")]
    [InlineData(".incoming/x.part")]
    public async Task Store_NameLeadsOutOfTheFolder_IsRefused(string name)
    {
        using StorageFolder storage = StorageFolder.Open(folder.File("out"), new GroupSync(files), _ => name);
        Assert.Equal(DimseStatus.ProcessingFailure, await SendAsync(storage, 1));
        Assert.Empty(Stored());
    }

    [PeerFact("storescu")]
    public async Task Store_FromDcmtk_OverSeveralAssociations_KeepsEveryInstance_ByteByByte()
    {
        const int Instances = 24;
        string source = folder.Folder("in");
        for (int number = 1; number <= Instances; number++)
        {
            await File.WriteAllBytesAsync(Path.Combine(source, $"{number}.dcm"), SampleInstances.File(1, 1, number));
        }

        using StorageFolder storage = StorageFolder.Open(folder.File("out"), new GroupSync(new LinuxFiles()), request => $"{request.TransferSyntax.Uid}/{request.SopInstanceUid}.dcm");
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), storage);
        (int Code, string Output)[] sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(share => PeerProcess.RunAsync(
            "storescu", ["-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", .. Directory.GetFiles(source).Where((_, at) => at % 4 == share)], Peers.Deadline)));
        Assert.All(sent, run => Assert.True(run.Code == 0, run.Output));
        Assert.Equal(Instances, storage.Stored);
        string stored = folder.File($"out/{Uids.ExplicitVrLittleEndian}");
        foreach (string original in Directory.GetFiles(source))
        {
            using DicomFile sentFile = DicomFile.Open(original);
            string received = Path.Combine(stored, sentFile.DataSet.GetString(Tags.SOPInstanceUID) + ".dcm");
            using DicomFile receivedFile = DicomFile.Open(received);
            Assert.Equal(File.ReadAllBytes(original)[(int)sentFile.DataSetOffset..], File.ReadAllBytes(received)[(int)receivedFile.DataSetOffset..]);
        }
    }

    public void Dispose() => folder.Dispose();

    private StorageFolder Open() => StorageFolder.Open(folder.File("out"), new GroupSync(files));

    private string[] Stored() => [.. Directory.EnumerateFiles(folder.Path, "*.dcm", SearchOption.AllDirectories)];

    private static async Task<DimseStatus> SendAsync(StorageFolder storage, int number, int pixelBytes = 1000)
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), storage);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, SampleInstances.Context), Peers.Soon);
        byte[] bytes = SampleInstances.DataSet(1, 1, number, pixelBytes);
        return await scu.StoreAsync(
            Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(bytes), bytes.Length, originator: null, Peers.Soon);
    }

    /// <summary>Tells when a handler's association failed.</summary>
    private sealed class Watching(StorageFolder storage, TaskCompletionSource<Exception> lost) : IScpHandler
    {
        public ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct) => storage.StoreAsync(request, ct);

        public void Faulted(AssociationRequest? association, Exception fault) => lost.TrySetResult(fault);
    }

    /// <summary>A data set that breaks off after a megabyte.</summary>
    private sealed class CutStream : MemoryStream
    {
        private int left = 1_000_000;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(left, buffer.Length);
            left -= count;
            return ValueTask.FromResult(count);
        }
    }
}
