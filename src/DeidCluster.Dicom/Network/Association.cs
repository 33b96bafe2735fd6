using System.Buffers;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>What both sides agreed on when the association was made.</summary>
/// <param name="Contexts">The presentation contexts that may be used.</param>
/// <param name="ReceiveBytesMax">The longest P-DATA-TF body that we announced. Bytes.</param>
/// <param name="SendBytesMax">The longest that the peer receives; 0 is no limit. Bytes.</param>
/// <param name="Window">How many operations may be outstanding each way.</param>
internal sealed record AgreedTerms(IReadOnlyList<AcceptedContext> Contexts, int ReceiveBytesMax, uint SendBytesMax, OperationsWindow Window);

/// <summary>
/// An established association (PS3.8 7): the agreed contexts, messages both ways and the two ways to end. The user and the provider
/// side share it. One message is read at a time; messages that are sent at the same time leave one after the other.
/// </summary>
internal sealed class Association : IAsyncDisposable
{
    private readonly UpperLayer upper;
    private readonly AcceptedContext?[] contexts = new AcceptedContext?[256];
    private readonly MessageWriter writer;
    private readonly TimeSpan timeout;
    private readonly ArrayBufferWriter<byte> command = new();
    private ReadOnlyMemory<byte> rest;
    private int bodyBytes;

    /// <param name="upper">The connection after negotiation, in Sta6.</param>
    /// <param name="terms">What was agreed.</param>
    /// <param name="timeout">How long the peer may take within a message.</param>
    public Association(UpperLayer upper, AgreedTerms terms, TimeSpan timeout)
    {
        this.upper = upper;
        this.timeout = timeout;
        Terms = terms;
        foreach (AcceptedContext context in terms.Contexts)
        {
            contexts[context.Id] = context;
        }

        upper.BodyBytesMax = terms.ReceiveBytesMax;
        writer = new MessageWriter(upper, terms, timeout);
    }

    /// <summary>The peer's AE title and address.</summary>
    public string Peer => upper.Peer;

    /// <summary>What was agreed.</summary>
    public AgreedTerms Terms { get; }

    /// <summary>The agreed contexts.</summary>
    public IReadOnlyList<AcceptedContext> Contexts => Terms.Contexts;

    /// <summary>True when nothing waits to be read, not even the end of the connection.</summary>
    public bool IsQuiet => rest.IsEmpty && upper.IsQuiet;

    /// <summary>
    /// The next message, or null when the peer asks for release. Waits <paramref name="wait"/> for its first PDU. A peer that breaks
    /// the protocol is aborted.
    /// </summary>
    public async ValueTask<DimseMessage?> ReceiveAsync(TimeSpan wait, CancellationToken ct)
    {
        command.ResetWrittenCount();
        byte contextId = 0;
        while (true)
        {
            if (await NextPdvAsync(wait, ct).ConfigureAwait(false) is not Pdv pdv)
            {
                return null;
            }

            if (!pdv.IsCommand || contexts[pdv.ContextId] is not AcceptedContext context || (contextId != 0 && contextId != pdv.ContextId))
            {
                throw await BrokenAsync(AbortReason.InvalidPduParameter, "sent data where a command belongs, or on a context that was not accepted").ConfigureAwait(false);
            }

            if (command.WrittenCount + pdv.Bytes.Length > PduLimits.CommandBytesMax)
            {
                throw await BrokenAsync(AbortReason.InvalidPduParameter, "sent a command set longer than the limit").ConfigureAwait(false);
            }

            contextId = pdv.ContextId;
            command.Write(pdv.Bytes.Span);
            if (pdv.IsLast)
            {
                CommandSet commandSet = await ReadCommandAsync().ConfigureAwait(false);
                return new DimseMessage(context, commandSet, new DataSetStream(this, context.Id, commandSet.HasDataSet));
            }

            wait = timeout;
        }
    }

    /// <summary>The next fragment of the data set that is being received on <paramref name="contextId"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    public async ValueTask<Pdv> NextDataFragmentAsync(byte contextId, CancellationToken ct)
    {
        if (await NextPdvAsync(timeout, ct).ConfigureAwait(false) is Pdv pdv && !pdv.IsCommand && pdv.ContextId == contextId)
        {
            return pdv;
        }

        throw await BrokenAsync(AbortReason.UnexpectedPdu, "did not finish a data set").ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a message whose data set, if any, is in memory; it leaves in one write, which is bounded by the timeout and not
    /// cancelled: half a PDU would end the association.
    /// </summary>
    public ValueTask SendAsync(byte contextId, CommandSet command, ReadOnlyMemory<byte> dataSet) => writer.WriteAsync(contextId, command, dataSet);

    /// <summary>
    /// Sends a message whose data set of <paramref name="length"/> bytes is streamed from <paramref name="dataSet"/>. When it throws,
    /// half a message may be on the wire and the association must be aborted.
    /// </summary>
    public ValueTask SendAsync(byte contextId, CommandSet command, Stream dataSet, long length, CancellationToken ct) =>
        writer.WriteAsync(contextId, command, dataSet, length, ct);

    /// <summary>
    /// Asks for release and waits for the answer (PS3.8 7.2). When both sides ask at once, the association's requestor answers first
    /// (PS3.8 7.2.2.7). Data that was under way is dropped.
    /// </summary>
    public async ValueTask ReleaseAsync(TimeSpan wait, CancellationToken ct)
    {
        await upper.SendAsync(UpperLayerEvent.ReleaseRequest, PduWriter.Write(new Pdu.ReleaseRq()), wait, ct).ConfigureAwait(false);
        while (true)
        {
            (UpperLayerAction action, _) = await upper.ReceiveAsync(wait, ct).ConfigureAwait(false);
            bool isAnswered = action is UpperLayerAction.AR3 or UpperLayerAction.AR10;
            if (action == UpperLayerAction.AR10 || (action == UpperLayerAction.AR8 && upper.State == UpperLayerState.Sta9))
            {
                await AnswerAsync(wait, ct).ConfigureAwait(false);
            }

            if (isAnswered)
            {
                return;
            }
        }
    }

    /// <summary>Answers the peer's request for release and waits until it closes.</summary>
    public async ValueTask AnswerReleaseAsync(TimeSpan wait, CancellationToken ct)
    {
        await AnswerAsync(wait, ct).ConfigureAwait(false);
        await upper.AwaitCloseAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Tells the peer that the association is over, whatever was going on (PS3.8 7.3). Never fails.</summary>
    public ValueTask AbortAsync() => upper.AbortAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => upper.DisposeAsync();

    /// <summary>Aborts a peer that broke the protocol; the exception to throw.</summary>
    public ValueTask<DicomNetworkException> BrokenAsync(AbortReason reason, string what, Exception? inner = null) => upper.BrokenAsync(reason, what, inner);

    private async ValueTask AnswerAsync(TimeSpan wait, CancellationToken ct) =>
        await upper.SendAsync(UpperLayerEvent.ReleaseResponse, PduWriter.Write(new Pdu.ReleaseRp()), wait, ct).ConfigureAwait(false);

    private async ValueTask<CommandSet> ReadCommandAsync()
    {
        try
        {
            return CommandSet.Read(command.WrittenSpan);
        }
        catch (DicomFormatException fault)
        {
            throw await BrokenAsync(AbortReason.InvalidPduParameter, $"sent a malformed command set: {fault.Message}", fault).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    private async ValueTask<Pdv?> NextPdvAsync(TimeSpan wait, CancellationToken ct)
    {
        while (rest.IsEmpty)
        {
            (UpperLayerAction action, RawPdu pdu) = await upper.ReceiveAsync(wait, ct).ConfigureAwait(false);
            if (action == UpperLayerAction.AR2)
            {
                return null;
            }

            rest = pdu.Body;
            bodyBytes = rest.Length;
        }

        try
        {
            return PduReader.TakePdv(ref rest, bodyBytes);
        }
        catch (DicomFormatException fault)
        {
            throw await BrokenAsync(AbortReason.InvalidPduParameter, $"sent a malformed PDU: {fault.Message}", fault).ConfigureAwait(false);
        }
    }
}
