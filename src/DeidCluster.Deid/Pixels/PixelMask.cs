namespace DeidCluster.Deid;

/// <summary>Which runs of bytes of uncompressed pixels are blanked. Made of runs, so that pixels outside are never copied.</summary>
internal sealed class PixelMask
{
    private readonly PixelGeometry geometry;
    private readonly PixelArea area;
    private readonly IReadOnlyList<byte[]> black;
    private (IReadOnlyList<PixelBox> Boxes, IReadOnlyList<(int Start, int End)>[] Rows)? last;

    /// <summary>Blanks <paramref name="area"/>, as far as it lies in the image.</summary>
    public PixelMask(PixelGeometry geometry, PixelArea area)
    {
        (this.geometry, this.area) = (geometry, area);
        black = [.. geometry.Fill.Select(fill => Enumerable.Repeat(fill, geometry.Cells).SelectMany(cell => cell).ToArray())];
    }

    /// <summary>The runs of all frames in order: byte offset, and the black bytes that go there.</summary>
    public IEnumerable<(long Offset, ReadOnlyMemory<byte> Black)> Runs() =>
        Enumerable.Range(0, geometry.Frames).SelectMany(frame => Runs(frame).Select(run => ((frame * geometry.FrameBytes) + run.Offset, run.Black)));

    /// <summary>The runs of frame <paramref name="frame"/>, with offsets from its first byte.</summary>
    public IEnumerable<(long Offset, ReadOnlyMemory<byte> Black)> Runs(int frame)
    {
        IReadOnlyList<(int Start, int End)>[] rows = RowsOf(frame);
        for (int plane = 0; plane < geometry.Planes; plane++)
        {
            for (int row = 0; row < geometry.Rows; row++)
            {
                long start = (((long)plane * geometry.Rows) + row) * geometry.Cells;
                foreach ((int from, int to) in rows[row])
                {
                    yield return ((start + from) * geometry.CellBytes, black[plane].AsMemory(0, (to - from) * geometry.CellBytes));
                }
            }
        }
    }

    /// <summary>Most images have the same boxes in every frame; the rows of one are kept for the next.</summary>
    private IReadOnlyList<(int Start, int End)>[] RowsOf(int frame)
    {
        IReadOnlyList<PixelBox> boxes = area.BoxesOf(frame);
        if (last is not { } kept || !kept.Boxes.SequenceEqual(boxes))
        {
            last = kept = (boxes, [.. Enumerable.Range(0, geometry.Rows).Select(row => Covered(row, boxes))]);
        }

        return kept.Rows;
    }

    private IReadOnlyList<(int Start, int End)> Covered(int row, IReadOnlyList<PixelBox> boxes)
    {
        List<(int Start, int End)> covered = Union(boxes
            .Where(box => box.Top <= row && row <= box.Bottom)
            .Select(Cells)
            .Where(run => run.Start < run.End));
        return area.IsComplement ? Complement(covered, geometry.Cells) : covered;
    }

    /// <summary>The cells of a box: all that it touches when it is blanked, only those that it holds whole when it is what stays.</summary>
    private (int Start, int End) Cells(PixelBox box)
    {
        int left = Math.Max(box.Left, 0);
        long end = Math.Min((long)box.Right + 1, (long)geometry.Cells * geometry.CellPixels);
        int more = geometry.CellPixels - 1;
        return area.IsComplement
            ? ((left + more) / geometry.CellPixels, (int)(end / geometry.CellPixels))
            : (left / geometry.CellPixels, (int)((end + more) / geometry.CellPixels));
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

    private static IReadOnlyList<(int Start, int End)> Complement(List<(int Start, int End)> runs, int cells)
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

        if (at < cells)
        {
            rest.Add((at, cells));
        }

        return rest;
    }
}
