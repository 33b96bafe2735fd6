using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>How uncompressed pixels lie, one frame after the other (PS3.3 C.7.6.3, PS3.5 8.1.1). For pixels of whole bytes.</summary>
internal sealed record PixelGeometry
{
    /// <summary>Lines of a frame.</summary>
    public required int Rows { get; init; }

    /// <summary>Cells of a line: its pixels, or its pairs of pixels that share their colour.</summary>
    public required int Cells { get; init; }

    /// <summary>Pixels of a cell, side by side: 1, or 2 where colour is subsampled.</summary>
    public required int CellPixels { get; init; }

    /// <summary>Frames.</summary>
    public required int Frames { get; init; }

    /// <summary>Planes of a frame: the samples, when each has a plane of its own, else one.</summary>
    public required int Planes { get; init; }

    /// <summary>Bytes from one cell of a plane to the next.</summary>
    public required int CellBytes { get; init; }

    /// <summary>The bytes of a black cell, for each plane.</summary>
    public required IReadOnlyList<byte[]> Fill { get; init; }

    /// <summary>The bytes of one frame.</summary>
    public long FrameBytes => (long)Planes * Rows * Cells * CellBytes;

    /// <summary>
    /// The geometry of <paramref name="frames"/> frames as <paramref name="pixels"/> describes them; <paramref name="header"/> has the palette, where
    /// there is one. Null with the <paramref name="problem"/> when they cannot be blanked.
    /// </summary>
    public static PixelGeometry? Of(PixelDescription pixels, int frames, bool isSubsampled, DataSet header, out string? problem)
    {
        problem = pixels.BitsAllocated % 8 != 0 ? "its pixels are no whole bytes" : isSubsampled && pixels.Columns % 2 != 0 ? "its lines end within a pair of pixels" : null;
        if (problem is not null)
        {
            return null;
        }

        if (PixelFill.Of(pixels, header) is not { } black)
        {
            problem = "its photometric interpretation cannot be blanked";
            return null;
        }

        bool isPlanar = pixels.IsPlanar && pixels.SamplesPerPixel > 1 && !isSubsampled;
        return new PixelGeometry
        {
            Rows = pixels.Rows,
            Cells = isSubsampled ? pixels.Columns / 2 : pixels.Columns,
            CellPixels = isSubsampled ? 2 : 1,
            Frames = frames,
            Planes = isPlanar ? pixels.SamplesPerPixel : 1,
            CellBytes = isSubsampled ? 4 : pixels.SampleBytes * (isPlanar ? 1 : pixels.SamplesPerPixel),

            // A pair is two luminances and the colour differences of both (PS3.3 C.7.6.3.1.2).
            Fill = isPlanar ? black : isSubsampled ? [[.. black[0], .. black[0], .. black[1], .. black[2]]] : [[.. black.SelectMany(sample => sample)]],
        };
    }
}
