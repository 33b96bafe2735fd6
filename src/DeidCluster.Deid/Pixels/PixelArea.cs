using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What of an image a rule blanks: its boxes, or all but the image's ultrasound regions.</summary>
/// <param name="Boxes">The rectangles.</param>
/// <param name="IsComplement">True when everything else is blanked.</param>
internal sealed record PixelArea(IReadOnlyList<PixelBox> Boxes, bool IsComplement)
{
    /// <summary>The area of <paramref name="rule"/> in the image of <paramref name="header"/>; null when the rule keeps regions and the image has none.</summary>
    public static PixelArea? Of(PixelRule rule, DataSet header)
    {
        if (!rule.KeepUltrasoundRegionsOnly)
        {
            return new PixelArea(rule.Boxes, IsComplement: false);
        }

        IReadOnlyList<PixelBox> regions = Regions(header);
        return regions.Count == 0 ? null : new PixelArea(regions, IsComplement: true);
    }

    /// <summary>The first of <paramref name="rules"/> that is about the image of <paramref name="header"/>; null when none is.</summary>
    public static PixelRule? RuleFor(DataSet header, IReadOnlyList<PixelRule> rules) => rules.FirstOrDefault(rule => Matches(rule, header));

    /// <summary>The rectangles of frame <paramref name="frame"/>, counted from 0.</summary>
    public IReadOnlyList<PixelBox> BoxesOf(int frame) => Boxes.All(box => box.Frames == FrameRange.All) ? Boxes : [.. Boxes.Where(box => box.IsIn(frame))];

    // PS3.3 C.8.5.5.1.3: the corners of a region belong to it.
    private static IReadOnlyList<PixelBox> Regions(DataSet header) =>
    [
        .. header.Items(Tags.SequenceOfUltrasoundRegions)
            .Select(region => (
                Left: region.GetInt(Tags.RegionLocationMinX0), Top: region.GetInt(Tags.RegionLocationMinY0),
                Right: region.GetInt(Tags.RegionLocationMaxX1), Bottom: region.GetInt(Tags.RegionLocationMaxY1)))
            .Where(region => region is { Left: not null, Top: not null, Right: not null, Bottom: not null })
            .Select(region => new PixelBox(region.Left!.Value, region.Top!.Value, region.Right!.Value, region.Bottom!.Value)),
    ];

    private static bool Matches(PixelRule rule, DataSet header) =>
        Contains(rule.SopClassUids, header.GetString(Tags.SOPClassUID))
        && Contains(rule.Modalities, header.GetString(Tags.Modality))
        && Equal(rule.Manufacturer, header.GetString(Tags.Manufacturer))
        && Equal(rule.Model, header.GetString(Tags.ManufacturerModelName))
        && (rule.Rows is null || rule.Rows == header.GetInt(Tags.Rows))
        && (rule.Columns is null || rule.Columns == header.GetInt(Tags.Columns));

    private static bool Contains(IReadOnlyList<string> wanted, string? value) => wanted.Count == 0 || (value is not null && wanted.Contains(value));

    private static bool Equal(string? wanted, string? value) => wanted is null || string.Equals(wanted, value?.Trim(), StringComparison.OrdinalIgnoreCase);
}
