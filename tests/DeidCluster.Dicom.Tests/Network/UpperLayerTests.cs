using System.Net;
using System.Net.Sockets;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>The protocol machine on a real connection: in each state, each PDU, rubbish and the end of the connection.</summary>
public class UpperLayerTests
{
    private static readonly Dictionary<UpperLayerState, UpperLayerEvent[]> Ways = new()
    {
        [UpperLayerState.Sta2] = [UpperLayerEvent.TransportAccepted],
        [UpperLayerState.Sta3] = [UpperLayerEvent.TransportAccepted, UpperLayerEvent.AssociateRq],
        [UpperLayerState.Sta5] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected],
        [UpperLayerState.Sta6] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc],
        [UpperLayerState.Sta7] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc, UpperLayerEvent.ReleaseRequest],
        [UpperLayerState.Sta8] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc, UpperLayerEvent.ReleaseRq],
        [UpperLayerState.Sta9] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc, UpperLayerEvent.ReleaseRequest, UpperLayerEvent.ReleaseRq],
        [UpperLayerState.Sta10] = [UpperLayerEvent.TransportAccepted, UpperLayerEvent.AssociateRq, UpperLayerEvent.AssociateAccept, UpperLayerEvent.ReleaseRequest, UpperLayerEvent.ReleaseRq],
        [UpperLayerState.Sta11] = [UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc, UpperLayerEvent.ReleaseRequest, UpperLayerEvent.ReleaseRq, UpperLayerEvent.ReleaseResponse],
        [UpperLayerState.Sta12] = [UpperLayerEvent.TransportAccepted, UpperLayerEvent.AssociateRq, UpperLayerEvent.AssociateAccept, UpperLayerEvent.ReleaseRequest, UpperLayerEvent.ReleaseRq, UpperLayerEvent.ReleaseRp],
        [UpperLayerState.Sta13] = [UpperLayerEvent.TransportAccepted, UpperLayerEvent.AssociateRq, UpperLayerEvent.AssociateReject],
    };

    private static readonly Dictionary<UpperLayerEvent, byte[]> Sent = new()
    {
        [UpperLayerEvent.AssociateRq] = PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext, [], new UserInformation(0, "1.2.3", null))),
        [UpperLayerEvent.AssociateAc] = PduWriter.Write(new Pdu.AssociateAc("SCP", "SCU", PduWriter.DicomApplicationContext, [], new UserInformation(0, "1.2.3", null))),
        [UpperLayerEvent.AssociateRj] = PduWriter.Write(new Pdu.AssociateRj(1, 1, 1)),
        [UpperLayerEvent.DataTf] = PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, new byte[4])])),
        [UpperLayerEvent.ReleaseRq] = PduWriter.Write(new Pdu.ReleaseRq()),
        [UpperLayerEvent.ReleaseRp] = PduWriter.Write(new Pdu.ReleaseRp()),
        [UpperLayerEvent.Abort] = PduWriter.Write(new Pdu.Abort(0, 0)),
        [UpperLayerEvent.InvalidPdu] = "GET / HTTP/1.1\r\n"u8.ToArray(),
        [UpperLayerEvent.TransportClosed] = [],
    };

    public static TheoryData<string, string> Cells()
    {
        TheoryData<string, string> cells = [];
        foreach (UpperLayerState state in Ways.Keys)
        {
            foreach (UpperLayerEvent happened in Sent.Keys)
            {
                cells.Add(state.ToString(), happened.ToString());
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Machine_InAState_DoesWithWhatComes_WhatTheTableSays(string stateName, string happenedName)
    {
        UpperLayerState state = Enum.Parse<UpperLayerState>(stateName);
        UpperLayerEvent happened = Enum.Parse<UpperLayerEvent>(happenedName);
        await using SocketPair pair = await SocketPair.OpenAsync();
        await using UpperLayer upper = new(pair.Ours(), isRequestor: Ways[state][0] == UpperLayerEvent.AssociateRequest, TimeSpan.FromSeconds(5));
        Array.ForEach(Ways[state], way => upper.On(way));
        Assert.Equal(state, upper.State);

        UpperLayerAction expected = StateTable.Action(state, happened);
        await pair.Peer.SendAsync(Sent[happened], Peers.Soon);
        pair.Peer.Shutdown(SocketShutdown.Send);
        switch (expected)
        {
            case UpperLayerAction.AA1:
                Assert.Equal(NetworkFault.Protocol, await FaultAsync(upper));
                Assert.Equal("07000000000400000000", await pair.PeerReadsAsync());
                break;
            case UpperLayerAction.AA7 or UpperLayerAction.AA8:
                Assert.Equal(NetworkFault.Protocol, await FaultAsync(upper));
                Assert.Equal("070000000004000002" + (happened == UpperLayerEvent.InvalidPdu ? "01" : "02"), await pair.PeerReadsAsync());
                break;
            case UpperLayerAction.AA3:
                Assert.Equal(NetworkFault.Aborted, await FaultAsync(upper));
                break;
            case UpperLayerAction.AA4 or UpperLayerAction.AR5:
                Assert.Equal(NetworkFault.Closed, await FaultAsync(upper));
                break;
            case UpperLayerAction.AA6: // ignored; then the connection ends
                Assert.Equal(NetworkFault.Closed, await FaultAsync(upper));
                break;
            default:
                Assert.Equal(expected, (await upper.ReceiveAsync(Peers.Deadline, Peers.Soon)).Action);
                Assert.Equal(StateTable.After(expected, Ways[state][0] == UpperLayerEvent.AssociateRequest), upper.State);
                return;
        }

        Assert.Contains(upper.State, new[] { UpperLayerState.Sta1, UpperLayerState.Sta13 });
    }

    [Fact]
    public async Task Peer_ThatAsksForNothing_IsLeftWhenArtimExpires()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await using UpperLayer upper = new(pair.Ours(), isRequestor: false, TimeSpan.FromMilliseconds(50));
        upper.On(UpperLayerEvent.TransportAccepted);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(async () => await upper.ReceiveAsync(TimeSpan.FromMilliseconds(50), Peers.Soon));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
        Assert.Equal(UpperLayerState.Sta1, upper.State);
    }

    [Fact]
    public async Task Peer_ThatDoesNotCloseAfterTheEnd_IsLeftWhenArtimExpires()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await using UpperLayer upper = new(pair.Ours(), isRequestor: false, TimeSpan.FromMilliseconds(50));
        Array.ForEach(Ways[UpperLayerState.Sta13], way => upper.On(way));
        await upper.AwaitCloseAsync(Peers.Soon);
        Assert.Equal(UpperLayerState.Sta1, upper.State);
    }

    [Fact]
    public async Task Requestor_WhosePeerAsksForReleaseAtTheSameTime_AnswersFirst()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await using Association association = Established(pair, isRequestor: true);
        Task releasing = association.ReleaseAsync(Peers.Deadline, Peers.Soon).AsTask();
        Assert.Equal((byte)PduType.ReleaseRq, (await pair.PeerReadsAsync(10))[0]);
        await pair.Peer.SendAsync(PduWriter.Write(new Pdu.ReleaseRq()), Peers.Soon);
        Assert.Equal((byte)PduType.ReleaseRp, (await pair.PeerReadsAsync(10))[0]); // Sta9, AR-9
        Assert.False(releasing.IsCompleted);
        await pair.Peer.SendAsync(PduWriter.Write(new Pdu.ReleaseRp()), Peers.Soon); // Sta11, AR-3
        await releasing;
    }

    [Fact]
    public async Task Acceptor_WhosePeerAsksForReleaseAtTheSameTime_AnswersLast()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await using Association association = Established(pair, isRequestor: false);
        Task releasing = association.ReleaseAsync(Peers.Deadline, Peers.Soon).AsTask();
        Assert.Equal((byte)PduType.ReleaseRq, (await pair.PeerReadsAsync(10))[0]);
        await pair.Peer.SendAsync(PduWriter.Write(new Pdu.ReleaseRq()), Peers.Soon); // Sta10: nothing is said yet
        await pair.Peer.SendAsync(PduWriter.Write(new Pdu.ReleaseRp()), Peers.Soon); // AR-10
        Assert.Equal((byte)PduType.ReleaseRp, (await pair.PeerReadsAsync(10))[0]); // Sta12, AR-4
        await releasing;
    }

    private static Association Established(SocketPair pair, bool isRequestor)
    {
        UpperLayer upper = new(pair.Ours(), isRequestor, TimeSpan.FromSeconds(5));
        UpperLayerEvent[] way = isRequestor ? Ways[UpperLayerState.Sta6] : [.. Ways[UpperLayerState.Sta3], UpperLayerEvent.AssociateAccept];
        Array.ForEach(way, step => upper.On(step));
        return new Association(upper, new AgreedTerms([], PduLimits.PduBytesMax, 0, OperationsWindow.Synchronous), Peers.Deadline);
    }

    private static async Task<NetworkFault> FaultAsync(UpperLayer upper) =>
        (await Assert.ThrowsAnyAsync<DicomNetworkException>(async () => await upper.ReceiveAsync(Peers.Deadline, Peers.Soon))).Fault;

    /// <summary>A connection over loopback, of which a test holds the peer's end.</summary>
    private sealed class SocketPair(Socket ours, Socket peer) : IAsyncDisposable
    {
        private readonly NetworkStream peerStream = new(peer);

        public Socket Peer => peer;

        public static async Task<SocketPair> OpenAsync()
        {
            using Socket listening = new(SocketType.Stream, ProtocolType.Tcp);
            listening.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            listening.Listen();
            Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(listening.LocalEndPoint!, Peers.Soon);
            return new SocketPair(await listening.AcceptAsync(Peers.Soon), peer);
        }

        public PduStream Ours() => new(new NetworkStream(ours), ours, "PEER", TimeProvider.System);

        /// <summary>Everything that we sent, in hexadecimal, once we ended our direction.</summary>
        public async Task<string> PeerReadsAsync()
        {
            using MemoryStream bytes = new();
            await peerStream.CopyToAsync(bytes, Peers.Soon);
            return Convert.ToHexString(bytes.ToArray());
        }

        public async Task<byte[]> PeerReadsAsync(int count)
        {
            byte[] bytes = new byte[count];
            await peerStream.ReadExactlyAsync(bytes, Peers.Soon);
            return bytes;
        }

        public ValueTask DisposeAsync()
        {
            ours.Dispose();
            peer.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
