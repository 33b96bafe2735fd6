using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>C-GET between real peers and us, both ways.</summary>
public class GetPeerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [PeerFact("getscu")]
    public async Task Getscu_FromOurArchive_ReceivesEachInstanceByteByByte()
    {
        using TestFolder folder = new();
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        foreach (int number in new[] { 1, 2, 3 })
        {
            Assert.True(archive.AddBytes(SampleInstances.File(1, 1, number)));
        }

        string got = folder.Folder("got");
        (int exitCode, string output) = await PeerProcess.RunAsync("getscu",
            ["-v", "-S", "+B", "-od", got, "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SampleInstances.StudyInstanceUid(1)}", "-aec", "ARCHIVE", "127.0.0.1", $"{archive.Port}"], Deadline);
        Assert.True(exitCode == 0, output);
        byte[][] expected = [.. new[] { 1, 2, 3 }.Select(number => SampleInstances.DataSet(1, 1, number))];
        string[] files = Directory.GetFiles(got);
        Assert.Equal(3, files.Length);
        Assert.All(files, file => Assert.Contains(expected, dataSet => dataSet.AsSpan().SequenceEqual(PeerSyntax.DataSetBytes(file))));
    }

    [PeerFact("dcmqrscp")]
    public async Task OurUser_FromDcmqrscp_ReceivesEachInstance()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["SCU"] = FreePort.Next() });
        await GetAsync(port, "ARCHIVE");
    }

    [PeerFact("Orthanc")]
    public async Task OurUser_FromOrthanc_ReceivesEachInstance()
    {
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int>());
        await GetAsync(orthanc.DicomPort, "VNA");
    }

    private static async Task GetAsync(int port, string aeTitle)
    {
        const int Instances = 5;
        await using (ScuAssociation sender = await ScuAssociation.ConnectAsync(Peers.Calling(port, aeTitle, SampleInstances.Context), Peers.Soon))
        {
            for (int number = 1; number <= Instances; number++)
            {
                byte[] dataSet = SampleInstances.DataSet(1, 1, number, pixelBytes: 50_000);
                Assert.Equal(DimseStatus.Success, await sender.StoreAsync(
                    Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
            }

            await sender.ReleaseAsync(Peers.Soon);
        }

        Dictionary<string, string?> received = [];
        ProposedContext[] contexts = [.. GetContexts.For(Uids.StudyRootQueryRetrieveInformationModelGet, [Uids.CtImageStorage])];
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, aeTitle, contexts), Peers.Soon);
        RetrieveOutcome outcome = await scu.GetAsync(
            Uids.StudyRootQueryRetrieveInformationModelGet, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1))), async (store, ct) =>
            {
                using MemoryStream file = new();
                await Part10Receiver.ReceiveAsync(store, file, ct);
                using DicomFile instance = DicomFile.Read(new MemorySource(file.ToArray()));
                received[store.SopInstanceUid] = instance.DataSet.GetString(Tags.PatientName);
                return DimseStatus.Success;
            }, progress: null, Peers.Soon);
        Assert.Equal(DimseStatus.Success, outcome.Status);
        Assert.Equal(Instances, outcome.SubOperations.Completed);
        Assert.Equal(Enumerable.Range(1, Instances).Select(number => SampleInstances.SopInstanceUid(1, 1, number)), received.Keys.Order(StringComparer.Ordinal));
        Assert.All(received.Values, name => Assert.Equal("DOE^JANE", name));
        await scu.ReleaseAsync(Peers.Soon);
    }
}
