using System.Buffers;
using System.Security.Cryptography;

namespace DeidCluster.Dicom;

/// <summary>A run of bytes to write: our own, or a range of a source (<see cref="Source"/> is then set) that is copied when it is written.</summary>
public readonly record struct Segment
{
    /// <summary>Our own <paramref name="bytes"/>.</summary>
    public Segment(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The <paramref name="range"/> of <paramref name="source"/>.</summary>
    public Segment(ByteSource source, SourceRange range) => (Source, Range) = (source, range);

    /// <summary>Our bytes; empty when <see cref="Source"/> is set.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The source of a range; null for our bytes.</summary>
    public ByteSource? Source { get; }

    /// <summary>The range of <see cref="Source"/>.</summary>
    public SourceRange Range { get; }

    /// <summary>The number of bytes.</summary>
    public long Length => Source is null ? Bytes.Length : Range.Length;

    /// <summary>Reads from <paramref name="position"/> within this segment; at least one byte when there is one. Words of a big-endian source come out reversed.</summary>
    internal int Read(long position, Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, Length - position);
        if (Source is null)
        {
            Bytes.Span.Slice((int)position, count).CopyTo(destination);
            return count;
        }

        int unitBytes = Range.SwapBytes;
        if (unitBytes > 1)
        {
            return ReadReversed(position, destination[..count], unitBytes);
        }

        Require(Source.Read(Range.Offset + position, destination[..count]), count);
        return count;
    }

    private int ReadReversed(long position, Span<byte> destination, int unitBytes)
    {
        int inUnit = (int)(position % unitBytes);
        if (inUnit == 0 && destination.Length >= unitBytes)
        {
            Span<byte> whole = destination[..(destination.Length - (destination.Length % unitBytes))];
            Require(Source!.Read(Range.Offset + position, whole), whole.Length);
            ByteOrder.Reverse(whole, unitBytes);
            return whole.Length;
        }

        Span<byte> unit = stackalloc byte[8];
        unit = unit[..(int)Math.Min(unitBytes, Range.Length - (position - inUnit))];
        Require(Source!.Read(Range.Offset + position - inUnit, unit), unit.Length);
        ByteOrder.Reverse(unit, unitBytes);
        int count = Math.Min(destination.Length, unit.Length - inUnit);
        unit.Slice(inUnit, count).CopyTo(destination);
        return count;
    }

    private static void Require(int read, int count)
    {
        if (read < count)
        {
            throw new EndOfStreamException("the source of a segment became shorter");
        }
    }
}

/// <summary>
/// What is to be written: our bytes and ranges of sources in order. The sources must stay open until it was written; disposing
/// releases only what the list made itself (a deflated data set).
/// </summary>
public sealed class SegmentList : IDisposable
{
    private const int CopyBufferBytes = 512 * 1024;

    private readonly List<Segment> segments = [];
    private readonly List<long> starts = [];
    private readonly List<ByteSource> owned = [];

    /// <summary>The segments in order; none is empty.</summary>
    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>The number of bytes of all segments together.</summary>
    public long Length { get; private set; }

    /// <summary>One range of a source.</summary>
    public static SegmentList Of(ByteSource source, long offset, long length)
    {
        SegmentList list = new();
        list.Add(new Segment(source, new SourceRange(offset, length)));
        return list;
    }

    /// <summary>Appends a segment.</summary>
    public void Add(Segment segment)
    {
        if (segment.Length == 0)
        {
            return;
        }

        starts.Add(Length);
        segments.Add(segment);
        Length += segment.Length;
    }

    /// <summary>Appends our bytes.</summary>
    public void Add(ReadOnlyMemory<byte> bytes) => Add(new Segment(bytes));

    /// <summary>Appends the segments of <paramref name="other"/>.</summary>
    public void Add(SegmentList other)
    {
        foreach (Segment segment in other.segments)
        {
            Add(segment);
        }
    }

    /// <summary>Appends all of <paramref name="source"/> and releases it together with this list.</summary>
    internal void AddOwned(ByteSource source)
    {
        owned.Add(source);
        Add(new Segment(source, new SourceRange(0, source.Length)));
    }

    /// <summary>Appends the segments of <paramref name="other"/> and releases what it owns together with this list.</summary>
    internal void AddOwned(SegmentList other)
    {
        Add(other);
        owned.AddRange(other.owned);
    }

    /// <summary>Reads from <paramref name="position"/>; 0 only at the end.</summary>
    public int Read(long position, Span<byte> destination)
    {
        if (position >= Length || destination.IsEmpty)
        {
            return 0;
        }

        int at = starts.BinarySearch(position);
        at = at < 0 ? ~at - 1 : at;
        return segments[at].Read(position - starts[at], destination);
    }

    /// <summary>Writes everything to <paramref name="destination"/>.</summary>
    public void CopyTo(Stream destination) => ForEachChunk(chunk => destination.Write(chunk.Span));

    /// <summary>Writes everything to <paramref name="destination"/>, gathered into long pieces.</summary>
    /// <remarks>
    /// Ranges of other files pass through one buffer. To let the system copy them (copy_file_range, sendfile) was measured to be slower: behind a header of another length
    /// no page of the copy holds what one page of the source does, so nothing can be shared, and the system copies page by page.
    /// </remarks>
    public async Task WriteToAsync(Stream destination, CancellationToken cancellationToken)
    {
        if (destination is PipeBody pipe)
        {
            await pipe.FillAsync(Length, (position, space) => Fill(position, space.Span), cancellationToken).ConfigureAwait(false);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Length, CopyBufferBytes));
        try
        {
            for (long position = 0; Fill(position, buffer) is int read and > 0; position += read)
            {
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>A stream over everything, for a network client; several may be open at once.</summary>
    public Stream OpenRead() => new SegmentStream(this);

    /// <summary>The SHA-256 digest of everything. 32 bytes.</summary>
    public byte[] ComputeSha256()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEachChunk(chunk => hash.AppendData(chunk.Span));
        return hash.GetHashAndReset();
    }

    /// <summary>Everything as one array; for data sets that are known to be small.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        for (int position = 0; Read(position, bytes.AsSpan(position)) is int read and > 0;)
        {
            position += read;
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ByteSource source in owned)
        {
            source.Dispose();
        }
    }

    private void ForEachChunk(Action<ReadOnlyMemory<byte>> write)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Length, CopyBufferBytes));
        try
        {
            for (long position = 0; Fill(position, buffer) is int read and > 0; position += read)
            {
                write(buffer.AsMemory(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private int Fill(long position, Span<byte> buffer)
    {
        int filled = 0;
        while (filled < buffer.Length && Read(position + filled, buffer[filled..]) is int read and > 0)
        {
            filled += read;
        }

        return filled;
    }
}
