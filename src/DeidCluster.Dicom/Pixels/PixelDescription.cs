namespace DeidCluster.Dicom;

/// <summary>
/// What the bytes of a frame mean: the attributes of the Image Pixel Module (PS3.3 C.7.6.3). It always speaks of the bytes that it comes with:
/// a decoder that turns YBR_RCT into RGB answers a description that says RGB.
/// </summary>
public sealed record PixelDescription
{
    /// <summary>The longest frame that is handled: what one array can hold. Bytes.</summary>
    public const int FrameBytesMax = 0x7FFFFFC7;

    private const int DimensionMax = ushort.MaxValue;
    private const int SamplesPerPixelMax = 4;
    private const int BitsAllocatedMax = 64;

    /// <summary>Rows (0028,0010).</summary>
    public required int Rows { get; init; }

    /// <summary>Columns (0028,0011).</summary>
    public required int Columns { get; init; }

    /// <summary>Samples per Pixel (0028,0002): 1, or 3 (4 in retired colour spaces).</summary>
    public int SamplesPerPixel { get; init; } = 1;

    /// <summary>Bits Allocated (0028,0100): 1, or a multiple of 8.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits Stored (0028,0101).</summary>
    public required int BitsStored { get; init; }

    /// <summary>High Bit (0028,0102); one less than <see cref="BitsStored"/> in all that follows the present standard.</summary>
    public required int HighBit { get; init; }

    /// <summary>True when Pixel Representation (0028,0103) is 1: two's complement.</summary>
    public bool IsSigned { get; init; }

    /// <summary>Photometric Interpretation (0028,0004), e.g. MONOCHROME2, RGB, YBR_FULL.</summary>
    public required string PhotometricInterpretation { get; init; }

    /// <summary>Planar Configuration (0028,0006): true for colour by plane (1), false for colour by pixel (0) and for one sample.</summary>
    public bool IsPlanar { get; init; }

    /// <summary>The number of pixels of a frame.</summary>
    public long PixelCount => (long)Rows * Columns;

    /// <summary>Bytes of one sample in memory; 1 where eight pixels share a byte.</summary>
    public int SampleBytes => Math.Max(1, BitsAllocated / 8);

    /// <summary>The length of a frame that stands alone, uncompressed; pixels of one bit fill the last byte with zeros (PS3.5 8.1.1). Bytes.</summary>
    public long FrameBytes => ((PixelCount * SamplesPerPixel * BitsAllocated) + 7) / 8;

    /// <summary>The description in <paramref name="image"/>, an image or an item of Icon Image Sequence; <paramref name="offset"/> is what a refusal names.</summary>
    /// <exception cref="DicomFormatException">An attribute is missing or impossible.</exception>
    public static PixelDescription Of(DataSet image, long offset = 0)
    {
        int bitsAllocated = image.Contains(Tags.FloatPixelData) ? 32 : image.Contains(Tags.DoubleFloatPixelData) ? 64 : Required(image, Tags.BitsAllocated, BitsAllocatedMax, offset);
        if (bitsAllocated != 1 && bitsAllocated % 8 != 0)
        {
            throw new DicomFormatException("bits allocated are neither 1 nor whole bytes", offset, Tags.BitsAllocated.ToString());
        }

        int samples = image.Contains(Tags.SamplesPerPixel) ? Required(image, Tags.SamplesPerPixel, SamplesPerPixelMax, offset) : 1;
        int bitsStored = image.GetInt(Tags.BitsStored) is int stored ? stored : bitsAllocated;
        if (bitsStored < 1 || bitsStored > bitsAllocated)
        {
            throw new DicomFormatException("more bits are stored than allocated, or none", offset, Tags.BitsStored.ToString());
        }

        PixelDescription description = new()
        {
            Rows = Required(image, Tags.Rows, DimensionMax, offset),
            Columns = Required(image, Tags.Columns, DimensionMax, offset),
            SamplesPerPixel = samples,
            BitsAllocated = bitsAllocated,
            BitsStored = bitsStored,
            HighBit = image.GetInt(Tags.HighBit) is int high && high >= bitsStored - 1 && high < bitsAllocated ? high : bitsStored - 1,
            IsSigned = image.GetInt(Tags.PixelRepresentation) == 1,
            PhotometricInterpretation = image.GetString(Tags.PhotometricInterpretation) ?? (samples == 1 ? PhotometricInterpretations.Monochrome2 : PhotometricInterpretations.Rgb),
            IsPlanar = samples > 1 && image.GetInt(Tags.PlanarConfiguration) == 1,
        };
        return description.FrameBytes <= FrameBytesMax
            ? description
            : throw new DicomFormatException($"a frame is longer than {FrameBytesMax} bytes", offset, Tags.Rows.ToString());
    }

    /// <summary>Writes what can change when pixels are coded anew into <paramref name="image"/>: photometric interpretation and planar configuration.</summary>
    public void ApplyTo(DataSet image)
    {
        image.SetString(Tags.PhotometricInterpretation, PhotometricInterpretation);
        if (SamplesPerPixel > 1)
        {
            image.SetUshort(Tags.PlanarConfiguration, (ushort)(IsPlanar ? 1 : 0));
        }
    }

    private static int Required(DataSet image, Tag tag, int max, long offset) => image.GetInt(tag) is int value and > 0 && value <= max
        ? value
        : throw new DicomFormatException("is missing, zero or too large", offset, tag.ToString());
}

/// <summary>Defined terms of Photometric Interpretation (PS3.3 C.7.6.3.1.2) that coding can change.</summary>
public static class PhotometricInterpretations
{
    /// <summary>MONOCHROME2: grey, the lowest value is black.</summary>
    public const string Monochrome2 = "MONOCHROME2";

    /// <summary>RGB.</summary>
    public const string Rgb = "RGB";

    /// <summary>YBR_FULL: luminance and two colour differences, all of full range and resolution.</summary>
    public const string YbrFull = "YBR_FULL";

    /// <summary>YBR_FULL_422: the same with colour differences for each second pixel of a row.</summary>
    public const string YbrFull422 = "YBR_FULL_422";

    /// <summary>YBR_PARTIAL_422, retired.</summary>
    public const string YbrPartial422 = "YBR_PARTIAL_422";

    /// <summary>YBR_RCT: the reversible colour transform inside JPEG 2000 (PS3.5 8.2.4).</summary>
    public const string YbrRct = "YBR_RCT";

    /// <summary>YBR_ICT: the irreversible colour transform inside JPEG 2000.</summary>
    public const string YbrIct = "YBR_ICT";

    /// <summary>True for the two interpretations with half as many colour differences, which native pixel data writes as two bytes a pixel (PS3.3 C.7.6.3.1.2).</summary>
    public static bool IsSubsampled(string photometricInterpretation) => photometricInterpretation is YbrFull422 or YbrPartial422;
}
