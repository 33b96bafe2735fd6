using System.Net;
using System.Net.Sockets;

namespace DeidCluster.Dicom.Tests.Network;

public class AssociationTests
{
    [Fact]
    public async Task Echo_BetweenBothEnds_Succeeds_AndReleases()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
        Assert.False(scu.IsUsable);
        await listener.StopAsync(Peers.Soon);
        Assert.Empty(scp.Faults);
    }

    [Fact]
    public async Task Association_ForAnotherAeTitle_IsRejectedPermanently()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        AssociationOptions options = Peers.Calling(listener.EndPoint.Port, "OTHER", ProposedContext.Verification);
        AssociationRejectedException rejected = await Assert.ThrowsAsync<AssociationRejectedException>(() => ScuAssociation.ConnectAsync(options, Peers.Soon));
        Assert.Equal(AssociationRejection.CalledAeTitleNotRecognized, rejected.Rejection);
        Assert.False(rejected.Rejection.IsTransient);
    }

    [Fact]
    public async Task Association_FromAnUnknownCaller_IsRejected()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { AllowedPeers = AllowedPeers.Calling("PACS") }, new ScriptedScp());
        AssociationRejectedException rejected = await Assert.ThrowsAsync<AssociationRejectedException>(
            () => ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon));
        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, rejected.Rejection);
    }

    [Fact]
    public async Task Association_BeyondTheLimit_IsRejectedTransiently_UntilOneEnds()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { AssociationsMax = 1 }, new ScriptedScp());
        AssociationOptions options = Peers.Calling(listener.EndPoint, ProposedContext.Verification);
        await using (ScuAssociation first = await ScuAssociation.ConnectAsync(options, Peers.Soon))
        {
            AssociationRejectedException rejected = await Assert.ThrowsAsync<AssociationRejectedException>(() => ScuAssociation.ConnectAsync(options, Peers.Soon));
            Assert.True(rejected.Rejection.IsTransient);
            await first.ReleaseAsync(Peers.Soon);
        }

        using CancellationTokenSource deadline = new(Peers.Deadline);
        while (true)
        {
            try
            {
                await using ScuAssociation next = await ScuAssociation.ConnectAsync(options, deadline.Token);
                return;
            }
            catch (AssociationRejectedException)
            {
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Connect_WhereNothingListens_IsUnreachable()
    {
        int port;
        using (Socket unused = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)unused.LocalEndPoint!).Port;
        }

        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(
            () => ScuAssociation.ConnectAsync(Peers.Calling(port, "SCP", ProposedContext.Verification), Peers.Soon));
        Assert.Equal(NetworkFault.Unreachable, fault.Fault);
    }

    [Fact]
    public async Task Connect_ToAPeerThatSaysNothing_TimesOut()
    {
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        AssociationOptions options = Peers.Calling((IPEndPoint)silent.LocalEndPoint!, ProposedContext.Verification) with { NegotiationTimeout = TimeSpan.FromMilliseconds(100) };
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => ScuAssociation.ConnectAsync(options, Peers.Soon));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
    }

    [Theory]
    [InlineData("FFFEFDFCFBFAF9F8")] // no PDU
    [InlineData("0200000000040000")] // answers with a cut A-ASSOCIATE-AC
    [InlineData("0400000000060000000201030000")] // data before negotiation
    [InlineData("02007FFFFFFF")] // longer than any answer
    public async Task Connect_ToAPeerThatAnswersRubbish_IsAProtocolFault(string hex)
    {
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        peer.Listen();
        Task<ScuAssociation> connecting = ScuAssociation.ConnectAsync(Peers.Calling((IPEndPoint)peer.LocalEndPoint!, ProposedContext.Verification), Peers.Soon);
        using Socket connection = await peer.AcceptAsync(Peers.Soon);
        await connection.SendAsync(Convert.FromHexString(hex));
        connection.Shutdown(SocketShutdown.Send);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => connecting);
        Assert.True(fault.Fault is NetworkFault.Protocol or NetworkFault.Closed, fault.Message);
    }

    [Fact]
    public async Task Listener_ThatGetsRubbish_Aborts_AndGoesOn()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        Assert.Equal("0700000000040000" + "0206", Convert.ToHexString(await Peers.ExchangeAsync(listener.EndPoint, [0x01, 0, 0, 0, 0, 2, 0xAA, 0xBB])));
        // Before a request the abort speaks for the service's user, without a reason (PS3.8 9.2.3, AA-1).
        Assert.Equal("0700000000040000" + "0000", Convert.ToHexString(await Peers.ExchangeAsync(listener.EndPoint, "GET / HTTP/1.1\r\n\r\n"u8.ToArray())));
        Assert.Equal("0700000000040000" + "0000", Convert.ToHexString(await Peers.ExchangeAsync(listener.EndPoint, Convert.FromHexString("05000000000400000000"))));
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        Assert.All(scp.Faults, fault => Assert.IsType<DicomNetworkException>(fault));
    }

    [Fact]
    public async Task Listener_ThatGetsMutatedAssociations_GoesOn()
    {
        ScriptedScp scp = new() { Find = (_, ct) => ScriptedScp.Matches(3, ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { DataTimeout = TimeSpan.FromSeconds(2), ArtimTimeout = TimeSpan.FromSeconds(2) }, scp);
        CommandSet echo = new(CommandField.CEchoRq) { AffectedSopClassUid = Uids.Verification, MessageId = 1, HasDataSet = false };
        CommandSet store = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = 2, AffectedSopInstanceUid = "1.2.3", HasDataSet = true };
        CommandSet find = new(CommandField.CFindRq) { AffectedSopClassUid = Uids.StudyRootQueryRetrieveInformationModelFind, MessageId = 3, HasDataSet = true };
        byte[] identifier = DataSetWriter.ToBytes(Peers.Identifier("STUDY", (Tags.PatientID, "MRN1")), TransferSyntax.ImplicitVrLittleEndian);
        byte[] conversation =
        [
            .. PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
                [
                    new PresentationContext(1, Uids.Verification, [Uids.ImplicitVrLittleEndian]),
                    new PresentationContext(3, Uids.CtImageStorage, [Uids.ImplicitVrLittleEndian]),
                    new PresentationContext(5, Uids.StudyRootQueryRetrieveInformationModelFind, [Uids.ImplicitVrLittleEndian]),
                ], new UserInformation(16384, "1.2.3", null))),
            .. PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, echo.Write())])),
            .. PduWriter.Write(new Pdu.DataTf([new Pdv(3, true, true, store.Write()), new Pdv(3, false, false, new byte[100])])),
            .. PduWriter.Write(new Pdu.DataTf([new Pdv(3, false, true, new byte[50])])),
            .. PduWriter.Write(new Pdu.DataTf([new Pdv(5, true, true, find.Write()), new Pdv(5, false, true, identifier)])),
            .. PduWriter.Write(new Pdu.ReleaseRq()),
        ];
        Random random = new(20263);
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = [.. conversation];
            for (int change = random.Next(0, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await Peers.ExchangeAsync(listener.EndPoint, bytes[..random.Next(1, bytes.Length + 1)]);
        }

        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        Assert.All(scp.Faults, fault => Assert.True(fault is DicomNetworkException or DicomFormatException, fault.ToString()));
    }

    [Fact]
    public async Task Listener_WithAnIdlePeer_AbortsIt()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { IdleTimeout = TimeSpan.FromMilliseconds(50) }, scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(NetworkFault.Timeout, Assert.IsType<DicomNetworkException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline)).Fault);
        DicomNetworkException fault = await Assert.ThrowsAnyAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon));
        Assert.True(fault.Fault is NetworkFault.Aborted or NetworkFault.Closed);
        Assert.False(scu.IsUsable);
    }

    [Fact]
    public async Task Peer_ThatDripsItsRequest_IsCutWhenItsTimeIsOver()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { ArtimTimeout = TimeSpan.FromMilliseconds(200) }, scp);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.EndPoint, Peers.Soon);
        await socket.SendAsync(Convert.FromHexString("01000000FFFF"), Peers.Soon);
        while (!scp.FirstFault.Task.IsCompleted)
        {
            try
            {
                await socket.SendAsync(new byte[] { 1 }, Peers.Soon);
            }
            catch (SocketException)
            {
                break; // cut
            }

            await Task.WhenAny(scp.FirstFault.Task, Task.Delay(TimeSpan.FromMilliseconds(20), Peers.Soon));
        }

        Assert.IsAssignableFrom<DicomNetworkException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline));
    }

    [Fact]
    public async Task Listener_WithManyPeersAtOnce_ServesEach()
    {
        int stored = 0;
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                Interlocked.Increment(ref stored);
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async peer =>
        {
            await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, SampleInstances.Context), Peers.Soon);
            for (int number = 0; number < 20; number++)
            {
                Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                    Uids.CtImageStorage, $"1.2.{peer}.{number}", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[50_000]), 50_000, null, Peers.Soon));
            }

            await scu.ReleaseAsync(Peers.Soon);
        }));
        Assert.Equal(320, stored);
        Assert.Empty(scp.Faults);
    }

    [Fact]
    public async Task Peer_ThatVanishesWithinADataSet_EndsItsStoreOnly()
    {
        TaskCompletionSource<Exception> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                try
                {
                    await request.DataSet.CopyToAsync(Stream.Null, ct);
                }
                catch (DicomNetworkException fault)
                {
                    seen.SetResult(fault);
                    throw;
                }

                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        CommandSet store = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = 2, AffectedSopInstanceUid = "1.2.3", HasDataSet = true };
        await Peers.ExchangeAsync(listener.EndPoint,
        [
            .. PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
                [new PresentationContext(1, Uids.CtImageStorage, [Uids.ImplicitVrLittleEndian])], new UserInformation(16384, "1.2.3", null))),
            .. PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, store.Write()), new Pdv(1, false, false, new byte[1000])])),
        ]);
        Assert.Equal(NetworkFault.Closed, Assert.IsType<DicomNetworkException>(await seen.Task.WaitAsync(Peers.Deadline)).Fault);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Listener_ThatStops_EndsTheRunningOperationFirst()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                started.SetResult();
                await goOn.Task.WaitAsync(ct);
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(listener.EndPoint, new ProposedContext(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian)), Peers.Soon);
        Task<DimseStatus> storing = scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[1000]), 1000, null, Peers.Soon);
        await started.Task.WaitAsync(Peers.Deadline);
        Task stopping = listener.StopAsync(Peers.Soon);
        goOn.SetResult();
        Assert.Equal(DimseStatus.Success, await storing);
        await stopping;
    }
}
