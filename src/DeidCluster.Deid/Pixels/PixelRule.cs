namespace DeidCluster.Deid;

/// <summary>
/// Where text may be burned into the pixels of some images. The first rule that matches an instance decides. A rule without boxes and
/// without regions says that these images hold no text.
/// </summary>
public sealed record PixelRule
{
    /// <summary>SOP classes it is about; empty for all.</summary>
    public IReadOnlyList<string> SopClassUids { get; init; } = [];

    /// <summary>Modalities (0008,0060) it is about; empty for all.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = [];

    /// <summary>Manufacturer (0008,0070) it is about, compared in any case; null for all.</summary>
    public string? Manufacturer { get; init; }

    /// <summary>Manufacturer's Model Name (0008,1090) it is about, compared in any case; null for all.</summary>
    public string? Model { get; init; }

    /// <summary>Rows (0028,0010) it is about; null for all.</summary>
    public int? Rows { get; init; }

    /// <summary>Columns (0028,0011) it is about; null for all.</summary>
    public int? Columns { get; init; }

    /// <summary>What is blanked.</summary>
    public IReadOnlyList<PixelBox> Boxes { get; init; } = [];

    /// <summary>True when all but the regions of Sequence of Ultrasound Regions (0018,6011) is blanked.</summary>
    public bool KeepUltrasoundRegionsOnly { get; init; }

    /// <summary>True when it blanks something.</summary>
    internal bool Blanks => Boxes.Count > 0 || KeepUltrasoundRegionsOnly;
}

/// <summary>A rectangle of pixels, counted from 0 at the upper left, all four edges included.</summary>
public readonly record struct PixelBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>The frames in which it is blanked, counted from 1 as Referenced Frame Number (0008,1160) does; all by default.</summary>
    public FrameRange Frames { get; init; } = FrameRange.All;

    /// <summary>True when the box is about frame <paramref name="index"/>, counted from 0.</summary>
    public bool IsIn(int index) => Frames.First <= index + 1 && index + 1 <= Frames.Last;
}

/// <summary>Frames from <paramref name="First"/> to <paramref name="Last"/>, both included, counted from 1.</summary>
public readonly record struct FrameRange(int First, int Last)
{
    /// <summary>Every frame.</summary>
    public static readonly FrameRange All = new(1, int.MaxValue);
}
