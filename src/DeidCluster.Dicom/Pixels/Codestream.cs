using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>How a codestream's components relate to colour, as far as it says so itself.</summary>
internal enum CodestreamColour
{
    /// <summary>It does not say; the data set decides.</summary>
    Unsaid,

    /// <summary>A JFIF or Adobe marker says that the components are luminance and colour differences.</summary>
    Ybr,

    /// <summary>An Adobe marker says that no transform was applied.</summary>
    Rgb,

    /// <summary>JPEG 2000: a multiple component transform is undone by decoding, which gives RGB.</summary>
    Transformed,
}

/// <summary>
/// What the head of a JPEG, JPEG-LS or JPEG 2000 codestream says of its picture (ISO 10918-1 B.2.2, 14495-1 C.2.2, 15444-1 A.5.1), read without decoding: before
/// memory is taken for a frame, its codestream has to agree with the data set.
/// </summary>
internal readonly record struct Codestream(int Rows, int Columns, int Components, int Precision, CodestreamColour Colour)
{
    /// <summary>JPEG 2000: true when the 9-7 wavelet was used, which loses something always.</summary>
    public bool IsIrreversible { get; private init; }

    private const int SegmentsMax = 1000;
    private const int Jp2HeaderBytesMax = 64 * 1024;
    private const byte MarkerPrefix = 0xFF;

    private static ReadOnlySpan<byte> SocSiz => [0xFF, 0x4F, 0xFF, 0x51];

    private static ReadOnlySpan<byte> Soi => [0xFF, 0xD8];

    /// <summary>Reads the head of <paramref name="bytes"/>.</summary>
    /// <exception cref="DicomFormatException">It is none of the three, or is cut; the offset counts from its first byte.</exception>
    public static Codestream Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Soi))
        {
            return ReadJpeg(bytes);
        }

        int start = bytes[..Math.Min(bytes.Length, Jp2HeaderBytesMax)].IndexOf(SocSiz);
        return start >= 0 ? ReadJpeg2000(bytes, start) : throw Malformed("a frame begins with no codestream", 0);
    }

    /// <summary>What decoding gives, for a data set that says <paramref name="photometric"/>, in words of the standard.</summary>
    public string DecodedPhotometric(string photometric, bool isLossless)
    {
        bool isThree = Components == 3;
        return photometric switch
        {
            PhotometricInterpretations.YbrRct or PhotometricInterpretations.YbrIct => PhotometricInterpretations.Rgb,
            PhotometricInterpretations.YbrFull422 => PhotometricInterpretations.YbrFull, // decoders give each pixel its own colour differences
            PhotometricInterpretations.Rgb when isThree && !isLossless && Colour == CodestreamColour.Ybr => PhotometricInterpretations.YbrFull,
            PhotometricInterpretations.YbrFull when isThree && Colour == CodestreamColour.Transformed => PhotometricInterpretations.Rgb,
            _ => photometric,
        };
    }

    private static Codestream ReadJpeg(ReadOnlySpan<byte> bytes)
    {
        CodestreamColour colour = CodestreamColour.Unsaid;
        int at = Soi.Length;
        for (int segment = 0; segment < SegmentsMax; segment++)
        {
            while (at + 1 < bytes.Length && bytes[at] == MarkerPrefix && bytes[at + 1] == MarkerPrefix)
            {
                at++; // fill bytes
            }

            if (at + 4 > bytes.Length || bytes[at] != MarkerPrefix)
            {
                throw Malformed("a JPEG stream has no frame header", Math.Min(at, bytes.Length));
            }

            byte marker = bytes[at + 1];
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2 || length > bytes.Length - at - 2)
            {
                throw Malformed("a JPEG marker segment leaves its stream", at);
            }

            ReadOnlySpan<byte> content = bytes.Slice(at + 4, length - 2);
            if (IsStartOfFrame(marker))
            {
                return content.Length >= 6
                    ? new Codestream(BinaryPrimitives.ReadUInt16BigEndian(content[1..]), BinaryPrimitives.ReadUInt16BigEndian(content[3..]), content[5], content[0], colour)
                    : throw Malformed("a JPEG frame header is cut", at);
            }

            if (marker is 0xDA or 0xD9)
            {
                throw Malformed("a JPEG stream has no frame header", at);
            }

            colour = ColourOf(marker, content, colour);
            at += 2 + length;
        }

        throw Malformed($"a JPEG stream has more than {SegmentsMax} segments before its frame header", at);
    }

    /// <summary>SOF0 to SOF15 and JPEG-LS's SOF55, without DHT, JPG and DAC among them.</summary>
    private static bool IsStartOfFrame(byte marker) => marker is (>= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) or 0xF7;

    private static CodestreamColour ColourOf(byte marker, ReadOnlySpan<byte> content, CodestreamColour before)
    {
        const int AdobeTransformAt = 11;
        return marker switch
        {
            0xEE when content.Length > AdobeTransformAt && content.StartsWith("Adobe"u8) => content[AdobeTransformAt] == 0 ? CodestreamColour.Rgb : CodestreamColour.Ybr,
            0xE0 when before == CodestreamColour.Unsaid && content.StartsWith("JFIF\0"u8) => CodestreamColour.Ybr,
            _ => before,
        };
    }

    private static Codestream ReadJpeg2000(ReadOnlySpan<byte> bytes, int start)
    {
        const int SizBytes = 38; // behind the marker: Lsiz, Rsiz, eight sizes of 32 bits, Csiz
        int at = start + SocSiz.Length;
        if (bytes.Length - at < SizBytes + 3)
        {
            throw Malformed("a JPEG 2000 stream ends inside its image size", start);
        }

        ReadOnlySpan<byte> siz = bytes[at..];
        long columns = BinaryPrimitives.ReadUInt32BigEndian(siz[4..]) - (long)BinaryPrimitives.ReadUInt32BigEndian(siz[12..]);
        long rows = BinaryPrimitives.ReadUInt32BigEndian(siz[8..]) - (long)BinaryPrimitives.ReadUInt32BigEndian(siz[16..]);
        int components = BinaryPrimitives.ReadUInt16BigEndian(siz[36..]);
        int precision = (siz[38] & 0x7F) + 1;
        if (columns is < 1 or > ushort.MaxValue || rows is < 1 or > ushort.MaxValue)
        {
            throw Malformed("a JPEG 2000 picture is larger than an image can be", at);
        }

        (bool hasTransform, bool isIrreversible) = ReadCodingStyle(bytes, at);
        return new Codestream((int)rows, (int)columns, components, precision, hasTransform ? CodestreamColour.Transformed : CodestreamColour.Unsaid) { IsIrreversible = isIrreversible };
    }

    /// <summary>From the coding style (COD) in the main header, whose segments begin at <paramref name="at"/> with SIZ's length: component transform and wavelet.</summary>
    private static (bool HasTransform, bool IsIrreversible) ReadCodingStyle(ReadOnlySpan<byte> bytes, int at)
    {
        const int TransformAt = 6; // behind the marker: Lcod 2, Scod 1, progression 1, layers 2
        const int WaveletAt = 11; // and transform 1, levels 1, block width 1, height 1, style 1
        for (int segment = 0; segment < SegmentsMax; segment++)
        {
            at += BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            if (at + 2 + WaveletAt >= bytes.Length || bytes[at] != MarkerPrefix || bytes[at + 1] == 0x90)
            {
                break;
            }

            if (bytes[at + 1] == 0x52)
            {
                return (bytes[at + 2 + TransformAt] != 0, bytes[at + 2 + WaveletAt] == 0);
            }

            at += 2;
        }

        return default;
    }

    private static DicomFormatException Malformed(string problem, long offset) => new(problem, offset, Tags.PixelData.ToString());
}
