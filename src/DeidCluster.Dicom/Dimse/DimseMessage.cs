using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>A DIMSE message as received: its command set, and the data set behind it, which is read before the next message.</summary>
/// <param name="Context">The presentation context it came on.</param>
/// <param name="Command">The command set.</param>
/// <param name="DataSet">The data set's bytes in the context's transfer syntax; empty when there is none.</param>
internal sealed record DimseMessage(AcceptedContext Context, CommandSet Command, DataSetStream DataSet);

/// <summary>The data set of one message, read fragment by fragment from the association; nothing is held but the current PDU.</summary>
internal sealed class DataSetStream(Association association, byte contextId, bool hasDataSet) : Stream
{
    private readonly TaskCompletionSource consumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> fragment;
    private bool isLast = !hasDataSet;

    /// <summary>Ends when the last byte was taken: what comes on the association then belongs to the next message.</summary>
    public Task Consumed => consumed.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken ct = default)
    {
        while (fragment.IsEmpty)
        {
            if (isLast)
            {
                consumed.TrySetResult();
                return 0;
            }

            await NextAsync(ct).ConfigureAwait(false);
        }

        int count = Math.Min(target.Length, fragment.Length);
        fragment[..count].CopyTo(target);
        Drop(count);
        return count;
    }

    /// <summary>Hands over each fragment as it lies in the connection's buffer.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (!fragment.IsEmpty || !isLast)
        {
            if (fragment.IsEmpty)
            {
                await NextAsync(cancellationToken).ConfigureAwait(false);
            }

            await destination.WriteAsync(fragment, cancellationToken).ConfigureAwait(false);
            Drop(fragment.Length);
        }

        consumed.TrySetResult();
    }

    public override Task<int> ReadAsync(byte[] target, int offset, int count, CancellationToken ct) =>
        ReadAsync(target.AsMemory(offset, count), ct).AsTask();

    public override int Read(byte[] target, int offset, int count) => throw new NotSupportedException("A data set from the network is read asynchronously.");

    /// <summary>Reads and drops what the consumer left.</summary>
    public async ValueTask DrainAsync(CancellationToken ct)
    {
        Drop(fragment.Length);
        while (!isLast)
        {
            await NextAsync(ct).ConfigureAwait(false);
            Drop(fragment.Length);
        }
    }

    /// <summary>The whole data set in memory, refused when longer than <see cref="PduLimits.IdentifierBytesMax"/>.</summary>
    public async ValueTask<byte[]> ReadAllAsync(CancellationToken ct)
    {
        using MemoryStream bytes = new();
        while (true)
        {
            bytes.Write(fragment.Span);
            Drop(fragment.Length);
            if (bytes.Length > PduLimits.IdentifierBytesMax)
            {
                throw new DicomFormatException("Identifier is longer than the limit", PduLimits.IdentifierBytesMax);
            }

            if (isLast)
            {
                return bytes.ToArray();
            }

            await NextAsync(ct).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    private async ValueTask NextAsync(CancellationToken ct)
    {
        Pdv pdv = await association.NextDataFragmentAsync(contextId, ct).ConfigureAwait(false);
        fragment = pdv.Bytes;
        isLast = pdv.IsLast;
    }

    private void Drop(int count)
    {
        fragment = fragment[count..];
        if (isLast && fragment.IsEmpty)
        {
            consumed.TrySetResult();
        }
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] source, int offset, int count) => throw new NotSupportedException();
}
