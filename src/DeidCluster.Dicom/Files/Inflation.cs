using System.Buffers;
using System.IO.Compression;

namespace DeidCluster.Dicom;

/// <summary>Deflated data sets (PS3.5 A.5, RFC 1951 without a wrapper), inflated before and deflated after all else.</summary>
internal static class Inflation
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>A final block that holds nothing (RFC 1951 3.2.6).</summary>
    private static ReadOnlySpan<byte> EmptyBlock => [0x03, 0x00];

    /// <summary>The inflated bytes from <paramref name="offset"/> of <paramref name="source"/>; more than <paramref name="options"/> allow are refused.</summary>
    public static ByteSource Inflate(ByteSource source, long offset, ReadOptions options)
    {
        using Spool spool = new();
        using SegmentStream deflated = new(SegmentList.Of(source, offset, source.Length - offset));
        using DeflateStream inflating = new(deflated, CompressionMode.Decompress);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (inflating.Read(chunk) is int read and > 0)
            {
                Check(spool.Length + read, deflated.Position, offset, options);
                spool.Write(chunk.AsSpan(0, read));
            }

            if (deflated.WasReadBehindEnd)
            {
                // The framework takes a missing final block for the end; only its hunger for more shows the cut.
                throw new DicomFormatException($"the deflated data set is cut off after {spool.Length} inflated bytes", source.Length);
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

        return spool.ToSource();
    }

    /// <summary>Refuses a bomb: <paramref name="inflated"/> bytes out of <paramref name="deflated"/>, so far, are too many.</summary>
    public static void Check(long inflated, long deflated, long offset, ReadOptions options)
    {
        if (inflated > options.InflatedBytesMax)
        {
            throw new DicomFormatException($"the data set inflates to more than {options.InflatedBytesMax} bytes", offset);
        }

        if (inflated > options.InflatedBytesFree && inflated / options.InflationRatioMax > deflated)
        {
            throw new DicomFormatException($"the data set inflates to more than {options.InflationRatioMax} times its length and more than {options.InflatedBytesFree} bytes", offset);
        }
    }

    /// <summary>The deflated bytes of <paramref name="segments"/>, padded to even length.</summary>
    public static ByteSource Deflate(SegmentList segments)
    {
        using Spool spool = new();
        using (DeflateStream deflating = new(spool, CompressionLevel.Optimal, leaveOpen: true))
        {
            segments.CopyTo(deflating);
        }

        if (spool.Length == 0)
        {
            spool.Write(EmptyBlock); // the framework writes nothing for nothing
        }

        if (spool.Length % 2 == 1)
        {
            spool.Write([0]);
        }

        return spool.ToSource();
    }
}
