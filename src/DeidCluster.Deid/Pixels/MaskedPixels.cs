using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Puts black runs over Pixel Data, in memory or between the ranges of a file.</summary>
internal static class MaskedPixels
{
    /// <summary>A copy of pixel data in memory with the runs of <paramref name="mask"/> blanked.</summary>
    public static ValueElement Blank(ValueElement pixels, PixelMask mask)
    {
        byte[] bytes = pixels.Bytes.ToArray();
        foreach ((long offset, ReadOnlyMemory<byte> black) in mask.Runs())
        {
            black.CopyTo(bytes.AsMemory((int)offset));
        }

        return new ValueElement(pixels.Tag, pixels.Vr, bytes);
    }

    /// <summary>The segments of a file with the runs of <paramref name="mask"/> blanked in the range <paramref name="pixels"/>.</summary>
    public static SegmentList Blank(SegmentList file, SourceRange pixels, PixelMask mask)
    {
        SegmentList masked = new();
        bool found = false;
        foreach (Segment segment in file.Segments)
        {
            if (segment.Source is { } source && segment.Range == pixels)
            {
                found = true;
                AddBlanked(masked, source, pixels, mask);
            }
            else
            {
                masked.Add(segment);
            }
        }

        return found ? masked : throw new InvalidOperationException("The pixel data is not among the segments of its file.");
    }

    private static void AddBlanked(SegmentList masked, ByteSource source, SourceRange pixels, PixelMask mask)
    {
        long at = 0;
        foreach ((long offset, ReadOnlyMemory<byte> black) in mask.Runs())
        {
            masked.Add(new Segment(source, pixels with { Offset = pixels.Offset + at, Length = offset - at }));
            masked.Add(black);
            at = offset + black.Length;
        }

        masked.Add(new Segment(source, pixels with { Offset = pixels.Offset + at, Length = pixels.Length - at }));
    }
}
