using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>C-STORE between DCMTK and us, both ways, in every transfer syntax for which a tool here makes files.</summary>
public class StorePeerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [PeerFact("storescu", "dcmconv", "dcmcjpeg", "dcmcjpls", "dcmcrle", "gdcmconv")]
    public async Task Storescu_InEverySyntax_ToOurListener_ArrivesAsItWasSent()
    {
        using TestFolder folder = new();
        Dictionary<string, (string TransferSyntax, byte[] DataSet)> received = [];
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Receiver(received));
        int identical = 0;
        foreach (PeerSyntax syntax in PeerSyntax.All)
        {
            string file = await syntax.MakeAsync(folder);
            received.Clear();
            await SucceedAsync("storescu", [$"-x{syntax.Letter}", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file]);
            (string transferSyntax, byte[] dataSet) = Assert.Single(received).Value;
            identical += HasSameContent(syntax, file, transferSyntax, dataSet) ? 1 : 0;
        }

        Facts.Say($"storescu to our listener: {PeerSyntax.All.Count} transfer syntaxes, {identical} data sets byte-identical, the others equal element by element");
        Assert.InRange(identical, PeerSyntax.All.Count / 2, PeerSyntax.All.Count); // DCMTK encodes some data sets anew
    }

    [PeerFact("storescp", "dcmconv", "dcmcjpeg", "dcmcjpls", "dcmcrle", "gdcmconv")]
    public async Task OurSender_InEverySyntax_ToStorescpThatPrefersIt_ArrivesAsItWasSent()
    {
        using TestFolder folder = new();
        foreach (PeerSyntax syntax in PeerSyntax.All)
        {
            string file = await syntax.MakeAsync(folder);
            (SentFile sent, string arrived) = await SendAsync(folder, file, $"got-{syntax.Letter}", [$"+x{syntax.Letter}"]);
            Assert.True(sent.Outcome == SendOutcome.Sent, $"{syntax.Name}: {sent}");
            Assert.Equal(syntax.Uid, sent.TransferSyntax?.Uid);
            byte[] dataSet = PeerSyntax.DataSetBytes(file);
            byte[] padding = syntax.Uid == Uids.DeflatedExplicitVrLittleEndian ? new byte[dataSet.Length % 2] : []; // dcmconv leaves it out (PS3.5 A.5)
            Assert.Equal([.. dataSet, .. padding], PeerSyntax.DataSetBytes(arrived));
        }
    }

    [PeerFact("storescp", "dcmconv", "dcmcrle")]
    public async Task OurSender_ToStorescpThatTakesImplicitVrOnly_Transcodes_OrSaysWhyNot()
    {
        using TestFolder folder = new();
        foreach (PeerSyntax syntax in PeerSyntax.All.Where(syntax => syntax.Tool is "dcmconv" or "dcmcrle"))
        {
            string file = await syntax.MakeAsync(folder);
            (SentFile sent, string arrived) = await SendAsync(folder, file, $"implicit-{syntax.Letter}", ["+xi"]);
            if (syntax.Uid == Uids.RleLossless)
            {
                Assert.Equal(SendOutcome.NotAccepted, sent.Outcome);
                continue;
            }

            Assert.True(sent.Outcome == SendOutcome.Sent, $"{syntax.Name}: {sent.Problem}");
            using DicomFile source = DicomFile.Open(file);
            using DicomFile target = DicomFile.Open(arrived);
            Assert.Equal(Uids.ImplicitVrLittleEndian, target.TransferSyntax.Uid);
            Assert.Empty(DataSetDiff.Compare(source.DataSet, target.DataSet, source.Source, target.Source));
        }
    }

    [PeerFact("storescu", "storescp", "dcmconv")]
    public async Task PduLengths_OfEverySizeThatDcmtkHas_BothWays_CarryTheSameBytes()
    {
        using TestFolder folder = new();
        string file = await PeerSyntax.All[1].MakeAsync(folder);
        byte[] expected = PeerSyntax.DataSetBytes(file);
        int[] sizes = [4096, 4097, 5001, 16384, 65535, 131072];
        foreach (int size in sizes)
        {
            Dictionary<string, (string TransferSyntax, byte[] DataSet)> received = [];
            await using DicomListener listener = DicomListener.Start(Peers.Listening() with { PduBytesMax = size }, Receiver(received));
            await SucceedAsync("storescu", ["-xe", "-pdu", $"{size}", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file]);
            Assert.Equal(expected, Assert.Single(received).Value.DataSet);

            (SentFile sent, string arrived) = await SendAsync(folder, file, $"pdu-{size}", ["-pdu", $"{size}"], pduBytesMax: size);
            Assert.Equal(SendOutcome.Sent, sent.Outcome);
            Assert.Equal(expected, PeerSyntax.DataSetBytes(arrived));
        }

        foreach (int small in new[] { 128, 129, 1000 }) // what DCMTK's options do not reach, as our listener announces it
        {
            Dictionary<string, (string TransferSyntax, byte[] DataSet)> received = [];
            await using DicomListener listener = DicomListener.Start(Peers.Listening() with { PduBytesMax = small }, Receiver(received));
            await SucceedAsync("storescu", ["-xe", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file]);
            Assert.Equal(expected, Assert.Single(received).Value.DataSet);
        }
    }

    [PeerFact("storescu", "dcmconv")]
    public async Task Storescu_RepeatsInventsCombinesAndAborts_AndOurListenerGoesOn()
    {
        using TestFolder folder = new();
        string file = await PeerSyntax.All[1].MakeAsync(folder);
        Dictionary<string, (string TransferSyntax, byte[] DataSet)> received = [];
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Receiver(received));
        string[] peer = ["-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file];
        await SucceedAsync("storescu", ["--repeat", "5", "+II", .. peer]);
        Assert.Equal(5, received.Count);
        await SucceedAsync("storescu", ["--repeat", "3", "+IP", "1", "+IS", "1", "+IR", "1", .. peer]);
        Assert.Equal(8, received.Count);
        await SucceedAsync("storescu", ["+C", "-R", "+II", .. peer]);
        Assert.Equal(9, received.Count);
        await SucceedAsync("storescu", ["--abort", "+II", .. peer]);
        await SucceedAsync("storescu", ["-up", "+II", .. peer]);
        Assert.Equal(11, received.Count);
    }

    [PeerFact("dcmsend", "dcmconv", "dcmcrle")]
    public async Task Dcmsend_OfSeveralSyntaxes_ToOurListener_ReportsSuccess()
    {
        using TestFolder folder = new();
        Dictionary<string, (string TransferSyntax, byte[] DataSet)> received = [];
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Receiver(received));
        foreach (PeerSyntax syntax in PeerSyntax.All.Where(syntax => syntax.Tool is "dcmconv" or "dcmcrle"))
        {
            string file = await syntax.MakeAsync(folder);
            string report = folder.File($"report-{syntax.Letter}.txt");
            await SucceedAsync("dcmsend", ["+crf", report, "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file]);
            Assert.Matches(@"with status SUCCESS\s*:\s*1", await File.ReadAllTextAsync(report));
        }

        Assert.NotEmpty(received);
    }

    [PeerFact("echoscu", "storescp")]
    public async Task AeTitles_OfSixteenCharactersAndWithSpaces_AreMet()
    {
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { AeTitle = "SIXTEEN CHARS AE", AllowedPeers = AllowedPeers.Calling("A B") }, new ScriptedScp());
        await SucceedAsync("echoscu", ["-aet", "A B", "-aec", "SIXTEEN CHARS AE", "127.0.0.1", $"{listener.EndPoint.Port}"]);
        (int refused, _) = await PeerProcess.RunAsync("echoscu", ["-aet", "AB", "-aec", "SIXTEEN CHARS AE", "127.0.0.1", $"{listener.EndPoint.Port}"], Deadline);
        Assert.NotEqual(0, refused);
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path, "SIXTEEN CHARS AE");
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(port, "SIXTEEN CHARS AE", ProposedContext.Verification) with { CallingAeTitle = "A TITLE OF 16 CH" }, Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
    }

    /// <summary>True when the bytes are the file's; else the elements must be equal, or the test fails.</summary>
    private static bool HasSameContent(PeerSyntax syntax, string file, string transferSyntax, byte[] dataSet)
    {
        if (transferSyntax == syntax.Uid && dataSet.AsSpan().SequenceEqual(PeerSyntax.DataSetBytes(file)))
        {
            return true;
        }

        using DicomFile sent = DicomFile.Open(file);
        DataSet meta = FileMetaInformation.Build(Uids.SecondaryCaptureImageStorage, "1.2.3", transferSyntax);
        byte[] head = DicomFileWriter.Segments(meta, new DataSet(), TransferSyntax.ExplicitVrLittleEndian, null).ToArray();
        using DicomFile arrived = DicomFile.Read(new MemorySource((byte[])[.. head, .. dataSet]));
        Assert.True(arrived.TransferSyntax.IsEncapsulated == sent.TransferSyntax.IsEncapsulated, syntax.Name);
        // DCMTK pads text anew: the same text is no difference.
        List<Difference> differences = [.. DataSetDiff.Compare(sent.DataSet, arrived.DataSet, sent.Source, arrived.Source).Where(one => one.Before != one.After)];
        Assert.True(differences.Count == 0, $"{syntax.Name}: {string.Join(", ", differences.Select(one => $"{one.Path} {one.Before} -> {one.After}"))}");
        return false;
    }

    private static async Task<(SentFile Sent, string Arrived)> SendAsync(TestFolder folder, string file, string name, string[] options, int pduBytesMax = PduLimits.PduBytesMax)
    {
        string sink = folder.Folder(name);
        int port = FreePort.Next();
        await using PeerProcess storescp = await PeerProcess.StartServerAsync("storescp", ["-aet", "SINK", "-od", sink, "+B", .. options, $"{port}"], port, Deadline);
        FileSender sender = new(Peers.Calling(port, "SINK") with { PduBytesMax = pduBytesMax }, associations: 1);
        List<SentFile> ended = [];
        await foreach (SentFile one in sender.SendAsync([file], Peers.Soon))
        {
            ended.Add(one);
        }

        return (Assert.Single(ended), Directory.GetFiles(sink).FirstOrDefault() ?? "");
    }

    private static ScriptedScp Receiver(Dictionary<string, (string TransferSyntax, byte[] DataSet)> received) => new()
    {
        Store = async (request, ct) =>
        {
            using MemoryStream bytes = new();
            await request.DataSet.CopyToAsync(bytes, ct);
            lock (received)
            {
                received[request.SopInstanceUid] = (request.TransferSyntax.Uid, bytes.ToArray());
            }

            return DimseStatus.Success;
        },
    };

    private static async Task SucceedAsync(string tool, string[] arguments)
    {
        (int exitCode, string output) = await PeerProcess.RunAsync(tool, arguments, Deadline);
        Assert.True(exitCode == 0, $"{tool} {string.Join(' ', arguments)} ended with {exitCode}: {output}");
    }
}
