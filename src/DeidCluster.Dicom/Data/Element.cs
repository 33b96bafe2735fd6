namespace DeidCluster.Dicom;

/// <summary>
/// One data element (PS3.5 7.1). Closed: a <see cref="ValueElement"/>, <see cref="RangeElement"/>,
/// <see cref="FragmentsElement"/> or <see cref="SequenceElement"/>; only out of DICOM JSON also a <see cref="BulkDataElement"/>.
/// </summary>
public abstract class Element(Tag tag, Vr vr)
{
    /// <summary>The element's tag.</summary>
    public Tag Tag { get; } = tag;

    /// <summary>The value representation: as written in explicit-VR data, from the dictionary otherwise.</summary>
    public Vr Vr { get; } = vr;

    /// <summary>Tag and VR, never the value, which may identify a person.</summary>
    public override string ToString() => $"{Tag} {Vr}";
}

/// <summary>An element whose value is held in memory, in little-endian byte order and padded to even length as it was read.</summary>
public sealed class ValueElement(Tag tag, Vr vr, ReadOnlyMemory<byte> bytes) : Element(tag, vr)
{
    /// <summary>The value field, little endian, padding included.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}

/// <summary>An element whose value stays in the source it was read from, because it is longer than <see cref="ReadOptions.InlineValueBytesMax"/>.</summary>
public sealed class RangeElement(Tag tag, Vr vr, SourceRange range) : Element(tag, vr)
{
    /// <summary>Where the value field lies in the source.</summary>
    public SourceRange Range { get; } = range;
}

/// <summary>Encapsulated pixel data (PS3.5 A.4): offset table item, fragment items and the sequence delimitation item, left in the source.</summary>
public sealed class FragmentsElement(Tag tag, Vr vr, SourceRange range, IReadOnlyList<SourceRange> items) : Element(tag, vr)
{
    /// <summary>All bytes behind the element's undefined length: from the first item's header to the end of the sequence delimitation item.</summary>
    public SourceRange Range { get; } = range;

    /// <summary>The value of each item without its header; the first is the basic offset table, possibly empty.</summary>
    public IReadOnlyList<SourceRange> Items { get; } = items;
}

/// <summary>A sequence of items (PS3.5 7.5), also where it was found inside UN with undefined length (PS3.5 6.2.2 note 4).</summary>
public sealed class SequenceElement(Tag tag, Vr vr, IReadOnlyList<DataSet> items, bool undefinedLength) : Element(tag, vr)
{
    /// <summary>A sequence of <paramref name="items"/> with defined lengths.</summary>
    public SequenceElement(Tag tag, params IReadOnlyList<DataSet> items) : this(tag, Vr.SQ, items, undefinedLength: false) { }

    /// <summary>The items in order; each knows by <see cref="DataSet.UndefinedLength"/> how its own length was written.</summary>
    public IReadOnlyList<DataSet> Items { get; } = items;

    /// <summary>True when the sequence's length was written as FFFFFFFFH and ended by a delimitation item.</summary>
    public bool UndefinedLength { get; } = undefinedLength;
}

/// <summary>
/// A range of bytes in the source file that is not copied into memory. <paramref name="SwapBytes"/> is 1, or the word
/// size (2, 4, 8) whose bytes must be reversed to give little endian, for values of an explicit big endian source.
/// </summary>
public readonly record struct SourceRange(long Offset, long Length, int SwapBytes = 1);
