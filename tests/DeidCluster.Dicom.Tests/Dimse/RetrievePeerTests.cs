using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Dimse;

/// <summary>C-GET and C-MOVE with DCMTK and Orthanc on the other side.</summary>
public class RetrievePeerTests
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);
    private static readonly string Get = Uids.StudyRootQueryRetrieveInformationModelGet;

    private static DataSet Study => Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)));

    [PeerFact("dcmqrscp")]
    public async Task OurGet_FromDcmqrscp_BringsWhatWasStored()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["DEST"] = FreePort.Next() });
        await StoreAsync(port);
        (RetrieveOutcome outcome, Dictionary<string, byte[]> got) = await GetAsync(port, Study);
        Assert.Equal((DimseStatus.Success, new SubOperations(0, 3, 0, 0)), (outcome.Status, outcome.SubOperations));
        AssertStored(got);
        (RetrieveOutcome none, _) = await GetAsync(port, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2.3")));
        Assert.Equal((DimseStatusClass.Success, 0), (none.Status.Class, none.SubOperations.Completed));
    }

    [PeerFact("Orthanc")]
    public async Task OurGet_FromOrthanc_BringsWhatWasStored()
    {
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "ARCHIVE", new Dictionary<string, int>());
        await StoreAsync(orthanc.DicomPort);
        (RetrieveOutcome outcome, Dictionary<string, byte[]> got) = await GetAsync(orthanc.DicomPort, Study);
        Assert.Equal((DimseStatus.Success, new SubOperations(0, 3, 0, 0)), (outcome.Status, outcome.SubOperations));
        AssertStored(got);
    }

    [PeerFact("Orthanc")]
    public async Task OurGet_ThatRefusesAnInstance_IsToldSoByOrthanc()
    {
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "ARCHIVE", new Dictionary<string, int>());
        await StoreAsync(orthanc.DicomPort);
        (RetrieveOutcome outcome, Dictionary<string, byte[]> got) = await GetAsync(orthanc.DicomPort, Study, refuse: SampleInstances.SopInstanceUid(1, 1, 2));
        Assert.False(outcome.IsComplete);
        Assert.Equal(1, outcome.SubOperations.Failed);
        Assert.Equal(2, got.Count);
        Facts.Say($"Orthanc's C-GET with one refused instance ends with {outcome.Status}, {outcome.SubOperations}, failed list of {outcome.FailedSopInstanceUids.Count}");
    }

    [PeerFact("getscu")]
    public async Task Getscu_FromOurArchive_BringsEachInstance_AsItLies()
    {
        using TestFolder folder = new();
        await using ArchiveSimulator archive = Archive();
        string got = folder.Folder("got");
        (int exit, string output) = await PeerProcess.RunAsync(
            "getscu", ["-v", "-S", "+B", "-od", got, "-aec", "ARCHIVE", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SampleInstances.StudyInstanceUid(1)}", "127.0.0.1", $"{archive.Port}"], ToolDeadline);
        Assert.True(exit == 0, output);
        AssertStored(Directory.GetFiles(got).ToDictionary(path =>
        {
            using DicomFile file = DicomFile.Open(path);
            return file.DataSet.GetString(Tags.SOPInstanceUID)!;
        }, File.ReadAllBytes));
        Assert.Equal(1, archive.Gets);
    }

    [PeerFact("getscu")]
    public async Task Getscu_WithAFailure_HearsOfIt()
    {
        using TestFolder folder = new();
        await using ArchiveSimulator archive = Archive();
        archive.Faults.FailEvery = 2;
        (_, string output) = await PeerProcess.RunAsync(
            "getscu", ["-v", "-S", "-od", folder.Folder("got"), "-aec", "ARCHIVE", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SampleInstances.StudyInstanceUid(1)}", "127.0.0.1", $"{archive.Port}"], ToolDeadline);
        Assert.Contains("SubOperationsCompleteOneOrMoreFailures", output.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, Directory.GetFiles(folder.File("got")).Length);
    }

    [PeerFact("movescu", "storescp")]
    public async Task Movescu_ToADestinationThatTakesImplicitVrOnly_GetsTranscodedInstances()
    {
        using TestFolder folder = new();
        string moved = folder.Folder("moved");
        int port = FreePort.Next();
        await using PeerProcess sink = await PeerProcess.StartServerAsync("storescp", ["-aet", "SINK", "-od", moved, "+xi", "+B", $"{port}"], port, ToolDeadline);
        await using ArchiveSimulator archive = Archive();
        archive.AddDestination("SINK", "127.0.0.1", port);
        (int exit, string output) = await MoveAsync(archive);
        Assert.True(exit == 0, output);
        string[] files = Directory.GetFiles(moved);
        Assert.Equal(3, files.Length);
        Assert.All(files, path =>
        {
            using DicomFile file = DicomFile.Open(path);
            Assert.Equal(Uids.ImplicitVrLittleEndian, file.TransferSyntax.Uid);
            Assert.Equal("DOE^JANE", file.DataSet.GetString(Tags.PatientName));
        });
    }

    [PeerFact("movescu", "storescp")]
    public async Task Movescu_OverSeveralAssociations_ToAPeerThatDelaysSmallPackets_WinsThatBack()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        // As in the field: DCMTK leaves Nagle's algorithm on, and each answer is late.
        await using PeerProcess sink = await PeerProcess.StartServerAsync(
            "storescp", ["-aet", "SINK", "-od", folder.Folder("moved"), "--fork", $"{port}"], port, ToolDeadline, environment: new Dictionary<string, string> { ["TCP_NODELAY"] = "0" });
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE", MoveAssociations = 4 });
        archive.AddDestination("SINK", "127.0.0.1", port);
        for (int number = 1; number <= 40; number++)
        {
            archive.AddBytes(SampleInstances.File(1, 1, number));
        }

        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        (int exit, string output) = await MoveAsync(archive);
        Assert.True(exit == 0, output);
        Facts.Say($"C-MOVE of 40 instances over 4 associations to a storescp with Nagle's algorithm on: {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        Assert.Equal(40, Directory.GetFiles(folder.File("moved")).Length);
    }

    private static Task<(int ExitCode, string Output)> MoveAsync(ArchiveSimulator archive) => PeerProcess.RunAsync(
        "movescu", ["-v", "-S", "-aem", "SINK", "-aec", "ARCHIVE", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SampleInstances.StudyInstanceUid(1)}", "127.0.0.1", $"{archive.Port}"], ToolDeadline);

    private static ArchiveSimulator Archive()
    {
        ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        foreach (int number in new[] { 1, 2, 3 })
        {
            archive.AddBytes(SampleInstances.File(1, 1, number));
        }

        return archive;
    }

    private static async Task StoreAsync(int port)
    {
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "ARCHIVE", SampleInstances.Context), Peers.Soon);
        foreach (int number in new[] { 1, 2, 3 })
        {
            byte[] dataSet = SampleInstances.DataSet(1, 1, number);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
        }

        await scu.ReleaseAsync(Peers.Soon);
    }

    /// <summary>The whole way: what exists is found first, and decides the contexts.</summary>
    private static async Task<(RetrieveOutcome Outcome, Dictionary<string, byte[]> Got)> GetAsync(int port, DataSet identifier, string? refuse = null)
    {
        Dictionary<string, byte[]> got = [];
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "ARCHIVE", [.. GetContexts.For(Get, [Uids.CtImageStorage])]), Peers.Soon);
        RetrieveOutcome outcome = await scu.GetAsync(Get, identifier, async (store, ct) =>
        {
            using MemoryStream file = new();
            await Part10Receiver.ReceiveAsync(store, file, ct);
            if (store.SopInstanceUid == refuse)
            {
                return DimseStatus.OutOfResources;
            }

            got[store.SopInstanceUid] = file.ToArray();
            return DimseStatus.Success;
        }, null, Peers.Soon);
        await scu.ReleaseAsync(Peers.Soon);
        return (outcome, got);
    }

    private static void AssertStored(Dictionary<string, byte[]> got)
    {
        Assert.Equal([.. Enumerable.Range(1, 3).Select(number => SampleInstances.SopInstanceUid(1, 1, number))], got.Keys.Order());
        foreach (int number in new[] { 1, 2, 3 })
        {
            byte[] dataSet = SampleInstances.DataSet(1, 1, number);
            Assert.Equal(dataSet, got[SampleInstances.SopInstanceUid(1, 1, number)][^dataSet.Length..]);
        }
    }
}
