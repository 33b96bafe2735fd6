using System.Buffers;

namespace DeidCluster.Dicom;

/// <summary>
/// An established association (PS3.8 7): the agreed contexts, messages both ways and the two ways to end. The user and the provider
/// side share it. Not for several operations at a time; one may read while another writes.
/// </summary>
internal sealed class Association : IAsyncDisposable
{
    /// <summary>How much is framed into PDUs and written at once while a data set is streamed. Bytes.</summary>
    private const int WriteBytes = 256 * 1024;

    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(2);

    private const byte UserSource = 0;
    private const byte ProviderSource = 2;
    private const byte UnexpectedPdu = 2;
    private const byte InvalidPduParameter = 6;

    private readonly PduStream pdus;
    private readonly AcceptedContext?[] contexts = new AcceptedContext?[256];
    private readonly int fragmentBytesMax;
    private readonly TimeSpan timeout;
    private readonly Queue<Pdv> pending = new();
    private bool closed;

    /// <param name="pdus">The connection after negotiation.</param>
    /// <param name="peer">The peer's AE title and address, for messages.</param>
    /// <param name="accepted">The agreed contexts.</param>
    /// <param name="receiveBytesMax">The longest P-DATA-TF body that we announced.</param>
    /// <param name="sendBytesMax">The longest that the peer receives; 0 is no limit.</param>
    /// <param name="timeout">How long the peer may take within a message.</param>
    public Association(PduStream pdus, string peer, IReadOnlyList<AcceptedContext> accepted, int receiveBytesMax, uint sendBytesMax, TimeSpan timeout)
    {
        this.pdus = pdus;
        this.timeout = timeout;
        Peer = peer;
        Contexts = accepted;
        foreach (AcceptedContext context in accepted)
        {
            contexts[context.Id] = context;
        }

        pdus.BodyBytesMax = receiveBytesMax;
        if (sendBytesMax is > 0 and < PduLimits.PduBytesMin)
        {
            throw new DicomNetworkException(NetworkFault.Protocol, $"{peer} receives only {sendBytesMax} bytes in a PDU");
        }

        // A fragment has an even number of bytes (PS3.8 E.1).
        uint bodyBytesMax = sendBytesMax == 0 ? (uint)receiveBytesMax : Math.Min(sendBytesMax, (uint)receiveBytesMax);
        fragmentBytesMax = ((int)bodyBytesMax - PduLimits.PdvHeaderBytes) & ~1;
    }

    /// <summary>The peer's AE title and address.</summary>
    public string Peer { get; }

    /// <summary>The agreed contexts.</summary>
    public IReadOnlyList<AcceptedContext> Contexts { get; }

    /// <summary>
    /// The next message, or null when the peer asks for release. Waits <paramref name="wait"/> for its first PDU. A peer that breaks
    /// the protocol is aborted.
    /// </summary>
    public async ValueTask<DimseMessage?> ReceiveAsync(TimeSpan wait, CancellationToken ct)
    {
        byte[] command = [];
        while (true)
        {
            if (await NextPdvAsync(wait, ct).ConfigureAwait(false) is not Pdv pdv)
            {
                return null;
            }

            if (!pdv.IsCommand || contexts[pdv.ContextId] is not AcceptedContext context)
            {
                throw await BrokenAsync(InvalidPduParameter, "sent data where a command belongs, or on a context that was not accepted").ConfigureAwait(false);
            }

            if (command.Length + pdv.Bytes.Length > PduLimits.CommandBytesMax)
            {
                throw await BrokenAsync(InvalidPduParameter, "sent a command set longer than the limit").ConfigureAwait(false);
            }

            command = [.. command, .. pdv.Bytes.Span];
            if (pdv.IsLast)
            {
                CommandSet commandSet = await ReadCommandAsync(command).ConfigureAwait(false);
                return new DimseMessage(context, commandSet, new DataSetStream(this, context.Id, commandSet.HasDataSet));
            }

            wait = timeout;
        }
    }

    /// <summary>The next fragment of the data set that is being received on <paramref name="contextId"/>.</summary>
    public async ValueTask<Pdv> NextDataFragmentAsync(byte contextId, CancellationToken ct)
    {
        if (await NextPdvAsync(timeout, ct).ConfigureAwait(false) is Pdv pdv && !pdv.IsCommand && pdv.ContextId == contextId)
        {
            return pdv;
        }

        throw await BrokenAsync(UnexpectedPdu, "did not finish a data set").ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a message whose data set, if any, is in memory; it leaves in one write, which is bounded by the timeout and not
    /// cancelled: half a PDU would end the association.
    /// </summary>
    public ValueTask SendAsync(byte contextId, CommandSet command, ReadOnlyMemory<byte> dataSet)
    {
        byte[] commandBytes = command.Write();
        ArrayBufferWriter<byte> writer = new();
        Frame(writer, contextId, isCommand: true, isEnd: true, commandBytes);
        if (command.HasDataSet)
        {
            Frame(writer, contextId, isCommand: false, isEnd: true, dataSet.Span);
        }

        return pdus.WriteAsync(writer.WrittenMemory, timeout, CancellationToken.None);
    }

    /// <summary>
    /// Sends a message whose data set of <paramref name="length"/> bytes is streamed from <paramref name="dataSet"/>. When it throws,
    /// half a message may be on the wire and the association must be aborted.
    /// </summary>
    public async ValueTask SendAsync(byte contextId, CommandSet command, Stream dataSet, long length, CancellationToken ct)
    {
        int chunkBytes = Math.Max(WriteBytes / fragmentBytesMax, 1) * fragmentBytesMax;
        byte[] chunk = ArrayPool<byte>.Shared.Rent(chunkBytes);
        ArrayBufferWriter<byte> writer = new(chunkBytes + chunkBytes / fragmentBytesMax * 12 + 1024);
        try
        {
            Frame(writer, contextId, isCommand: true, isEnd: true, command.Write());
            long left = length;
            do
            {
                int count = (int)Math.Min(left, chunkBytes);
                await dataSet.ReadExactlyAsync(chunk.AsMemory(0, count), ct).ConfigureAwait(false);
                left -= count;
                Frame(writer, contextId, isCommand: false, isEnd: left == 0, chunk.AsSpan(0, count));
                await pdus.WriteAsync(writer.WrittenMemory, timeout, ct).ConfigureAwait(false);
                writer.ResetWrittenCount();
            }
            while (left > 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Asks for release and waits for the answer (PS3.8 7.2); a peer that does not answer is aborted.</summary>
    public async ValueTask ReleaseAsync(TimeSpan wait, CancellationToken ct)
    {
        if (closed)
        {
            return;
        }

        await pdus.WriteAsync(PduWriter.Write(new Pdu.ReleaseRq()), wait, ct).ConfigureAwait(false);
        while (true)
        {
            switch (await ReadPduAsync(wait, ct).ConfigureAwait(false))
            {
                case null or Pdu.ReleaseRp or Pdu.Abort:
                    closed = true;
                    return;
                case Pdu.ReleaseRq: // both sides asked at once (PS3.8 7.2.2.3)
                    await pdus.WriteAsync(PduWriter.Write(new Pdu.ReleaseRp()), wait, ct).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Answers the peer's request for release and waits until it closes.</summary>
    public async ValueTask AnswerReleaseAsync(TimeSpan artim, CancellationToken ct)
    {
        closed = true;
        await pdus.WriteAsync(PduWriter.Write(new Pdu.ReleaseRp()), artim, ct).ConfigureAwait(false);
        await pdus.DiscardUntilClosedAsync(artim, ct).ConfigureAwait(false);
    }

    /// <summary>Tells the peer that the association is over, whatever was going on (PS3.8 7.3). Never fails.</summary>
    public ValueTask AbortAsync() => AbortAsync(UserSource, 0);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        closed = true;
        return pdus.DisposeAsync();
    }

    /// <summary>Aborts a peer that broke the protocol; the exception to throw.</summary>
    public async ValueTask<DicomNetworkException> BrokenAsync(byte reason, string what, Exception? inner = null)
    {
        await AbortAsync(ProviderSource, reason).ConfigureAwait(false);
        return new DicomNetworkException(NetworkFault.Protocol, $"{Peer} {what}", inner);
    }

    private async ValueTask AbortAsync(byte source, byte reason)
    {
        if (closed)
        {
            return;
        }

        closed = true;
        try
        {
            await pdus.WriteAsync(PduWriter.Write(new Pdu.Abort(source, reason)), AbortTimeout, CancellationToken.None).ConfigureAwait(false);
            await pdus.DiscardUntilClosedAsync(AbortTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DicomNetworkException)
        {
            return; // the peer is gone already
        }
    }

    private async ValueTask<CommandSet> ReadCommandAsync(byte[] command)
    {
        try
        {
            return CommandSet.Read(command);
        }
        catch (DicomFormatException fault)
        {
            throw await BrokenAsync(InvalidPduParameter, $"sent a malformed command set: {fault.Message}", fault).ConfigureAwait(false);
        }
    }

    private async ValueTask<Pdv?> NextPdvAsync(TimeSpan wait, CancellationToken ct)
    {
        while (pending.Count == 0)
        {
            switch (await ReadPduAsync(wait, ct).ConfigureAwait(false))
            {
                case Pdu.DataTf data:
                    foreach (Pdv pdv in data.Pdvs)
                    {
                        pending.Enqueue(pdv);
                    }

                    break;
                case Pdu.ReleaseRq:
                    return null;
                case Pdu.Abort abort:
                    closed = true;
                    throw new AssociationAbortedException(Peer, abort.Source, abort.Reason);
                case null:
                    closed = true;
                    throw new DicomNetworkException(NetworkFault.Closed, $"{Peer} closed the connection");
                default:
                    throw await BrokenAsync(UnexpectedPdu, "sent a PDU that does not belong here").ConfigureAwait(false);
            }
        }

        return pending.Dequeue();
    }

    private async ValueTask<Pdu?> ReadPduAsync(TimeSpan wait, CancellationToken ct)
    {
        try
        {
            return await pdus.ReadAsync(wait, ct).ConfigureAwait(false);
        }
        catch (DicomFormatException fault)
        {
            throw await BrokenAsync(InvalidPduParameter, $"sent a malformed PDU: {fault.Message}", fault).ConfigureAwait(false);
        }
    }

    private void Frame(ArrayBufferWriter<byte> writer, byte contextId, bool isCommand, bool isEnd, ReadOnlySpan<byte> bytes)
    {
        const int HeadersBytes = PduLimits.HeaderBytes + PduLimits.PdvHeaderBytes;
        do
        {
            int count = Math.Min(bytes.Length, fragmentBytesMax);
            Span<byte> target = writer.GetSpan(HeadersBytes + count);
            PduWriter.WriteDataHeader(target, contextId, isCommand, isEnd && count == bytes.Length, count);
            bytes[..count].CopyTo(target[HeadersBytes..]);
            writer.Advance(HeadersBytes + count);
            bytes = bytes[count..];
        }
        while (!bytes.IsEmpty);
    }
}
