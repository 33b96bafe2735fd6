using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What happens to the pixels of one instance.</summary>
/// <param name="Area">What is blanked; null when nothing is.</param>
/// <param name="OverlayBits">The bits of each sample that are cleared, since overlays lie in them.</param>
/// <param name="IsKnownClean">True when a rule of the project answers for it that no text remains.</param>
internal sealed record PixelPlan(PixelArea? Area, ulong OverlayBits, bool IsKnownClean)
{
    /// <summary>True when the result's pixels are not the source's.</summary>
    public bool IsChange => Area is not null || OverlayBits != 0;

    /// <summary>The plan for the image of <paramref name="header"/>; null with what to do instead when its pixels must not be passed on.</summary>
    public static PixelPlan? Make(DataSet header, IReadOnlyList<PixelRule> rules, out DeidentifyResult? refusal)
    {
        if (EmbeddedOverlays.BitsOf(header) is not { } overlayBits)
        {
            refusal = new DeidentifyResult.Held("an overlay lies in the bits of its pixels");
            return null;
        }

        PixelRule? rule = PixelFrames.ArePresent(header) ? PixelArea.RuleFor(header, rules) : null;
        PixelArea? area = rule is { Blanks: true } ? PixelArea.Of(rule, header) : null;
        refusal = rule is null ? (PixelGuard.WhySuspect(header) is { } reason ? new DeidentifyResult.Rejected(reason) : null)
            : !rule.Blanks && header.GetString(Tags.BurnedInAnnotation) is not (null or "NO") ? new DeidentifyResult.Held("burned-in text is declared, but its pixel rule blanks nothing")
            : rule.Blanks && area is null ? new DeidentifyResult.Held("it has no ultrasound regions to keep")
            : null;
        return refusal is null ? new PixelPlan(area, overlayBits, IsKnownClean: rule is not null) : null;
    }

    /// <summary>
    /// True when the pixels of <paramref name="source"/> have to be taken frame by frame to leave in <paramref name="target"/>. Where not, black runs are put
    /// between the ranges of its file (<see cref="MaskFor"/>).
    /// </summary>
    public bool NeedsFrames(DicomFile source, TransferSyntax target) =>
        (IsChange && (source.TransferSyntax.IsEncapsulated || OverlayBits != 0 || source.DataSet.GetInt(Tags.BitsAllocated) == 1))
        || (IsRecoded(source.TransferSyntax, target) && PixelFrames.ArePresent(source.DataSet));

    /// <summary>True when pixels are coded in another way in <paramref name="target"/> than in <paramref name="source"/>.</summary>
    public static bool IsRecoded(TransferSyntax source, TransferSyntax target) =>
        (source.IsEncapsulated || target.IsEncapsulated) && source.Uid != target.Uid;

    /// <summary>The runs to blank in the native pixels of <paramref name="source"/>; null with the <paramref name="problem"/> when that cannot be done.</summary>
    public PixelMask? MaskFor(DicomFile source, out string? problem)
    {
        PixelFrames frames;
        try
        {
            frames = PixelFrames.Open(source);
        }
        catch (DicomFormatException malformed)
        {
            problem = $"its pixels cannot be blanked: {malformed.Problem}";
            return null;
        }

        bool isSubsampled = frames.FrameBytes < frames.Description.FrameBytes;
        if (PixelGeometry.Of(frames.Description, frames.Count, isSubsampled, source.DataSet, out problem) is not { } geometry)
        {
            return null;
        }

        if (frames.Element is RangeElement { Range.SwapBytes: > 1 } swapped && geometry.CellBytes % swapped.Range.SwapBytes != 0)
        {
            problem = "its pixels lie in big-endian words that hold several of them";
            return null;
        }

        return new PixelMask(geometry, Area!);
    }
}
