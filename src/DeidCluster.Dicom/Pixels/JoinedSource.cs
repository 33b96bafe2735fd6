namespace DeidCluster.Dicom;

/// <summary>
/// Several sources read as one, in order: a data set whose ranges lie in its file can take further ranges (new pixel data) behind the file's end.
/// Disposing releases the parts that it owns.
/// </summary>
internal sealed class JoinedSource : ByteSource
{
    private readonly List<(ByteSource Source, long Start, bool IsOwned)> parts = [];
    private long length;

    /// <inheritdoc/>
    public override long Length => length;

    /// <summary>Appends <paramref name="source"/>; the offset at which it begins.</summary>
    public long Append(ByteSource source, bool isOwned)
    {
        long start = length;
        parts.Add((source, start, isOwned));
        length += source.Length;
        return start;
    }

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        int total = 0;
        foreach ((ByteSource source, long start, _) in parts)
        {
            long at = offset + total - start;
            if (at >= 0 && at < source.Length && total < destination.Length)
            {
                int wanted = (int)Math.Min(destination.Length - total, source.Length - at);
                int read = source.Read(at, destination.Slice(total, wanted));
                total += read;
                if (read < wanted)
                {
                    break;
                }
            }
        }

        return total;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach ((ByteSource source, _, bool isOwned) in parts)
            {
                if (isOwned)
                {
                    source.Dispose();
                }
            }
        }
    }
}
