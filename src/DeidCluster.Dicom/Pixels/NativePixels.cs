namespace DeidCluster.Dicom;

/// <summary>Native pixel data made of frames (PS3.5 8.1): as <see cref="EncapsulatedPixels"/>, for uncompressed transfer syntaxes.</summary>
public sealed class NativePixels : IDisposable
{
    private const long ValueBytesMax = 0xFFFFFFFE;

    private readonly Spool spool = new();
    private PixelDescription? first;
    private int bits; // frames of single bits follow each other without padding: so many bits of the last byte are taken
    private byte last;

    /// <summary>Appends the next frame.</summary>
    /// <exception cref="CodecException">It is described in another way than the first, or the value would become longer than a native one can be.</exception>
    public void Add(NativeFrame frame)
    {
        first ??= frame.Description;
        if (frame.Description != first || frame.Bytes.Length != first.FrameBytes)
        {
            throw new CodecException(CodecFailure.Refused, "frames of one image decode to pixels of different kinds");
        }

        if (spool.Length + frame.Bytes.Length > ValueBytesMax)
        {
            throw new CodecException(CodecFailure.Unsupported, $"uncompressed pixels would have more than {ValueBytesMax} bytes");
        }

        int frameBits = (int)(first.PixelCount * first.SamplesPerPixel % 8);
        if (first.BitsAllocated == 1 && (bits > 0 || frameBits > 0))
        {
            AddBits(frame.Bytes.Span, frameBits);
        }
        else
        {
            spool.Write(frame.Bytes.Span);
        }
    }

    /// <summary>
    /// Puts the frames as Pixel Data into <paramref name="image"/>, with what it must say of them. Returns the source in which the ranges of <paramref name="image"/>
    /// now lie: <paramref name="source"/>, which stays the caller's, with the frames behind its end.
    /// </summary>
    public ByteSource ReplaceIn(DataSet image, ByteSource source)
    {
        if (bits > 0)
        {
            spool.Write([last]);
        }

        JoinedSource joined = new();
        joined.Append(source, isOwned: false);
        ByteSource pixels = spool.ToSource();
        long start = joined.Append(pixels, isOwned: true);
        image.Remove(Tags.ExtendedOffsetTable);
        image.Remove(Tags.ExtendedOffsetTableLengths);
        first?.ApplyTo(image);
        image.Set(new RangeElement(Tags.PixelData, first is { BitsAllocated: > 8 } ? Vr.OW : Vr.OB, new SourceRange(start, pixels.Length)));
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose() => spool.Dispose();

    private void AddBits(ReadOnlySpan<byte> frame, int bitsInLast)
    {
        int lastBits = bitsInLast == 0 ? 8 : bitsInLast;
        byte[] shifted = new byte[frame.Length];
        for (int i = 0; i < frame.Length; i++)
        {
            int own = i + 1 < frame.Length ? frame[i] : frame[i] & (0xFF >> (8 - lastBits)); // what a decoder left behind the last pixel is none
            shifted[i] = (byte)(last | (own << bits));
            last = (byte)(own >> (8 - bits));
        }

        int taken = bits + lastBits;
        bool isLastFull = taken >= 8;
        spool.Write(shifted.AsSpan(0, isLastFull ? shifted.Length : shifted.Length - 1));
        last = isLastFull ? last : shifted[^1];
        bits = taken % 8;
    }
}
