using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Which runs of bytes of Pixel Data are blanked. Made of runs, so that pixels outside are never copied.</summary>
internal sealed class PixelMask
{
    private readonly PixelGeometry geometry;
    private readonly IReadOnlyList<IReadOnlyList<(int Start, int End)>> rows;

    private PixelMask(PixelGeometry geometry, IReadOnlyList<IReadOnlyList<(int Start, int End)>> rows) => (this.geometry, this.rows) = (geometry, rows);

    /// <summary>Blanks <paramref name="boxes"/>, as far as they lie in the image.</summary>
    public static PixelMask Inside(PixelGeometry geometry, IReadOnlyList<PixelBox> boxes) => new(geometry, Covered(geometry, boxes));

    /// <summary>Blanks all but <paramref name="boxes"/>.</summary>
    public static PixelMask Outside(PixelGeometry geometry, IReadOnlyList<PixelBox> boxes) =>
        new(geometry, [.. Covered(geometry, boxes).Select(runs => Complement(runs, geometry.Columns))]);

    /// <summary>True when no pixel is blanked.</summary>
    public bool IsEmpty => rows.All(runs => runs.Count == 0);

    /// <summary>The runs of all frames in order: byte offset, byte length, and the plane whose fill they take.</summary>
    public IEnumerable<(long Offset, int Length, int Plane)> Runs()
    {
        int rowBytes = geometry.Columns * geometry.PixelBytes;
        for (long plane = 0; plane < (long)geometry.Frames * geometry.Planes; plane++)
        {
            for (int row = 0; row < geometry.Rows; row++)
            {
                long start = ((plane * geometry.Rows) + row) * rowBytes;
                foreach ((int from, int to) in rows[row])
                {
                    yield return (start + ((long)from * geometry.PixelBytes), (to - from) * geometry.PixelBytes, (int)(plane % geometry.Planes));
                }
            }
        }
    }

    /// <summary>A row of black pixels for each plane; every run is a beginning of it.</summary>
    public IReadOnlyList<byte[]> BlackRows() =>
        [.. geometry.Fill.Select(fill => Enumerable.Repeat(fill, geometry.Columns).SelectMany(pixel => pixel).ToArray())];

    private static List<(int Start, int End)>[] Covered(PixelGeometry geometry, IReadOnlyList<PixelBox> boxes)
    {
        List<(int Start, int End)>[] rows = new List<(int Start, int End)>[geometry.Rows];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = Union(boxes
                .Where(box => box.Top <= row && row <= box.Bottom)
                .Select(box => (Start: Math.Max(box.Left, 0), End: (int)Math.Min((long)box.Right + 1, geometry.Columns)))
                .Where(run => run.Start < run.End));
        }

        return rows;
    }

    private static List<(int Start, int End)> Union(IEnumerable<(int Start, int End)> runs)
    {
        List<(int Start, int End)> union = [];
        foreach ((int start, int end) in runs.Order())
        {
            if (union.Count > 0 && start <= union[^1].End)
            {
                union[^1] = (union[^1].Start, Math.Max(union[^1].End, end));
            }
            else
            {
                union.Add((start, end));
            }
        }

        return union;
    }

    private static IReadOnlyList<(int Start, int End)> Complement(List<(int Start, int End)> runs, int columns)
    {
        List<(int Start, int End)> rest = [];
        int at = 0;
        foreach ((int start, int end) in runs)
        {
            if (start > at)
            {
                rest.Add((at, start));
            }

            at = end;
        }

        if (at < columns)
        {
            rest.Add((at, columns));
        }

        return rest;
    }
}
