using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What happens to the pixels of one instance.</summary>
/// <param name="Mask">The runs that are blanked; null when the pixels stay.</param>
/// <param name="IsKnownClean">True when a rule of the project answers for it that no text remains.</param>
internal sealed record PixelPlan(PixelMask? Mask, bool IsKnownClean)
{
    /// <summary>The plan for <paramref name="header"/>; null with what to do instead when its pixels must not be passed on.</summary>
    public static PixelPlan? Make(DataSet header, TransferSyntax transferSyntax, IReadOnlyList<PixelRule> rules, out DeidentifyResult? refusal)
    {
        refusal = null;
        if (PixelGuard.HasOverlayInPixels(header))
        {
            refusal = new DeidentifyResult.Held("an overlay lies in the unused bits of its pixels");
            return null;
        }

        if (!header.Contains(Tags.PixelData) || rules.FirstOrDefault(rule => Matches(rule, header)) is not { } rule)
        {
            refusal = PixelGuard.WhySuspect(header) is { } reason ? new DeidentifyResult.Rejected(reason) : null;
            return refusal is null ? new PixelPlan(null, IsKnownClean: false) : null;
        }

        if (rule.Boxes.Count == 0 && !rule.KeepUltrasoundRegionsOnly)
        {
            bool contradicted = header.GetString(Tags.BurnedInAnnotation) is not (null or "NO");
            refusal = contradicted ? new DeidentifyResult.Held("burned-in text is declared, but its pixel rule blanks nothing") : null;
            return contradicted ? null : new PixelPlan(null, IsKnownClean: true);
        }

        string? problem = null;
        PixelMask? mask = transferSyntax.IsEncapsulated ? null : MaskOf(header, rule, out problem);
        refusal = mask is null ? new DeidentifyResult.Held(problem ?? "its pixels are compressed, and blanking them needs a codec") : null;
        return mask is null ? null : new PixelPlan(mask, IsKnownClean: true);
    }

    private static PixelMask? MaskOf(DataSet header, PixelRule rule, out string? problem)
    {
        if (PixelGeometry.Read(header, out problem) is not { } geometry)
        {
            return null;
        }

        (long length, int unitBytes) = header.Find(Tags.PixelData) switch
        {
            ValueElement value => (value.Bytes.Length, 1),
            RangeElement { Range: { } range } => (range.Length, range.SwapBytes),
            _ => (0, 1),
        };
        if (length < geometry.LengthBytes)
        {
            problem = "its pixel data is shorter than its geometry says";
            return null;
        }

        if (unitBytes > 1 && geometry.PixelBytes % unitBytes != 0)
        {
            problem = "its pixels lie in big-endian words that hold several of them";
            return null;
        }

        if (!rule.KeepUltrasoundRegionsOnly)
        {
            return PixelMask.Inside(geometry, rule.Boxes);
        }

        IReadOnlyList<PixelBox> regions = Regions(header);
        problem = regions.Count == 0 ? "it has no ultrasound regions to keep" : null;
        return regions.Count == 0 ? null : PixelMask.Outside(geometry, regions);
    }

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
