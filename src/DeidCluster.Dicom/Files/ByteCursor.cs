namespace DeidCluster.Dicom;

/// <summary>Reads forward over a <see cref="ByteSource"/> through a small buffer, so that a value is passed over without reading it.</summary>
internal sealed class ByteCursor(ByteSource source, long position, long end)
{
    private const int BufferBytes = 8 * 1024;

    private readonly byte[] buffer = new byte[(int)Math.Clamp(end - position, 0, BufferBytes)];
    private long bufferStart;
    private int buffered;

    /// <summary>The offset in the source of the next byte.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The offset behind the last byte that may be read.</summary>
    public long End { get; } = end;

    /// <summary>The number of bytes ahead.</summary>
    public long Remaining => End - Position;

    /// <summary>The next <paramref name="count"/> bytes without passing them; fewer at the end of the source. At most the buffer's size.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        count = (int)Math.Min(count, Remaining);
        long start = Position - bufferStart;
        if (start < 0 || start + count > buffered)
        {
            bufferStart = Position;
            buffered = source.Read(Position, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Remaining)));
            start = 0;
            count = Math.Min(count, buffered);
        }

        return buffer.AsSpan((int)start, count);
    }

    /// <summary>The next <paramref name="count"/> bytes, to keep; fewer when the source turned out to be shorter.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        if (source.TrySlice(Position, count, out ReadOnlyMemory<byte> slice))
        {
            Position += count;
            return slice;
        }

        byte[] bytes = new byte[count];
        int taken = 0;
        if (count <= buffer.Length)
        {
            ReadOnlySpan<byte> peeked = Peek(count);
            peeked.CopyTo(bytes);
            taken = peeked.Length;
        }
        else
        {
            taken = source.Read(Position, bytes);
        }

        Position += taken;
        return bytes.AsMemory(0, taken);
    }

    /// <summary>Passes <paramref name="count"/> bytes.</summary>
    public void Skip(long count) => Position += count;
}
