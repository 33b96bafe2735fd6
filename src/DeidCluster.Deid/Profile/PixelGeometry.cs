using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>How uncompressed pixels lie in Pixel Data (PS3.3 C.7.6.3).</summary>
internal sealed record PixelGeometry
{
    /// <summary>Lines of a frame.</summary>
    public required int Rows { get; init; }

    /// <summary>Pixels of a line.</summary>
    public required int Columns { get; init; }

    /// <summary>Frames.</summary>
    public required int Frames { get; init; }

    /// <summary>Planes of a frame: the samples, when each has a plane of its own, else one.</summary>
    public required int Planes { get; init; }

    /// <summary>Bytes from one pixel of a plane to the next.</summary>
    public required int PixelBytes { get; init; }

    /// <summary>The bytes of a black pixel, for each plane.</summary>
    public required IReadOnlyList<byte[]> Fill { get; init; }

    /// <summary>The bytes of all frames; the largest number there is when they are more.</summary>
    public long LengthBytes => (long)Int128.Min(long.MaxValue, (Int128)Frames * Planes * Rows * Columns * PixelBytes);

    /// <summary>Reads it; null with the <paramref name="problem"/> when the pixels are not of a form that can be blanked.</summary>
    public static PixelGeometry? Read(DataSet header, out string? problem)
    {
        int rows = header.GetInt(Tags.Rows) ?? 0;
        int columns = header.GetInt(Tags.Columns) ?? 0;
        int samples = header.GetInt(Tags.SamplesPerPixel) ?? 1;
        int frames = header.GetInt(Tags.NumberOfFrames) ?? 1;
        int bits = header.GetInt(Tags.BitsAllocated) ?? 0;
        bool planar = samples > 1 && header.GetInt(Tags.PlanarConfiguration) == 1;
        if (rows <= 0 || columns <= 0 || frames <= 0 || bits is not (8 or 16) || samples is not (1 or 3))
        {
            problem = "its pixels have a geometry that cannot be blanked";
            return null;
        }

        if (Black(header, bits / 8) is not { } black || black.Count != samples)
        {
            problem = "its photometric interpretation cannot be blanked";
            return null;
        }

        problem = null;
        return new PixelGeometry
        {
            Rows = rows,
            Columns = columns,
            Frames = frames,
            Planes = planar ? samples : 1,
            PixelBytes = bits / 8 * (planar ? 1 : samples),
            Fill = planar ? black : [[.. black.SelectMany(sample => sample)]],
        };
    }

    // The samples of a black pixel.
    private static IReadOnlyList<byte[]>? Black(DataSet header, int sampleBytes)
    {
        int stored = Math.Clamp(header.GetInt(Tags.BitsStored) ?? (sampleBytes * 8), 1, sampleBytes * 8);
        bool signed = header.GetInt(Tags.PixelRepresentation) == 1;
        int low = signed ? -(1 << (stored - 1)) : 0;
        int high = signed ? (1 << (stored - 1)) - 1 : (1 << stored) - 1;
        byte[] Sample(int value) => sampleBytes == 1 ? [(byte)value] : [(byte)value, (byte)(value >> 8)];
        return header.GetString(Tags.PhotometricInterpretation) switch
        {
            "MONOCHROME1" => [Sample(high)],
            "MONOCHROME2" => [Sample(low)],
            "PALETTE COLOR" => [Sample(0)],
            "RGB" => [Sample(0), Sample(0), Sample(0)],
            "YBR_FULL" => [Sample(0), Sample(1 << (stored - 1)), Sample(1 << (stored - 1))],
            _ => null,
        };
    }
}
