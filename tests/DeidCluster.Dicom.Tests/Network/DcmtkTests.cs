using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Our user against DCMTK's providers, and DCMTK's users against our archive.</summary>
public class DcmtkTests
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);

    [PeerFact("storescp", "dcmdump")]
    public async Task OurStore_ToStorescp_ArrivesAsItWasSent()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path);
        byte[] dataSet = SampleInstances.DataSet(study: 1, series: 1, number: 1, pixelBytes: 500_000);
        await using (ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "SINK", ProposedContext.Verification, SampleInstances.Context), Peers.Soon))
        {
            Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
            DimseStatus status = await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, 1), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon);
            Assert.Equal(DimseStatus.Success, status);
            await scu.ReleaseAsync(Peers.Soon);
        }

        string file = Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Equal(dataSet, (await File.ReadAllBytesAsync(file))[^dataSet.Length..]);
        (int exitCode, string output) = await PeerProcess.RunAsync("dcmdump", ["+P", "SOPInstanceUID", file], ToolDeadline);
        Assert.Equal(0, exitCode);
        Assert.Contains(SampleInstances.SopInstanceUid(1, 1, 1), output, StringComparison.Ordinal);
    }

    [PeerFact("dcmqrscp")]
    public async Task OurFindMoveAndStore_WithDcmqrscp_DoWhatTheArchiveSays()
    {
        using TestFolder folder = new();
        List<string> received = [];
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                received.Add(request.SopInstanceUid);
                return DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEST" }, sink);
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(
            port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["DEST"] = destination.EndPoint.Port });

        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(port, "ARCHIVE", Peers.StudyFind, Peers.StudyMove, SampleInstances.Context), Peers.Soon);
        foreach ((int series, int number) in new[] { (1, 1), (1, 2), (2, 1) })
        {
            byte[] dataSet = SampleInstances.DataSet(1, series, number, pixelBytes: 20_000);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, series, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
        }

        List<string?> instances = [];
        DataSet identifier = Peers.Identifier("IMAGE",
            (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)), (Tags.SeriesInstanceUID, SampleInstances.SeriesInstanceUid(1, 1)), (Tags.SOPInstanceUID, ""));
        await foreach (DataSet match in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, identifier, Peers.Soon))
        {
            instances.Add(match.GetString(Tags.SOPInstanceUID));
        }

        Assert.Equal([SampleInstances.SopInstanceUid(1, 1, 1), SampleInstances.SopInstanceUid(1, 1, 2)], instances.Order());

        RetrieveOutcome outcome = await scu.MoveAsync(
            Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1))), "DEST", null, Peers.Soon);
        Assert.Equal(DimseStatus.Success, outcome.Status);
        Assert.Equal(new SubOperations(0, 3, 0, 0), outcome.SubOperations);
        Assert.Equal(3, received.Count);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [PeerFact("echoscu", "findscu", "movescu", "storescu", "storescp")]
    public async Task DcmtkUsers_WithOurArchive_StoreFindAndMove()
    {
        using TestFolder folder = new();
        string moved = folder.Folder("moved");
        int sinkPort = FreePort.Next();
        await using PeerProcess sink = await DcmtkPeer.StoreScpAsync(sinkPort, moved);
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE", Folder = folder.Folder("archive") });
        archive.AddDestination("SINK", "127.0.0.1", sinkPort);
        foreach (int number in new[] { 1, 2, 3 })
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.Folder("in"), $"{number}.dcm"), SampleInstances.File(1, 1, number));
        }

        string[] peer = ["-aet", "ME", "-aec", "ARCHIVE", "127.0.0.1", $"{archive.Port}"];
        await SucceedAsync("echoscu", peer);
        await SucceedAsync("storescu", ["+sd", .. peer, folder.File("in")]);
        Assert.Equal(3, archive.Instances);

        string found = await SucceedAsync("findscu", ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=DOE^J*", "-k", "StudyInstanceUID", "-k", "NumberOfStudyRelatedInstances", .. peer]);
        Assert.Contains(SampleInstances.StudyInstanceUid(1), found, StringComparison.Ordinal);
        string none = await SucceedAsync("findscu", ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName=ROE*", "-k", "StudyInstanceUID", .. peer]);
        Assert.DoesNotContain(SampleInstances.StudyInstanceUid(1), none, StringComparison.Ordinal);

        await SucceedAsync("movescu", ["-S", "-aem", "SINK", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SampleInstances.StudyInstanceUid(1)}", .. peer]);
        Assert.Equal(3, Directory.GetFiles(moved).Length);
    }

    [PeerFact("movescu")]
    public async Task Movescu_ToADestinationOurArchiveDoesNotKnow_IsTold()
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        (_, string output) = await PeerProcess.RunAsync(
            "movescu", ["-v", "-S", "-aem", "NOWHERE", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2", "-aec", "ARCHIVE", "127.0.0.1", $"{archive.Port}"], ToolDeadline);
        Assert.Contains("MoveDestinationUnknown", output, StringComparison.Ordinal);
    }

    private static async Task<string> SucceedAsync(string tool, string[] arguments)
    {
        (int exitCode, string output) = await PeerProcess.RunAsync(tool, ["-v", .. arguments], ToolDeadline);
        Assert.True(exitCode == 0, $"{tool} ended with {exitCode}: {output}");
        return output;
    }
}
