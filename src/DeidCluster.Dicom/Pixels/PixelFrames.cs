namespace DeidCluster.Dicom;

/// <summary>
/// The frames of an image, read one at a time: of native or encapsulated Pixel Data, Float Pixel Data or Double Float Pixel Data, also in an item
/// of Icon Image Sequence. Nothing of the pixels is held. Reading is safe from several threads.
/// </summary>
public sealed class PixelFrames
{
    private readonly ByteSource source;
    private readonly SourceRange native;
    private readonly FragmentIndex? index;

    private PixelFrames(ByteSource source, Element element, TransferSyntax transferSyntax, PixelDescription description, int count, SourceRange native, FragmentIndex? index)
    {
        (this.source, this.native, this.index) = (source, native, index);
        (Element, TransferSyntax, Description, Count) = (element, transferSyntax, description, count);
        FrameBytes = NativeFrameBytes(description, native.Length, count);
    }

    /// <summary>The element that holds the pixels.</summary>
    public Element Element { get; }

    /// <summary>How the frames are coded; native frames come out little endian, whatever the file's byte order.</summary>
    public TransferSyntax TransferSyntax { get; }

    /// <summary>What the frames mean as the data set says; for coded frames the decoder knows better.</summary>
    public PixelDescription Description { get; }

    /// <summary>The number of frames.</summary>
    public int Count { get; }

    /// <summary>True when <see cref="Read"/> answers coded frames.</summary>
    public bool IsEncapsulated => index is not null;

    /// <summary>By what the frames are divided.</summary>
    public FrameIndexOrigin Origin => index?.Origin ?? FrameIndexOrigin.Native;

    /// <summary>True when an offset table disagreed with the fragments and was not used.</summary>
    public bool IsOffsetTableWrong => index is { IsTableWrong: true };

    /// <summary>Native frames: the length of one, less for subsampled colour (YBR_FULL_422). Bytes.</summary>
    public long FrameBytes { get; }

    /// <summary>Native pixel data: bytes behind the last frame, other than a byte of padding. Writing the frames anew would lose them.</summary>
    public long SurplusBytes
    {
        get
        {
            long needed = IsEncapsulated ? 0 : NativeBytes(FrameBits, Count);
            return Math.Max(0, native.Length - needed - (needed & 1));
        }
    }

    private long FrameBits => Description.BitsAllocated == 1 ? Description.PixelCount * Description.SamplesPerPixel : FrameBytes * 8;

    /// <summary>True when <paramref name="image"/> has pixels of one of the three kinds at this level, not empty.</summary>
    public static bool ArePresent(DataSet image) => Find(image) is not null;

    /// <summary>The frames of <paramref name="file"/>.</summary>
    /// <exception cref="DicomFormatException">There are none, or their description, length or division into frames is wrong.</exception>
    public static PixelFrames Open(DicomFile file) => Open(file.DataSet, file.TransferSyntax, file.Source);

    /// <summary>The frames of <paramref name="image"/>, a data set or an item, whose ranges lie in <paramref name="source"/>.</summary>
    /// <exception cref="DicomFormatException">There are none, or their description, length or division into frames is wrong.</exception>
    public static PixelFrames Open(DataSet image, TransferSyntax transferSyntax, ByteSource source)
    {
        Element element = Find(image) ?? throw new DicomFormatException("there are no pixels", 0, Tags.PixelData.ToString());
        long offset = element is FragmentsElement { Range: var fragmentsRange } ? fragmentsRange.Offset : element is RangeElement { Range: var valueRange } ? valueRange.Offset : 0;
        PixelDescription description = PixelDescription.Of(image, offset);
        int count = image.GetString(Tags.NumberOfFrames) is null ? 1 : image.GetInt(Tags.NumberOfFrames) ?? 0;
        if (count < 1)
        {
            throw new DicomFormatException("Number of Frames is no positive number", offset, Tags.NumberOfFrames.ToString());
        }

        if (element is FragmentsElement fragments)
        {
            if (CodedSyntaxes.IsVideo(transferSyntax))
            {
                throw new CodecException(CodecFailure.Unsupported, $"the frames of {transferSyntax.Name} are one stream and cannot be had one by one");
            }

            return transferSyntax.IsEncapsulated
                ? new PixelFrames(source, element, transferSyntax, description, count, default, FragmentIndex.Of(image, fragments, source, count))
                : throw new DicomFormatException("pixels are fragments where the transfer syntax has none", offset, element.Tag.ToString());
        }

        (ByteSource from, SourceRange range) = element is ValueElement value ? (new MemorySource(value.Bytes), new SourceRange(0, value.Bytes.Length)) : (source, ((RangeElement)element).Range);
        TransferSyntax syntax = transferSyntax.IsEncapsulated ? TransferSyntax.ExplicitVrLittleEndian : transferSyntax; // an icon may be native beside coded pixels (PS3.5 A.4)
        PixelFrames frames = new(from, element, syntax, description, count, range, null);
        return NativeBytes(frames.FrameBits, count) <= range.Length
            ? frames
            : throw new DicomFormatException("there are fewer bytes than Rows, Columns, samples and frames say", offset, element.Tag.ToString());
    }

    /// <summary>Frame <paramref name="frame"/>, counted from 0: its codestream with padding, or its native bytes.</summary>
    /// <exception cref="DicomFormatException">The frame is longer than an array can be.</exception>
    /// <exception cref="EndOfStreamException">The source became shorter since it was parsed.</exception>
    public byte[] Read(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Count);
        if (index is null)
        {
            return Description.BitsAllocated == 1 && FrameBits % 8 != 0 ? ReadBits(frame) : ReadNative(frame * FrameBytes, (int)FrameBytes);
        }

        long length = index.Fragments(frame).Sum(fragment => fragment.Length);
        if (length > PixelDescription.FrameBytesMax)
        {
            throw new DicomFormatException($"a coded frame is longer than {PixelDescription.FrameBytesMax} bytes", index.Fragments(frame).First().Offset, Element.Tag.ToString());
        }

        byte[] bytes = new byte[length];
        int at = 0;
        foreach (SourceRange fragment in index.Fragments(frame))
        {
            Require(source.Read(fragment.Offset, bytes.AsSpan(at, (int)fragment.Length)), (int)fragment.Length);
            at += (int)fragment.Length;
        }

        return bytes;
    }

    private static Element? Find(DataSet image) => Kind(image, Tags.PixelData) ?? Kind(image, Tags.FloatPixelData) ?? Kind(image, Tags.DoubleFloatPixelData);

    private static Element? Kind(DataSet image, Tag tag) => image.Find(tag) switch
    {
        ValueElement { Bytes.Length: > 0 } value => value,
        RangeElement value => value,
        FragmentsElement fragments => fragments,
        _ => null,
    };

    /// <summary>A frame of single bits that need not begin at a byte: frames follow each other without padding (PS3.5 8.1.1).</summary>
    private byte[] ReadBits(int frame)
    {
        long firstBit = frame * FrameBits;
        int shift = (int)(firstBit % 8);
        int length = (int)Description.FrameBytes;
        byte[] packed = ReadNative(firstBit / 8, (int)(((firstBit + FrameBits + 7) / 8) - (firstBit / 8)));
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            int next = i + 1 < packed.Length ? packed[i + 1] << 8 : 0;
            bytes[i] = (byte)((packed[i] | next) >> shift);
        }

        bytes[^1] &= (byte)(0xFF >> (int)((8 - (FrameBits % 8)) % 8));
        return bytes;
    }

    private byte[] ReadNative(long at, int length)
    {
        byte[] bytes = new byte[length];
        Segment segment = new(source, native);
        for (int total = 0; total < length;)
        {
            total += segment.Read(at + total, bytes.AsSpan(total));
        }

        return bytes;
    }

    /// <summary>The length of a native frame. Subsampled colour has two bytes a pixel, but many files so labelled hold three: the length tells.</summary>
    private static long NativeFrameBytes(PixelDescription description, long length, int count)
    {
        bool isHalved = description is { SamplesPerPixel: 3, BitsAllocated: 8 } && PhotometricInterpretations.IsSubsampled(description.PhotometricInterpretation)
            && length < description.FrameBytes * count;
        return isHalved ? description.PixelCount * 2 : description.FrameBytes;
    }

    private static long NativeBytes(long frameBits, int count) => frameBits > (long.MaxValue - 7) / count ? long.MaxValue : ((frameBits * count) + 7) / 8;

    private static void Require(int read, int count)
    {
        if (read < count)
        {
            throw new EndOfStreamException("the source of a frame became shorter");
        }
    }
}
