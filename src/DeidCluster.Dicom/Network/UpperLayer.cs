using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>
/// The upper layer protocol machine over one connection (PS3.8 9.2). Whatever comes or is asked for goes through <see cref="StateTable"/>,
/// and what the table demands of the provider itself (abort, ARTIM, close) is done here. One reader and any writers may work at the same time.
/// </summary>
/// <param name="pdus">The connection.</param>
/// <param name="isRequestor">True on the side that asks for the association.</param>
/// <param name="artim">How long a peer may take to ask, and to close after the end (PS3.8 9.1.5).</param>
internal sealed class UpperLayer(PduStream pdus, bool isRequestor, TimeSpan artim) : IAsyncDisposable
{
    /// <summary>How long the peer may take to take an A-ABORT and to close after it.</summary>
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(2);

    private const byte UserSource = 0;
    private const byte ProviderSource = 2;

    private readonly Lock gate = new();

    /// <summary>The peer, for messages.</summary>
    public string Peer { get; set; } = pdus.Peer;

    /// <summary>Where the machine is.</summary>
    public UpperLayerState State { get; private set; } = UpperLayerState.Sta1;

    /// <summary>The longest P-DATA-TF body that we announced. Bytes.</summary>
    public int BodyBytesMax { set => pdus.BodyBytesMax = value; }

    /// <summary>True when the association is established and nothing waits to be read, not even the end of the connection.</summary>
    public bool IsQuiet => State == UpperLayerState.Sta6 && pdus.IsQuiet;

    /// <summary>What <paramref name="happened"/> makes the machine do; the state is the next one then. What cannot occur is our own mistake.</summary>
    public UpperLayerAction On(UpperLayerEvent happened) =>
        TryOn(happened) is UpperLayerAction action and not UpperLayerAction.None ? action
        : throw new InvalidOperationException($"{happened} cannot occur in {State}.");

    /// <summary>
    /// The next PDU that is for us to act on, and what the machine made of it; AA-2 or AA-5 when the peer goes before it asked for anything.
    /// Abort, close, an unexpected or a malformed PDU end the association and are the <see cref="DicomNetworkException"/> that says so.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    public async ValueTask<(UpperLayerAction Action, RawPdu Pdu)> ReceiveAsync(TimeSpan wait, CancellationToken ct)
    {
        while (true)
        {
            RawPdu pdu = await ReadAsync(wait, ct).ConfigureAwait(false);
            UpperLayerEvent happened = EventOf(pdu.Type);
            UpperLayerState before = State;
            UpperLayerAction action = TryOn(happened);
            switch (action)
            {
                case UpperLayerAction.None:
                    throw Over(); // it ended while we read
                case UpperLayerAction.AA1 or UpperLayerAction.AA7 or UpperLayerAction.AA8:
                    await SendAbortAsync(action, AbortReason.UnexpectedPdu).ConfigureAwait(false);
                    throw new DicomNetworkException(NetworkFault.Protocol, $"{Peer} sent a PDU that does not belong here ({happened} in {before})");
                case UpperLayerAction.AA3:
                    Pdu.Abort abort = await DecodeAsync<Pdu.Abort>(pdu).ConfigureAwait(false);
                    throw new AssociationAbortedException(Peer, abort.Source, abort.Reason);
                case UpperLayerAction.AA4 or UpperLayerAction.AR5:
                    throw new DicomNetworkException(NetworkFault.Closed, $"{Peer} closed the connection");
                case UpperLayerAction.AA6:
                    break; // what comes after the end is not looked at
                default:
                    return (action, pdu);
            }
        }
    }

    /// <summary>Reads a PDU that was received into its parts; malformed ones abort the association.</summary>
    public async ValueTask<T> DecodeAsync<T>(RawPdu pdu) where T : Pdu
    {
        try
        {
            return (T)PduReader.Read((byte)pdu.Type, pdu.Body);
        }
        catch (DicomFormatException fault)
        {
            throw await MalformedAsync(fault).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one or several PDUs because of <paramref name="primitive"/>; an association that is over meanwhile is a <see cref="DicomNetworkException"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    public async ValueTask<UpperLayerAction> SendAsync(UpperLayerEvent primitive, ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken ct)
    {
        UpperLayerAction action = TryOn(primitive);
        if (action == UpperLayerAction.None)
        {
            throw Over();
        }

        await pdus.WriteAsync(bytes, timeout, ct).ConfigureAwait(false);
        return action;
    }

    /// <summary>Waits until the peer closes, with the machine in Sta13, for as long as ARTIM runs.</summary>
    public async ValueTask AwaitCloseAsync(CancellationToken ct)
    {
        bool closed = await pdus.DiscardUntilClosedAsync(artim, ct).ConfigureAwait(false);
        On(closed ? UpperLayerEvent.TransportClosed : UpperLayerEvent.ArtimExpired);
    }

    /// <summary>A-ABORT of our user (PS3.8 7.3), whatever was going on. Never fails; nothing happens when the association is over.</summary>
    public async ValueTask AbortAsync()
    {
        if (TryOn(UpperLayerEvent.AbortRequest) == UpperLayerAction.AA1)
        {
            await SendAbortAsync(UpperLayerAction.AA1, AbortReason.NotSpecified).ConfigureAwait(false);
        }
    }

    /// <summary>A-P-ABORT: what the peer sent within a well-formed PDU breaks the protocol. The exception to throw.</summary>
    public async ValueTask<DicomNetworkException> BrokenAsync(AbortReason reason, string what, Exception? inner = null)
    {
        UpperLayerAction action = TryOn(UpperLayerEvent.InvalidPdu);
        if (action is UpperLayerAction.AA1 or UpperLayerAction.AA7 or UpperLayerAction.AA8)
        {
            await SendAbortAsync(action, reason).ConfigureAwait(false);
        }

        return new DicomNetworkException(NetworkFault.Protocol, $"{Peer} {what}", inner);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pdus.DisposeAsync();

    private UpperLayerAction TryOn(UpperLayerEvent happened)
    {
        lock (gate)
        {
            UpperLayerAction action = StateTable.Action(State, happened);
            if (action != UpperLayerAction.None)
            {
                State = StateTable.After(action, isRequestor);
            }

            return action;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    private async ValueTask<RawPdu> ReadAsync(TimeSpan wait, CancellationToken ct)
    {
        try
        {
            return await pdus.ReadAsync(wait, ct).ConfigureAwait(false);
        }
        catch (DicomFormatException fault)
        {
            throw await MalformedAsync(fault).ConfigureAwait(false);
        }
        catch (DicomNetworkException fault) when (fault.Fault == NetworkFault.Closed)
        {
            TryOn(UpperLayerEvent.TransportClosed);
            throw;
        }
        catch (DicomNetworkException fault) when (fault.Fault == NetworkFault.Timeout)
        {
            TryOn(UpperLayerEvent.ArtimExpired); // only Sta2 has a timer of its own; elsewhere the caller decides
            throw;
        }
    }

    private ValueTask<DicomNetworkException> MalformedAsync(DicomFormatException fault) => BrokenAsync(
        fault.Problem == PduStream.UnknownPduType ? AbortReason.UnrecognizedPdu : AbortReason.InvalidPduParameter,
        $"sent a malformed PDU: {fault.Message}", fault);

    private async ValueTask SendAbortAsync(UpperLayerAction action, AbortReason reason)
    {
        // AA-1 speaks as the service's user, whose reason is not significant; AA-7 and AA-8 as its provider (PS3.8 table 9-9, 9.3.8).
        Pdu.Abort abort = action == UpperLayerAction.AA1 ? new Pdu.Abort(UserSource, 0) : new Pdu.Abort(ProviderSource, (byte)reason);
        try
        {
            await pdus.WriteAsync(PduWriter.Write(abort), AbortTimeout, CancellationToken.None).ConfigureAwait(false);
            bool closed = await pdus.DiscardUntilClosedAsync(artim < AbortTimeout ? artim : AbortTimeout, CancellationToken.None).ConfigureAwait(false);
            TryOn(closed ? UpperLayerEvent.TransportClosed : UpperLayerEvent.ArtimExpired);
        }
        catch (DicomNetworkException)
        {
            TryOn(UpperLayerEvent.TransportClosed); // the peer is gone already
        }
    }

    private DicomNetworkException Over() => new(NetworkFault.Closed, $"the association with {Peer} is over");

    private static UpperLayerEvent EventOf(PduType type) => type switch
    {
        PduType.AssociateRq => UpperLayerEvent.AssociateRq,
        PduType.AssociateAc => UpperLayerEvent.AssociateAc,
        PduType.AssociateRj => UpperLayerEvent.AssociateRj,
        PduType.DataTf => UpperLayerEvent.DataTf,
        PduType.ReleaseRq => UpperLayerEvent.ReleaseRq,
        PduType.ReleaseRp => UpperLayerEvent.ReleaseRp,
        PduType.Abort => UpperLayerEvent.Abort,
        _ => UpperLayerEvent.TransportClosed,
    };
}

/// <summary>The provider's reasons of A-ABORT (PS3.8 table 9-26).</summary>
internal enum AbortReason : byte
{
    /// <summary>Not specified.</summary>
    NotSpecified = 0,

    /// <summary>Unrecognized PDU.</summary>
    UnrecognizedPdu = 1,

    /// <summary>Unexpected PDU.</summary>
    UnexpectedPdu = 2,

    /// <summary>Unrecognized PDU parameter.</summary>
    UnrecognizedPduParameter = 4,

    /// <summary>Unexpected PDU parameter.</summary>
    UnexpectedPduParameter = 5,

    /// <summary>Invalid PDU parameter value.</summary>
    InvalidPduParameter = 6,
}
