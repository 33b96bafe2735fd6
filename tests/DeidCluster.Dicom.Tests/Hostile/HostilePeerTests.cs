using System.Net;
using System.Net.Sockets;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>
/// What peers of ill will do to a listener, byte by byte on a real socket. After each, the listener serves others and holds nothing of it.
/// </summary>
[Collection(Alone.Name)]
public sealed class HostilePeerTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<byte[]> stored = [];
    private readonly ScriptedScp scp;
    private readonly DicomListener listener;

    public HostilePeerTests()
    {
        scp = new ScriptedScp
        {
            Store = async (request, ct) =>
            {
                using MemoryStream bytes = new();
                await request.DataSet.CopyToAsync(bytes, ct);
                lock (stored)
                {
                    stored.Add(bytes.ToArray());
                }

                return DimseStatus.Success;
            },
            Find = (_, ct) => ScriptedScp.Matches(3, ct),
        };
        listener = DicomListener.Start(Peers.Listening() with { ArtimTimeout = TimeSpan.FromSeconds(5), DataTimeout = TimeSpan.FromSeconds(5) }, scp);
    }

    public ValueTask DisposeAsync() => listener.DisposeAsync();

    [Fact]
    public async Task TwoThousandSilentConnections_DoNotKeepOthersFromBeingServed()
    {
        // ARTIM is far away: the silent ones must give way before it.
        await using DicomListener crowded = DicomListener.Start(Peers.Listening() with { ArtimTimeout = TimeSpan.FromMinutes(10) }, scp);
        List<Socket> silent = [];
        try
        {
            for (int number = 0; number < 2_000; number++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                silent.Add(socket);
                await socket.ConnectAsync(crowded.EndPoint, Peers.Soon);
                if (number % 2 == 0)
                {
                    await socket.SendAsync(new byte[] { 1, 0, 0 }, Peers.Soon); // half a header, and not a byte more
                }
            }

            await EchoAsync(crowded);
            await EchoAsync(crowded);
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task FragmentsOfOneByte_InAPduEach_MakeTheDataSetTheyAre()
    {
        byte[] dataSet = Noise(5_000);
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        byte[] command = RawPeer.Store().Write();
        await peer.SendAsync([.. command.SelectMany((value, at) => RawPeer.Data(new Pdv(3, true, at == command.Length - 1, new[] { value })))]);
        await peer.SendAsync([.. dataSet.SelectMany((value, at) => RawPeer.Data(new Pdv(3, false, at == dataSet.Length - 1, new[] { value })))]);
        Assert.Equal(DimseStatus.Success, (await peer.ReadCommandAsync()).Status);
        Assert.Equal(dataSet, Assert.Single(stored));
        await EchoAsync(listener);
    }

    [Fact]
    public async Task ManyTinyPdvsInOnePdu_AndEmptyOnesBetween_MakeTheDataSetTheyAre()
    {
        byte[] dataSet = Noise(3_000);
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        Pdv empty = new(3, false, false, default);
        await peer.SendAsync(RawPeer.Data()); // a P-DATA-TF without a PDV
        await peer.SendAsync(RawPeer.Data([new Pdv(3, true, false, default), new Pdv(3, true, true, RawPeer.Store().Write()), .. dataSet.SelectMany(value => new[] { new Pdv(3, false, false, new[] { value }), empty })]));
        await peer.SendAsync(RawPeer.Data());
        await peer.SendAsync(RawPeer.Data(empty, new Pdv(3, false, true, default)));
        Assert.Equal(DimseStatus.Success, (await peer.ReadCommandAsync()).Status);
        Assert.Equal(dataSet, Assert.Single(stored));
        await EchoAsync(listener);
    }

    [Fact]
    public async Task CommandOfManyFragments_CostsItsLengthAndNotItsSquare()
    {
        byte[] command = new CommandSet(CommandField.CEchoRq) { AffectedSopClassUid = Uids.Verification, MessageId = 1, MoveDestination = new string('X', 60_000), HasDataSet = false }.Write();
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        byte[] bytes = [.. command.Chunk(1).SelectMany((value, at) => RawPeer.Data(new Pdv(1, true, at == command.Length - 1, value)))];
        long before = GC.GetTotalAllocatedBytes();
        await peer.SendAsync(bytes);
        Assert.Equal(DimseStatus.Success, (await peer.ReadCommandAsync()).Status);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 200_000_000); // other tests allocate too; the square is 1,800,000,000
    }

    [Fact]
    public async Task CommandLongerThanTheLimit_IsAborted()
    {
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        for (int sent = 0; sent <= PduLimits.CommandBytesMax; sent += 10_000)
        {
            await peer.SendAsync(RawPeer.Data(new Pdv(1, true, false, new byte[10_000])));
        }

        Assert.True(await peer.EndsAsync());
        await IsServingAsync();
    }

    public static TheoryData<string, byte[]> Breaches => new()
    {
        { "a data set without a command", RawPeer.Data(new Pdv(3, false, true, new byte[20])) },
        { "a command on a context that was not proposed", RawPeer.Data(new Pdv(99, true, true, RawPeer.Echo().Write())) },
        { "a command on an even context", RawPeer.Data(new Pdv(2, true, true, RawPeer.Echo().Write())) },
        { "a command on context 0", RawPeer.Data(new Pdv(0, true, true, RawPeer.Echo().Write())) },
        { "a command in pieces on two contexts", RawPeer.Data(new Pdv(1, true, false, RawPeer.Echo().Write().AsMemory(0, 12)), new Pdv(3, true, true, RawPeer.Echo().Write().AsMemory(12))) },
        { "a data set on another context than its command", RawPeer.Data(new Pdv(3, true, true, RawPeer.Store().Write()), new Pdv(1, false, true, new byte[20])) },
        { "a command instead of a data set", RawPeer.Data(new Pdv(3, true, true, RawPeer.Store().Write()), new Pdv(1, true, true, RawPeer.Echo().Write())) },
        {
            "another message between the fragments of one, in one PDU (PS3.8 E.1)",
            RawPeer.Data(
                new Pdv(3, true, true, RawPeer.Store().Write()), new Pdv(3, false, false, new byte[20]),
                new Pdv(1, true, true, RawPeer.Echo().Write()), new Pdv(3, false, true, new byte[20]))
        },
        { "a command without a field", RawPeer.Data(new Pdv(1, true, true, new byte[] { 0, 0, 2, 0, 2, 0, 0, 0, (byte)'1', 0 })) },
        { "a command without a message id", RawPeer.Data(new Pdv(1, true, true, new CommandSet(CommandField.CEchoRq) { HasDataSet = false }.Write())) },
        { "an empty command", RawPeer.Data(new Pdv(1, true, true, default)) },
        { "a command that is noise", RawPeer.Data(new Pdv(1, true, true, Noise(200))) },
        { "a PDV that is longer than its PDU", RawPeer.Pdu(4, 0, 0, 1, 0, 1, 3) },
        { "a PDV of negative length", RawPeer.Pdu(4, 0xFF, 0xFF, 0xFF, 0xFF, 1, 3) },
        { "a PDV without a header", RawPeer.Pdu(4, 0, 0, 0, 0) },
        { "a PDU longer than was negotiated", [4, 0, 0x7F, 0xFF, 0xFF, 0xFF, .. new byte[100]] },
        { "a PDU of an unknown type", RawPeer.Pdu(0x2A, 1, 2, 3, 4) },
        { "a PDU of type 0", RawPeer.Pdu(0) },
        { "a second request for an association", RawPeer.Association() },
        { "an answer to a request for an association", PduWriter.Write(new Pdu.AssociateAc("A", "B", PduWriter.DicomApplicationContext, [], new UserInformation(0, "1.2", null))) },
        { "a rejection", PduWriter.Write(new Pdu.AssociateRj(1, 1, 1)) },
        { "an answer to a release that nobody asked for", PduWriter.Write(new Pdu.ReleaseRp()) },
        { "a release within a data set", [.. RawPeer.Data(new Pdv(3, true, true, RawPeer.Store().Write()), new Pdv(3, false, false, new byte[20])), .. PduWriter.Write(new Pdu.ReleaseRq())] },
        { "a release within a command", [.. RawPeer.Data(new Pdv(1, true, false, new byte[4])), .. PduWriter.Write(new Pdu.ReleaseRq())] },
        { "an abort", PduWriter.Write(new Pdu.Abort(0, 0)) },
        { "an abort with codes of nobody", PduWriter.Write(new Pdu.Abort(77, 88)) },
        { "an abort cut short", RawPeer.Pdu(7, 0) },
        { "TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, .. new byte[200]] },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task Breach_EndsItsOwnAssociationOnly(string what, byte[] bytes)
    {
        using (RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint))
        {
            await peer.SendAsync(bytes);
            await peer.EndsAsync().WaitAsync(Deadline);
        }

        await IsServingAsync();
        Assert.True(stored.Count == 0, what);
        Assert.All(scp.Faults, fault => Assert.True(fault is DicomNetworkException or DicomFormatException, $"{what}: {fault}"));
    }

    [Fact]
    public async Task WholeMessagesOfTwoContexts_InOnePdu_AreBothServed()
    {
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        byte[] dataSet = SampleInstances.DataSet(1, 1, 1);
        await peer.SendAsync(RawPeer.Data(
            new Pdv(1, true, true, RawPeer.Echo(7).Write()),
            new Pdv(3, true, true, RawPeer.Store(8).Write()), new Pdv(3, false, true, dataSet),
            new Pdv(1, true, true, RawPeer.Echo(9).Write())));
        Assert.Equal((CommandField.CEchoRsp, (ushort)7), await AnswerAsync());
        Assert.Equal((CommandField.CStoreRsp, (ushort)8), await AnswerAsync());
        Assert.Equal((CommandField.CEchoRsp, (ushort)9), await AnswerAsync());
        Assert.Single(stored);

        async Task<(CommandField, ushort)> AnswerAsync() => await peer.ReadCommandAsync() is CommandSet answer ? (answer.CommandField, answer.MessageIdBeingRespondedTo!.Value) : default;
    }

    [Fact]
    public async Task CancelOfNothing_IsPassedOver()
    {
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        CommandSet cancel = new(CommandField.CCancelRq) { MessageIdBeingRespondedTo = 4711, HasDataSet = false };
        await peer.SendAsync([.. RawPeer.Data(new Pdv(5, true, true, cancel.Write())), .. RawPeer.Data(new Pdv(1, true, true, cancel.Write()))]);
        await peer.SendAsync(RawPeer.Data(new Pdv(1, true, true, RawPeer.Echo(9).Write())));
        CommandSet answer = await peer.ReadCommandAsync();
        Assert.Equal((CommandField.CEchoRsp, (ushort)9), (answer.CommandField, answer.MessageIdBeingRespondedTo!.Value));
    }

    [Fact]
    public async Task ResponsesThatNobodyAskedFor_DoNotHangTheAssociation()
    {
        using RawPeer peer = await RawPeer.AssociatedAsync(listener.EndPoint);
        foreach (CommandField field in new[] { CommandField.CEchoRsp, CommandField.CStoreRsp, CommandField.CFindRsp, CommandField.CMoveRsp })
        {
            CommandSet response = new(field) { MessageId = 3, MessageIdBeingRespondedTo = 3, Status = DimseStatus.Success, HasDataSet = false };
            await peer.SendAsync(RawPeer.Data(new Pdv(1, true, true, response.Write())));
        }

        await peer.SendAsync(PduWriter.Write(new Pdu.ReleaseRq()));
        await peer.EndsAsync().WaitAsync(Deadline);
        await IsServingAsync();
    }

    [Fact]
    public async Task Conversation_CutAtEveryByte_LeavesNothingBehind()
    {
        int socketsBefore = OpenSockets();
        byte[] identifier = DataSetWriter.ToBytes(Peers.Identifier("STUDY", (Tags.PatientID, "MRN1")), TransferSyntax.ImplicitVrLittleEndian);
        CommandSet find = new(CommandField.CFindRq) { AffectedSopClassUid = Uids.StudyRootQueryRetrieveInformationModelFind, MessageId = 3, Priority = 0, HasDataSet = true };
        byte[] conversation =
        [
            .. RawPeer.Association(),
            .. RawPeer.Data(new Pdv(1, true, true, RawPeer.Echo().Write())),
            .. RawPeer.Data(new Pdv(3, true, true, RawPeer.Store().Write()), new Pdv(3, false, false, new byte[30])),
            .. RawPeer.Data(new Pdv(3, false, true, new byte[30])),
            .. RawPeer.Data(new Pdv(5, true, true, find.Write()), new Pdv(5, false, true, identifier)),
            .. PduWriter.Write(new Pdu.ReleaseRq()),
        ];
        for (int length = 0; length <= conversation.Length; length++)
        {
            using RawPeer peer = await RawPeer.ConnectAsync(listener.EndPoint);
            await peer.SendAsync(conversation[..length]);
            if (length % 2 == 0)
            {
                peer.Reset();
            }
        }

        await IsServingAsync();
        Assert.InRange(OpenSockets() - socketsBefore, int.MinValue, 40); // other tests open some meanwhile
        Assert.All(scp.Faults, fault => Assert.True(fault is DicomNetworkException or DicomFormatException or SocketException, fault.ToString()));
        Facts.Say($"hostile peers: a conversation of {conversation.Length} bytes was cut behind each of them");
    }

    [Fact]
    public async Task PeersThatDripTheirRequests_AreCutAfterArtim_WhileOthersAreServed()
    {
        await using DicomListener patient = DicomListener.Start(Peers.Listening() with { ArtimTimeout = TimeSpan.FromSeconds(2), AssociationsMax = 50 }, scp);
        byte[] request = RawPeer.Association();
        RawPeer[] dripping = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => RawPeer.ConnectAsync(patient.EndPoint)));
        using CancellationTokenSource enough = new();
        Task drip = Task.Run(async () =>
        {
            for (int at = 0; at < request.Length && !enough.IsCancellationRequested; at++)
            {
                await Task.WhenAll(dripping.Select(peer => peer.SendAsync(request[at..(at + 1)])));
                await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(50)), Task.Delay(Timeout.Infinite, enough.Token));
            }
        });
        await EchoAsync(patient);
        await Task.WhenAll(dripping.Select(peer => peer.EndsAsync())).WaitAsync(Deadline);
        await enough.CancelAsync();
        await drip;
        await EchoAsync(patient);
        Array.ForEach(dripping, peer => peer.Dispose());
    }

    [Fact]
    public async Task PeerThatTakesNoAnswers_IsCut_AndItsOperationEnds()
    {
        await using DicomListener impatient = DicomListener.Start(Peers.Listening() with { DataTimeout = TimeSpan.FromSeconds(1) }, new ScriptedScp
        {
            Find = (_, ct) => ScriptedScp.Matches(10_000_000, ct),
            Accept = _ => null,
        });
        using RawPeer peer = await RawPeer.AssociatedAsync(impatient.EndPoint);
        byte[] identifier = DataSetWriter.ToBytes(Peers.Identifier("STUDY"), TransferSyntax.ImplicitVrLittleEndian);
        CommandSet find = new(CommandField.CFindRq) { AffectedSopClassUid = Uids.StudyRootQueryRetrieveInformationModelFind, MessageId = 3, Priority = 0, HasDataSet = true };
        await peer.SendAsync(RawPeer.Data(new Pdv(5, true, true, find.Write()), new Pdv(5, false, true, identifier)));
        await Until.TrueAsync(() => impatient.Associations == 0, Deadline);
    }

    /// <summary>The listener serves a good peer, and the associations of the others are gone.</summary>
    private async Task IsServingAsync()
    {
        await EchoAsync(listener);
        await Until.TrueAsync(() => listener.Associations == 0, Deadline);
    }

    private static async Task EchoAsync(DicomListener served)
    {
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(served.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
    }

    private static byte[] Noise(int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        return noise;
    }

    private static int OpenSockets() => Directory.EnumerateFiles("/proc/self/fd").Count(IsSocket);

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false; // closed since it was listed
        }
    }
}
