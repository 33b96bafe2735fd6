namespace DeidCluster.Dicom;

/// <summary>Limits of reading, so that hostile input costs bounded time and memory.</summary>
public sealed record ReadOptions
{
    /// <summary>The options that every part of the product uses unless it says why not.</summary>
    public static readonly ReadOptions Default = new();

    /// <summary>A longer value is left in the source as a <see cref="RangeElement"/>. Bytes.</summary>
    public int InlineValueBytesMax { get; init; } = 64 * 1024;

    /// <summary>A data set nested deeper in sequences is refused. Levels.</summary>
    public int SequenceDepthMax { get; init; } = 64;

    /// <summary>A data set with more elements, items and fragments, at all levels together, is refused.</summary>
    public int ElementsMax { get; init; } = 2_000_000;

    /// <summary>The most that the values held in memory may take together. Bytes.</summary>
    public long InlineBytesMax { get; init; } = 256L * 1024 * 1024;

    /// <summary>A deflated data set that inflates to more is refused (PS3.5 A.5). Bytes.</summary>
    public long InflatedBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>So much may a deflated data set inflate to whatever its ratio: blank masks are legitimate and shrink to a thousandth. Bytes.</summary>
    public long InflatedBytesFree { get; init; } = 256L * 1024 * 1024;

    /// <summary>Beyond <see cref="InflatedBytesFree"/>, one that inflates to more than so many times its length is refused: deflate reaches 1032, images a tenth of this.</summary>
    public int InflationRatioMax { get; init; } = 200;

    /// <summary>
    /// Reading ends before the first element of the top level with this tag or a higher one, so that what is behind it is neither read nor
    /// checked; null: the whole data set is read.
    /// </summary>
    public Tag? StopAt { get; init; }

    /// <summary>The only elements of the top level that are kept; the others are passed over. Null: all are kept.</summary>
    public IReadOnlyList<Tag>? Only { get; init; }

    /// <summary>Everything before the pixel data.</summary>
    public static ReadOptions Header { get; } = new() { StopAt = new Tag(0x7FE00000) };

    /// <summary>
    /// Only the elements with <paramref name="tags"/>, and Specific Character Set to decode them; reading ends behind the last of them. In a data set whose
    /// tags do not ascend, one that stands behind a higher tag is not found.
    /// </summary>
    public static ReadOptions For(params IReadOnlyList<Tag> tags) => new()
    {
        Only = [Tags.SpecificCharacterSet, .. tags],
        StopAt = tags.Max() is { Value: < uint.MaxValue } last ? new Tag(last.Value + 1) : null,
    };
}
