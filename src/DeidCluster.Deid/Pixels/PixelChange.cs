using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>How a result gets the pixels that the plan wants: as they are, with black runs between them, or with frames made anew.</summary>
internal sealed class PixelChange
{
    private readonly PixelMask? mask;
    private readonly PixelRedaction? redaction;

    private PixelChange(PixelPlan plan, PixelMask? mask, PixelRedaction? redaction) => (Plan, this.mask, this.redaction) = (plan, mask, redaction);

    /// <summary>What is wanted.</summary>
    public PixelPlan Plan { get; }

    /// <summary>How the pixels are coded anew; null when they are not.</summary>
    public TransferSyntax? TransferSyntax => redaction?.TransferSyntax;

    /// <summary>The change by which <paramref name="source"/> follows <paramref name="plan"/> and leaves in <paramref name="target"/>; null with the <paramref name="problem"/> when there is none.</summary>
    public static PixelChange? Of(PixelPlan plan, DicomFile source, TransferSyntax target, PixelRedaction? redaction, out string? problem)
    {
        if (plan.NeedsFrames(source, target))
        {
            problem = redaction is null ? "its pixels must be decoded, and no codec is at hand" : redaction.Problem;
            return problem is null ? new PixelChange(plan, null, redaction) : null;
        }

        if (!plan.IsChange)
        {
            problem = null;
            return new PixelChange(plan, null, null);
        }

        return plan.MaskFor(source, out problem) is { } mask ? new PixelChange(plan, mask, null) : null;
    }

    /// <summary>Puts the pixels into <paramref name="result"/>, and takes out what repeats them; returns where the ranges of the result lie then.</summary>
    public ByteSource PutInto(DataSet result, DicomFile source)
    {
        if (Plan.IsChange)
        {
            RemoveIcons(result);
            EmbeddedOverlays.RemoveGroups(result, source.DataSet);
        }

        if (mask is not null)
        {
            foreach (ValueElement inMemory in result.Where(IsPixels).OfType<ValueElement>().ToArray())
            {
                result.Set(MaskedPixels.Blank(inMemory, mask));
            }
        }

        // A rule may have taken the pixels out altogether.
        return redaction is not null && result.Any(IsPixels) ? redaction.PutInto(result, source.Source) : source.Source;
    }

    /// <summary>The segments of a file with the runs put over those pixels of <paramref name="result"/> that are a range.</summary>
    public SegmentList Masked(SegmentList file, DataSet result) =>
        mask is not null && result.Where(IsPixels).OfType<RangeElement>().FirstOrDefault() is { } inFile ? MaskedPixels.Blank(file, inFile.Range, mask) : file;

    private static bool IsPixels(Element element) => element.Tag == Tags.PixelData || element.Tag == Tags.FloatPixelData || element.Tag == Tags.DoubleFloatPixelData;

    /// <summary>An icon is a small copy of the pixels (PS3.3 F.7): where they are blanked, none stays, whatever a rule keeps.</summary>
    private static void RemoveIcons(DataSet level)
    {
        level.Remove(Tags.IconImageSequence);
        foreach (DataSet item in level.OfType<SequenceElement>().SelectMany(sequence => sequence.Items))
        {
            RemoveIcons(item);
        }
    }
}
