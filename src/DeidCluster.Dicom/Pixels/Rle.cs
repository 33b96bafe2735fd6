using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DeidCluster.Dicom;

/// <summary>
/// RLE Lossless (PS3.5 annex G): a header of 64 bytes, then for each sample and each of its bytes, the most significant first, a segment of packed bytes.
/// Pure: bytes in, bytes out. Memory and time are bounded by the frame's length, whatever the input says.
/// </summary>
public static class Rle
{
    private const int HeaderBytes = 64;
    private const int SegmentsMax = 15;
    private const int RunBytesMax = 128;

    /// <summary>Two bytes say at most <see cref="RunBytesMax"/>: a shorter segment cannot fill its plane, and no memory is taken for it.</summary>
    private const int ExpansionMax = RunBytesMax / 2;

    /// <summary>The shortest run that is worth ending a literal for.</summary>
    private const int RunBytesMin = 3;

    /// <summary>Decodes <paramref name="coded"/> to the native bytes that <paramref name="description"/> describes, colour by plane or by pixel as it says.</summary>
    /// <exception cref="DicomFormatException">It is malformed, at the offset in <paramref name="coded"/>.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> coded, PixelDescription description)
    {
        Span<int> starts = stackalloc int[SegmentsMax + 1];
        int segments = ReadHeader(coded, SegmentsOf(description), starts);
        int planeBytes = PlaneBytes(description);
        for (int i = 0; i < segments; i++)
        {
            if ((starts[i + 1] - starts[i]) * (long)ExpansionMax < planeBytes)
            {
                throw Malformed("an RLE segment is too short for its plane", starts[i]);
            }
        }

        byte[] frame = new byte[description.FrameBytes];
        if (segments == 1)
        {
            Unpack(coded, starts[0], starts[1], frame);
            return frame;
        }

        byte[] planes = new byte[segments * planeBytes];
        for (int i = 0; i < segments; i++)
        {
            Unpack(coded, starts[i], starts[i + 1], planes.AsSpan(i * planeBytes, planeBytes));
        }

        Merge(planes, planeBytes, description, frame);
        return frame;
    }

    /// <summary>Encodes the native bytes <paramref name="frame"/>.</summary>
    /// <exception cref="CodecException">A pixel has more bytes than there can be segments, or the frame is too long.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> frame, PixelDescription description)
    {
        int segments = SegmentsOf(description);
        int planeBytes = PlaneBytes(description);
        if (frame.Length != description.FrameBytes)
        {
            throw new ArgumentException("the frame is not as long as its description says", nameof(frame));
        }

        long worst = HeaderBytes + (segments * ((long)planeBytes + ((long)description.Rows * ((description.Columns / RunBytesMax) + 2)) + 1));
        if (segments > SegmentsMax || worst > PixelDescription.FrameBytesMax)
        {
            throw new CodecException(CodecFailure.Unsupported, $"RLE takes at most {SegmentsMax} bytes a pixel and {PixelDescription.FrameBytesMax} bytes a frame");
        }

        byte[] coded = new byte[worst];
        byte[] plane = new byte[segments == 1 ? 0 : planeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(coded, (uint)segments);
        int at = HeaderBytes;
        int rowBytes = description.BitsAllocated == 1 ? planeBytes : description.Columns;
        for (int i = 0; i < segments; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(coded.AsSpan((i + 1) * sizeof(uint)), (uint)at);
            ReadOnlySpan<byte> bytes = segments == 1 ? frame : Split(frame, i, description, plane);
            for (int row = 0; row < bytes.Length; row += rowBytes)
            {
                at += Pack(bytes.Slice(row, rowBytes), coded.AsSpan(at)); // a run never crosses the end of a row (PS3.5 G.3.1)
            }

            at += at & 1;
        }

        return coded[..at];
    }

    /// <summary>The segments that a frame must have: one for each byte of a pixel.</summary>
    private static int SegmentsOf(PixelDescription description) => description.SamplesPerPixel * description.SampleBytes;

    private static int PlaneBytes(PixelDescription description) =>
        description.BitsAllocated == 1 ? (int)(description.FrameBytes / description.SamplesPerPixel) : (int)description.PixelCount;

    private static int ReadHeader(ReadOnlySpan<byte> coded, int expected, Span<int> starts)
    {
        if (coded.Length < HeaderBytes)
        {
            throw Malformed("an RLE frame is shorter than its header", 0);
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(coded);
        if (count != expected || count > SegmentsMax)
        {
            throw Malformed($"an RLE frame has not the {expected} segments that samples and bits call for", 0);
        }

        for (int i = 0; i < count; i++)
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(coded[((i + 1) * sizeof(uint))..]);
            if (start > coded.Length || start < (i == 0 ? HeaderBytes : starts[i - 1]))
            {
                throw Malformed("RLE segments do not follow each other inside the frame", (i + 1) * sizeof(uint));
            }

            starts[i] = (int)start;
        }

        starts[(int)count] = coded.Length;
        return (int)count;
    }

    /// <summary>Fills <paramref name="plane"/> from the segment; bytes behind that are padding.</summary>
    private static void Unpack(ReadOnlySpan<byte> coded, int start, int end, Span<byte> plane)
    {
        int at = start;
        int filled = 0;
        while (filled < plane.Length)
        {
            if (at + 1 >= end)
            {
                throw Malformed("an RLE segment ends before its plane is full", at);
            }

            int control = (sbyte)coded[at];
            if (control >= 0)
            {
                int count = control + 1;
                if (count > end - at - 1 || count > plane.Length - filled)
                {
                    throw Malformed("a literal run leaves its RLE segment or its plane", at);
                }

                coded.Slice(at + 1, count).CopyTo(plane[filled..]);
                filled += count;
                at += count + 1;
            }
            else if (control == sbyte.MinValue)
            {
                at++; // no operation (PS3.5 G.3.2)
            }
            else
            {
                int count = 1 - control;
                if (count > plane.Length - filled)
                {
                    throw Malformed("a replicate run leaves its plane", at);
                }

                plane.Slice(filled, count).Fill(coded[at + 1]);
                filled += count;
                at += 2;
            }
        }
    }

    /// <summary>Packs one row; the number of bytes written.</summary>
    private static int Pack(ReadOnlySpan<byte> row, Span<byte> coded)
    {
        int written = 0;
        int at = 0;
        while (at < row.Length)
        {
            int run = row[at..].IndexOfAnyExcept(row[at]);
            run = Math.Min(run < 0 ? row.Length - at : run, RunBytesMax);
            if (run >= RunBytesMin || (run == 2 && at + run == row.Length))
            {
                coded[written++] = (byte)(1 - run);
                coded[written++] = row[at];
                at += run;
                continue;
            }

            int literal = LiteralLength(row[at..]);
            coded[written++] = (byte)(literal - 1);
            row.Slice(at, literal).CopyTo(coded[written..]);
            written += literal;
            at += literal;
        }

        return written;
    }

    /// <summary>The bytes, at least one, before the next run of <see cref="RunBytesMin"/> equal bytes, at most <see cref="RunBytesMax"/>.</summary>
    private static int LiteralLength(ReadOnlySpan<byte> row)
    {
        int limit = Math.Min(row.Length, RunBytesMax);
        int at = 1;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; at + Vector128<byte>.Count + RunBytesMin - 1 <= row.Length && at < limit; at += Vector128<byte>.Count)
            {
                Vector128<byte> here = Vector128.Create(row[at..]);
                Vector128<byte> runs = Vector128.Equals(here, Vector128.Create(row[(at + 1)..])) & Vector128.Equals(here, Vector128.Create(row[(at + 2)..]));
                if (runs != Vector128<byte>.Zero)
                {
                    return Math.Min(limit, at + BitOperations.TrailingZeroCount(runs.ExtractMostSignificantBits()));
                }
            }
        }

        while (at < limit && !(at + RunBytesMin <= row.Length && row[at] == row[at + 1] && row[at] == row[at + 2]))
        {
            at++;
        }

        return Math.Min(at, limit);
    }

    /// <summary>Puts byte planes together: the composite pixel code of PS3.5 G.2, backwards.</summary>
    private static void Merge(ReadOnlySpan<byte> planes, int planeBytes, PixelDescription description, Span<byte> frame)
    {
        int sampleBytes = description.SampleBytes;
        if (sampleBytes == 2 && (description.SamplesPerPixel == 1 || description.IsPlanar) && BitConverter.IsLittleEndian)
        {
            for (int sample = 0; sample < description.SamplesPerPixel; sample++)
            {
                ReadOnlySpan<byte> high = planes.Slice(sample * 2 * planeBytes, planeBytes);
                ReadOnlySpan<byte> low = planes.Slice(((sample * 2) + 1) * planeBytes, planeBytes);
                MergeWords(high, low, MemoryMarshal.Cast<byte, ushort>(frame.Slice(sample * 2 * planeBytes, 2 * planeBytes)));
            }

            return;
        }

        for (int segment = 0; segment * planeBytes < planes.Length; segment++)
        {
            (int start, int stride) = Place(segment, planeBytes, description);
            ReadOnlySpan<byte> plane = planes.Slice(segment * planeBytes, planeBytes);
            for (int i = 0, to = start; i < plane.Length; i++, to += stride)
            {
                frame[to] = plane[i];
            }
        }
    }

    private static void MergeWords(ReadOnlySpan<byte> high, ReadOnlySpan<byte> low, Span<ushort> words)
    {
        int at = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; at + Vector128<byte>.Count <= words.Length; at += Vector128<byte>.Count)
            {
                (Vector128<ushort> highLower, Vector128<ushort> highUpper) = Vector128.Widen(Vector128.Create(high[at..]));
                (Vector128<ushort> lowLower, Vector128<ushort> lowUpper) = Vector128.Widen(Vector128.Create(low[at..]));
                ((highLower << 8) | lowLower).CopyTo(words[at..]);
                ((highUpper << 8) | lowUpper).CopyTo(words[(at + Vector128<ushort>.Count)..]);
            }
        }

        for (; at < words.Length; at++)
        {
            words[at] = (ushort)((high[at] << 8) | low[at]);
        }
    }

    /// <summary>The bytes of <paramref name="segment"/>, taken out of the frame into <paramref name="plane"/>.</summary>
    private static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> frame, int segment, PixelDescription description, byte[] plane)
    {
        (int start, int stride) = Place(segment, plane.Length, description);
        if (stride == 1)
        {
            return frame.Slice(start, plane.Length);
        }

        int at = 0;
        if (stride == 2 && Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(frame.Slice(start & ~1, plane.Length * 2));
            int shift = (start & 1) * 8;
            Vector128<ushort> mask = Vector128.Create((ushort)0xFF);
            for (; at + Vector128<byte>.Count <= plane.Length; at += Vector128<byte>.Count)
            {
                Vector128<ushort> lower = (Vector128.Create(words[at..]) >>> shift) & mask;
                Vector128<ushort> upper = (Vector128.Create(words[(at + Vector128<ushort>.Count)..]) >>> shift) & mask;
                Vector128.Narrow(lower, upper).CopyTo(plane.AsSpan(at));
            }
        }

        for (int from = start + (at * stride); at < plane.Length; at++, from += stride)
        {
            plane[at] = frame[from];
        }

        return plane;
    }

    /// <summary>Where in a frame the bytes of a segment lie: the first, and the distance from one to the next.</summary>
    private static (int Start, int Stride) Place(int segment, int planeBytes, PixelDescription description)
    {
        int sampleBytes = description.SampleBytes;
        int sample = segment / sampleBytes;
        int byteInSample = sampleBytes - 1 - (segment % sampleBytes);
        return description.IsPlanar
            ? ((sample * planeBytes * sampleBytes) + byteInSample, sampleBytes)
            : ((sample * sampleBytes) + byteInSample, description.SamplesPerPixel * sampleBytes);
    }

    private static DicomFormatException Malformed(string problem, long offset) => new(problem, offset, Tags.PixelData.ToString());
}
