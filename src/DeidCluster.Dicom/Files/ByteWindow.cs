using System.Buffers;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>
/// The part of a <see cref="ByteSource"/> at which a reader looks: memory as it lies, a file through a pooled buffer that is filled by one
/// read and grows while the reader goes on without a gap.
/// </summary>
internal sealed class ByteWindow(ByteSource source) : IDisposable
{
    private const int FirstBytes = 16 * 1024;
    private const int BytesMax = 256 * 1024;

    private byte[] buffer = [];
    private long start;
    private int count;

    /// <summary>What is looked at.</summary>
    public ByteSource Source { get; } = source;

    /// <summary>
    /// The bytes from <paramref name="offset"/>, up to <paramref name="end"/> at most: <paramref name="wanted"/> or more, fewer only where
    /// <paramref name="end"/> or the source's end comes first. They are valid until the next call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<byte> At(long offset, int wanted, long end)
    {
        int ahead = (int)Math.Min(end - offset, int.MaxValue);
        if (ahead <= 0)
        {
            return [];
        }

        if (Source.TrySlice(offset, ahead, out ReadOnlyMemory<byte> slice))
        {
            return slice.Span;
        }

        wanted = Math.Min(wanted, ahead);
        if (offset < start || offset + wanted > start + count)
        {
            Fill(offset, wanted);
        }

        int first = (int)(offset - start);
        return buffer.AsSpan(first, Math.Min(count - first, ahead));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            (buffer, count) = ([], 0);
        }
    }

    private void Fill(long offset, int wanted)
    {
        bool goesOn = count > 0 && offset >= start && offset <= start + count;
        int size = Math.Max(wanted, goesOn ? Math.Min(buffer.Length * 2, BytesMax) : FirstBytes);
        if (size > buffer.Length)
        {
            Dispose();
            buffer = ArrayPool<byte>.Shared.Rent(size);
        }

        start = offset;
        count = Source.Read(offset, buffer);
    }
}
