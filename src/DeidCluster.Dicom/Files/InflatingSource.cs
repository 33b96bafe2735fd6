using System.Buffers;
using System.IO.Compression;

namespace DeidCluster.Dicom;

/// <summary>
/// A deflated data set that is inflated as far as it is read, for a reader that stops early. Its length is known only when it was
/// read to its end; until then it is the most that is allowed. One reader at a time.
/// </summary>
internal sealed class InflatingSource : ByteSource
{
    private const int ChunkBytes = 16 * 1024;

    private readonly Spool spool = new();
    private readonly SegmentStream deflated;
    private readonly DeflateStream inflating;
    private readonly long offset;
    private readonly ReadOptions options;
    private bool isAtEnd;

    /// <summary>Inflates from <paramref name="offset"/> of <paramref name="source"/>, which must stay open; more than <paramref name="options"/> allow is refused.</summary>
    public InflatingSource(ByteSource source, long offset, ReadOptions options)
    {
        (this.offset, this.options) = (offset, options);
        deflated = new SegmentStream(SegmentList.Of(source, offset, source.Length - offset));
        inflating = new DeflateStream(deflated, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    public override long Length => isAtEnd ? spool.Length : options.InflatedBytesMax;

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        Inflate(offset + destination.Length);
        return spool.Read(offset, destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inflating.Dispose();
            deflated.Dispose();
            spool.Dispose();
        }
    }

    private void Inflate(long wanted)
    {
        if (isAtEnd || spool.Length >= wanted)
        {
            return;
        }

        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (spool.Length < wanted && !isAtEnd)
            {
                int read = inflating.Read(chunk);
                isAtEnd = read == 0;
                if (isAtEnd && deflated.WasReadBehindEnd)
                {
                    throw new DicomFormatException($"the deflated data set is cut off after {spool.Length} inflated bytes", offset);
                }

                Inflation.Check(spool.Length + read, deflated.Position, offset, options);
                spool.Write(chunk.AsSpan(0, read));
            }
        }
        catch (InvalidDataException)
        {
            throw new DicomFormatException($"the deflated data set is broken after {spool.Length} inflated bytes", offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
