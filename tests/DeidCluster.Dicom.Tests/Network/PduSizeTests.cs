using System.Net.Sockets;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Maximum lengths (PS3.8 D.1) of both sides, and data sets cut into PDVs of every kind.</summary>
public class PduSizeTests
{
    [Theory]
    [InlineData(0u)] // no limit
    [InlineData(128u)]
    [InlineData(129u)] // an odd one: fragments stay even
    [InlineData(16384u)]
    [InlineData(uint.MaxValue)]
    public async Task Answers_AreCutForThePeer(uint peerBytesMax)
    {
        ScriptedScp scp = new() { Find = (_, ct) => Long(ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        byte[] identifier = DataSetWriter.ToBytes(Peers.Identifier("STUDY"), TransferSyntax.ImplicitVrLittleEndian);
        CommandSet find = new(CommandField.CFindRq) { AffectedSopClassUid = Peers.StudyFind.AbstractSyntax, MessageId = 1, HasDataSet = true };
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.EndPoint, Peers.Soon);
        await using NetworkStream stream = new(socket);
        await stream.WriteAsync(Request(Peers.StudyFind.AbstractSyntax, peerBytesMax), Peers.Soon);
        await stream.WriteAsync(PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, find.Write()), new Pdv(1, false, true, identifier)])), Peers.Soon);
        int data = 0;
        for (int commands = 0; commands < 2;)
        {
            byte[] header = new byte[PduLimits.HeaderBytes];
            await stream.ReadExactlyAsync(header, Peers.Soon);
            byte[] body = new byte[header[2] << 24 | header[3] << 16 | header[4] << 8 | header[5]];
            await stream.ReadExactlyAsync(body, Peers.Soon);
            if (PduReader.Read(header[0], body) is Pdu.DataTf pdu)
            {
                Assert.True(body.Length <= PduLimits.PduBytesMax && (peerBytesMax == 0 || body.Length <= peerBytesMax));
                Assert.All(pdu.Pdvs, pdv => Assert.Equal(0, pdv.Bytes.Length % 2));
                data += pdu.Pdvs.Where(pdv => !pdv.IsCommand).Sum(pdv => pdv.Bytes.Length);
                commands += pdu.Pdvs.Count(pdv => pdv.IsCommand && pdv.IsLast); // the match, and the end
            }
        }

        Assert.InRange(data, 300_000, 301_000);
    }

    [Fact]
    public async Task Peer_ThatTakesNextToNothing_IsRefused()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await Peers.ExchangeAsync(listener.EndPoint, Request(Uids.Verification, 127));
        Assert.Equal(NetworkFault.Protocol, Assert.IsType<DicomNetworkException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline)).Fault);
    }

    [Theory]
    [InlineData(1, 1)] // fragments of one byte, each in a PDU
    [InlineData(1, 1000)] // of one byte, many in a PDU
    [InlineData(0, 10)] // empty ones between
    [InlineData(977, 3)]
    public async Task DataSet_InPdvsOfAnyKind_ArrivesAsItWasSent(int fragmentBytes, int pdvsPerPdu)
    {
        byte[] received = [];
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                using MemoryStream bytes = new();
                await request.DataSet.CopyToAsync(bytes, ct);
                received = bytes.ToArray();
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        byte[] dataSet = new byte[5000];
        new Random(41).NextBytes(dataSet);
        CommandSet store = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = 1, AffectedSopInstanceUid = "1.2.3", HasDataSet = true };
        byte[] command = store.Write();
        List<Pdv> pdvs = [];
        for (int at = 0; at < command.Length; at++)
        {
            pdvs.Add(new Pdv(1, true, at == command.Length - 1, command.AsMemory(at, 1)));
        }

        int step = Math.Max(fragmentBytes, 1);
        for (int at = 0; at < dataSet.Length; at += step)
        {
            int count = Math.Min(step, dataSet.Length - at);
            if (fragmentBytes == 0)
            {
                pdvs.Add(new Pdv(1, false, false, default));
            }

            pdvs.Add(new Pdv(1, false, at + count == dataSet.Length, dataSet.AsMemory(at, count)));
        }

        byte[] answer = await Peers.ExchangeAsync(listener.EndPoint,
        [
            .. Request(Uids.CtImageStorage, 0),
            .. pdvs.Chunk(pdvsPerPdu).SelectMany(chunk => PduWriter.Write(new Pdu.DataTf(chunk))),
            .. PduWriter.Write(new Pdu.DataTf([])), // nothing at all
            .. PduWriter.Write(new Pdu.ReleaseRq()),
        ]);
        Assert.Equal(dataSet, received);
        Assert.Equal(PduWriter.Write(new Pdu.ReleaseRp()), answer[^10..]);
        Assert.Empty(scp.Faults);
    }

    [PeerFact("storescu", "storescp")]
    public async Task DcmtkPeers_WithSmallAndLargePdus_BothWays_KeepTheBytes()
    {
        using TestFolder folder = new();
        byte[] dataSet = SampleInstances.DataSet(1, 1, 1, pixelBytes: 300_000);
        string sample = Path.Combine(folder.Path, "ct.dcm");
        await File.WriteAllBytesAsync(sample, SampleInstances.File(1, 1, 1));
        foreach (int bytes in new[] { 4096, 5001, 131072 })
        {
            using MemoryStream received = new();
            ScriptedScp scp = new()
            {
                Store = async (request, ct) =>
                {
                    await request.DataSet.CopyToAsync(received, ct);
                    return DimseStatus.Success;
                },
            };
            await using DicomListener listener = DicomListener.Start(Peers.Listening() with { PduBytesMax = bytes }, scp);
            (int exitCode, string output) = await PeerProcess.RunAsync(
                "storescu", ["-pdu", $"{bytes}", "--max-send-pdu", $"{Math.Max(bytes, 4096)}", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", sample], TimeSpan.FromSeconds(30));
            Assert.True(exitCode == 0, output);
            Assert.Equal((await File.ReadAllBytesAsync(sample))[^(int)received.Length..], received.ToArray());

            string sink = Directory.CreateDirectory(Path.Combine(folder.Path, $"sink{bytes}")).FullName;
            int port = FreePort.Next();
            await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, sink, "SINK", "-pdu", $"{bytes}");
            await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "SINK", SampleInstances.Context), Peers.Soon);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, 1), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
            await scu.ReleaseAsync(Peers.Soon);
            Assert.Equal(dataSet, (await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(sink))))[^dataSet.Length..]);
        }
    }

    private static byte[] Request(string sopClassUid, uint pduBytesMax) => PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
        [new PresentationContext(1, sopClassUid, [Uids.ImplicitVrLittleEndian])], new UserInformation(pduBytesMax, "1.2.3", null)));

    private static async IAsyncEnumerable<DataSet> Long([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        DataSet match = Peers.Identifier("STUDY");
        match.SetString(Tags.TextValue, new string('x', 300_000));
        yield return match;
    }
}
