using System.Buffers;

namespace DeidCluster.Dicom;

/// <summary>
/// Cuts messages into PDUs that the peer takes (PS3.8 9.3.5, E) and writes many of them at once, one message after the other. Bytes
/// of a stream are read to where they leave from; nothing is allocated for a PDU.
/// </summary>
internal sealed class MessageWriter
{
    /// <summary>How much is framed into PDUs and written at once. Bytes.</summary>
    private const int WriteBytes = 256 * 1024;

    private const int HeadersBytes = PduLimits.HeaderBytes + PduLimits.PdvHeaderBytes;

    private readonly UpperLayer upper;
    private readonly TimeSpan timeout;
    private readonly SemaphoreSlim oneMessage = new(1);
    private readonly int fragmentBytesMax;
    private readonly HashSet<byte> deflatedContexts;

    public MessageWriter(UpperLayer upper, AgreedTerms terms, TimeSpan timeout)
    {
        if (terms.SendBytesMax is > 0 and < PduLimits.PduBytesMin)
        {
            throw new DicomNetworkException(NetworkFault.Protocol, $"{upper.Peer} receives only {terms.SendBytesMax} bytes in a PDU");
        }

        this.upper = upper;
        this.timeout = timeout;
        deflatedContexts = [.. terms.Contexts.Where(context => context.TransferSyntax.IsDeflated).Select(context => context.Id)];
        uint bodyBytesMax = terms.SendBytesMax == 0 ? (uint)terms.ReceiveBytesMax : Math.Min(terms.SendBytesMax, (uint)terms.ReceiveBytesMax);
        fragmentBytesMax = ((int)bodyBytesMax - PduLimits.PdvHeaderBytes) & ~1; // a fragment has an even number of bytes (PS3.8 E.1)
    }

    /// <summary>Writes a message whose data set, if any, is in memory. Not cancelled: half a message would end the association.</summary>
    public async ValueTask WriteAsync(byte contextId, CommandSet command, ReadOnlyMemory<byte> dataSet)
    {
        byte[] commandBytes = command.Write();
        int length = FramedBytes(commandBytes.Length) + (command.HasDataSet ? FramedBytes(dataSet.Length) : 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int at = Frame(buffer, contextId, isCommand: true, commandBytes);
            if (command.HasDataSet)
            {
                at += Frame(buffer.AsSpan(at), contextId, isCommand: false, dataSet.Span);
            }

            await oneMessage.WaitAsync().ConfigureAwait(false);
            try
            {
                await upper.SendAsync(UpperLayerEvent.DataRequest, buffer.AsMemory(0, at), timeout, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                oneMessage.Release();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Writes a message whose data set is the next <paramref name="length"/> bytes of <paramref name="dataSet"/>. A deflated one of odd length,
    /// as some writers leave it in files, gets the zero byte that PS3.5 A.5 wants: peers abort on a fragment of odd length (PS3.8 E.1).
    /// </summary>
    public async ValueTask WriteAsync(byte contextId, CommandSet command, Stream dataSet, long length, CancellationToken ct)
    {
        byte[] commandBytes = command.Write();
        int padding = (length & 1) == 1 && deflatedContexts.Contains(contextId) ? 1 : 0;
        long framed = FramedBytes(commandBytes.Length) + HeadersBytes * (length / fragmentBytesMax + 1) + length + padding;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(framed, FramedBytes(commandBytes.Length) + Math.Max(WriteBytes, HeadersBytes + fragmentBytesMax)));
        await oneMessage.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            int at = Frame(buffer, contextId, isCommand: true, commandBytes);
            long left = length;
            do
            {
                int count = (int)Math.Min(left, fragmentBytesMax);
                int pad = left == count ? padding : 0;
                if (at + HeadersBytes + count + pad > buffer.Length)
                {
                    await upper.SendAsync(UpperLayerEvent.DataRequest, buffer.AsMemory(0, at), timeout, ct).ConfigureAwait(false);
                    at = 0;
                }

                left -= count;
                PduWriter.WriteDataHeader(buffer.AsSpan(at), contextId, isCommand: false, isLast: left == 0, count + pad);
                await dataSet.ReadExactlyAsync(buffer.AsMemory(at + HeadersBytes, count), ct).ConfigureAwait(false);
                buffer.AsSpan(at + HeadersBytes + count, pad).Clear();
                at += HeadersBytes + count + pad;
            }
            while (left > 0);

            await upper.SendAsync(UpperLayerEvent.DataRequest, buffer.AsMemory(0, at), timeout, ct).ConfigureAwait(false);
        }
        finally
        {
            oneMessage.Release();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int FramedBytes(int bytes) => bytes + HeadersBytes * Math.Max((bytes + fragmentBytesMax - 1) / fragmentBytesMax, 1);

    /// <summary>Puts <paramref name="bytes"/> into as many PDUs as they need, one of them when empty; the length of all.</summary>
    private int Frame(Span<byte> target, byte contextId, bool isCommand, ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        do
        {
            int count = Math.Min(bytes.Length, fragmentBytesMax);
            PduWriter.WriteDataHeader(target[at..], contextId, isCommand, isLast: count == bytes.Length, count);
            bytes[..count].CopyTo(target[(at + HeadersBytes)..]);
            at += HeadersBytes + count;
            bytes = bytes[count..];
        }
        while (!bytes.IsEmpty);
        return at;
    }
}
