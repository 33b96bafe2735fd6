using System.Buffers;

namespace DeidCluster.Dicom;

/// <summary>A part of a segment, to be written.</summary>
internal readonly record struct SegmentSlice(Segment Segment, long First, long Length)
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>Writes it to <paramref name="destination"/>.</summary>
    public async Task WriteToAsync(Stream destination, CancellationToken ct)
    {
        if (destination is PipeBody pipe)
        {
            (Segment segment, long first) = (Segment, First);
            await pipe.FillAsync(Length, (position, space) => segment.Read(first + position, space.Span), ct).ConfigureAwait(false);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long position = 0; position < Length;)
            {
                int read = Segment.Read(First + position, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - position)));
                await destination.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
                position += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
