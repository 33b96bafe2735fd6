using System.Buffers;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Compares the pixels of a result with its source's: where the project blanks nothing, byte by byte; where it does, pixel by pixel, outside the boxes for
/// equality and inside for one value all over.
/// </summary>
internal static class PixelCheck
{
    private const int BufferBytes = 256 * 1024;
    private const string Lengths = "pixel data has another length than the source's";
    private const string Differs = "pixel data differs from the source's";

    /// <summary>What is wrong with the pixel data of <paramref name="result"/>; null when it is what the project asks for.</summary>
    public static string? Compare(DicomFile source, DicomFile result, ProjectProfile profile)
    {
        PixelRule? rule = RuleFor(source.DataSet, profile);
        return IsCopy(source, result, rule) ? CompareBytes(source, result)
            : NeedsCodecs(source, result) ? "its pixels were made anew, and no codec is at hand to compare them"
            : Guarded(() => CompareNative(PixelFrames.Open(source), PixelFrames.Open(result), rule, source.DataSet));
    }

    /// <summary>As <see cref="Compare"/>, with <paramref name="codecs"/> for pixels that were made anew.</summary>
    public static async Task<string?> CompareAsync(DicomFile source, DicomFile result, ProjectProfile profile, FrameCodecs codecs, CancellationToken cancellation)
    {
        PixelRule? rule = RuleFor(source.DataSet, profile);
        if (IsCopy(source, result, rule) || !NeedsCodecs(source, result))
        {
            return Compare(source, result, profile);
        }

        try
        {
            PixelFrames before = PixelFrames.Open(source);
            PixelFrames after = PixelFrames.Open(result);
            string? problem = before.Count != after.Count ? Lengths : null;
            for (int index = 0; problem is null && index < before.Count; index++)
            {
                NativeFrame left = ColourPlanes.ByPixel(await codecs.DecodeAsync(before, index, cancellation));
                NativeFrame right = ColourPlanes.ByPixel(await codecs.DecodeAsync(after, index, cancellation));
                problem = CompareFrame(left, right, index, rule, source.DataSet);
            }

            return problem;
        }
        catch (CodecException e)
        {
            return $"its pixels cannot be compared with the source's: {e.Message}";
        }
        catch (DicomFormatException e)
        {
            return $"its pixels cannot be compared with the source's: {e.Problem}";
        }
    }

    private static PixelRule? RuleFor(DataSet source, ProjectProfile profile) =>
        PixelArea.RuleFor(source, profile.PixelRules) is { Blanks: true } rule && PixelFrames.ArePresent(source) ? rule : null;

    /// <summary>True when the pixels of the result are to be the source's bytes.</summary>
    private static bool IsCopy(DicomFile source, DicomFile result, PixelRule? rule) =>
        !PixelFrames.ArePresent(source.DataSet) || (rule is null && !HasOverlays(source) && !PixelPlan.IsRecoded(source.TransferSyntax, result.TransferSyntax));

    private static bool HasOverlays(DicomFile source) => EmbeddedOverlays.BitsOf(source.DataSet) is not 0;

    private static bool NeedsCodecs(DicomFile source, DicomFile result) =>
        source.TransferSyntax.IsEncapsulated || result.TransferSyntax.IsEncapsulated || HasOverlays(source) || source.DataSet.GetInt(Tags.BitsAllocated) == 1;

    private static string? Guarded(Func<string?> compare)
    {
        try
        {
            return compare();
        }
        catch (DicomFormatException e)
        {
            return $"its pixels cannot be compared with the source's: {e.Problem}";
        }
    }

    private static string? CompareBytes(DicomFile source, DicomFile result)
    {
        BulkValue? before = BulkValue.Of(source.DataSet.Find(Tags.PixelData), source);
        BulkValue? after = BulkValue.Of(result.DataSet.Find(Tags.PixelData), result);
        if (before is not { } left || after is not { } right)
        {
            return before is null == after is null ? null : "pixel data is present on one side only";
        }

        // An odd length, which the standard forbids (PS3.5 7.1.1), is padded in the result.
        return right.Length != left.Length + (left.Length & 1) ? Lengths : SameBytes(left, right) ? null : Differs;
    }

    private static string? CompareNative(PixelFrames before, PixelFrames after, PixelRule? rule, DataSet header)
    {
        if (before.Count != after.Count || before.FrameBytes != after.FrameBytes)
        {
            return Lengths;
        }

        int pairBytes = before.FrameBytes < before.Description.FrameBytes ? 4 : 0;
        for (int index = 0; index < before.Count; index++)
        {
            if (CompareCells(before.Read(index), after.Read(index), before.Description, index, rule, header, pairBytes) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? CompareFrame(NativeFrame before, NativeFrame after, int index, PixelRule? rule, DataSet header)
    {
        if (before.Bytes.Length != after.Bytes.Length || before.Description.PhotometricInterpretation != after.Description.PhotometricInterpretation)
        {
            return "a frame decodes to pixels of another kind than the source's";
        }

        byte[] left = Unpacked(before);
        ulong overlays = EmbeddedOverlays.BitsOf(header) ?? 0;
        int sampleBytes = before.Description.SampleBytes;
        for (int at = 0; overlays != 0 && at < left.Length; at++)
        {
            left[at] &= (byte)~(overlays >> (at % sampleBytes * 8));
        }

        return CompareCells(left, Unpacked(after), before.Description, index, rule, header, pairBytes: 0);
    }

    /// <summary>A copy with every pixel at whole bytes.</summary>
    private static byte[] Unpacked(NativeFrame frame)
    {
        if (frame.Description.BitsAllocated != 1)
        {
            return frame.Bytes.ToArray();
        }

        byte[] pixels = new byte[frame.Description.PixelCount * frame.Description.SamplesPerPixel];
        for (int at = 0; at < pixels.Length; at++)
        {
            pixels[at] = (byte)((frame.Bytes.Span[at / 8] >> (at % 8)) & 1);
        }

        return pixels;
    }

    /// <summary>Compares two frames cell by cell; a cell is a pixel, or with <paramref name="pairBytes"/> two that share their colour.</summary>
    private static string? CompareCells(byte[] before, byte[] after, PixelDescription pixels, int frame, PixelRule? rule, DataSet header, int pairBytes)
    {
        int planes = pixels.IsPlanar && pairBytes == 0 ? pixels.SamplesPerPixel : 1;
        int cellPixels = pairBytes == 0 ? 1 : 2;
        int cellBytes = pairBytes > 0 ? pairBytes : pixels.SampleBytes * (planes == 1 ? pixels.SamplesPerPixel : 1);
        int cells = pixels.Columns / cellPixels;
        PixelArea? area = rule is null ? null : PixelArea.Of(rule, header);
        int?[] blank = new int?[planes];
        for (int line = 0; line < planes * pixels.Rows; line++)
        {
            int row = line % pixels.Rows;
            int plane = line / pixels.Rows;
            for (int cell = 0; cell < cells; cell++)
            {
                int at = ((line * cells) + cell) * cellBytes;
                ReadOnlySpan<byte> now = after.AsSpan(at, cellBytes);
                bool isBlanked = area is not null && IsBlanked(area, cell * cellPixels, row, frame, cellPixels);
                int expected = isBlanked ? blank[plane] ??= at : at;
                if (!now.SequenceEqual((isBlanked ? after : before).AsSpan(expected, cellBytes)))
                {
                    return isBlanked ? "pixels that are to be blanked differ from each other" : Differs;
                }
            }
        }

        return null;
    }

    private static bool IsBlanked(PixelArea area, int column, int row, int frame, int width)
    {
        for (int at = column; at < column + width; at++)
        {
            bool isInside = false;
            foreach (PixelBox box in area.Boxes)
            {
                isInside |= box.IsIn(frame) && box.Left <= at && at <= box.Right && box.Top <= row && row <= box.Bottom;
            }

            if (isInside != area.IsComplement)
            {
                return true;
            }
        }

        return false;
    }

    private static bool SameBytes(BulkValue left, BulkValue right)
    {
        byte[] leftBuffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        byte[] rightBuffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; at < left.Length; at += BufferBytes)
            {
                int count = (int)Math.Min(BufferBytes, left.Length - at);
                left.Read(at, leftBuffer.AsSpan(0, count));
                right.Read(at, rightBuffer.AsSpan(0, count));
                if (!leftBuffer.AsSpan(0, count).SequenceEqual(rightBuffer.AsSpan(0, count)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(leftBuffer);
            ArrayPool<byte>.Shared.Return(rightBuffer);
        }
    }
}
