using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>By what it was known which fragments belong to which frame (PS3.5 A.4).</summary>
public enum FrameIndexOrigin
{
    /// <summary>Native pixel data: frames have one length.</summary>
    Native,

    /// <summary>The Basic Offset Table, which was found to agree with the fragments.</summary>
    BasicOffsetTable,

    /// <summary>The Extended Offset Table (7FE0,0001), which was found to agree with the fragments.</summary>
    ExtendedOffsetTable,

    /// <summary>There is one frame: all fragments are its.</summary>
    SingleFrame,

    /// <summary>As many fragments as frames: no other division is possible.</summary>
    FragmentForEachFrame,

    /// <summary>The fragments that begin a codestream are as many as the frames.</summary>
    CodestreamMarkers,
}

/// <summary>
/// Which fragments of encapsulated pixel data belong to which frame. An offset table is a claim: it is used where the fragments bear it out, else
/// the division is found without it, and where that is not possible without doubt the data is refused. A frame is never cut at a guess.
/// </summary>
internal sealed class FragmentIndex
{
    private const int ItemHeaderBytes = 8;
    private const int MarkerBytes = 12;
    private const int TailBytes = 16;

    private static ReadOnlySpan<byte> Jp2Signature => [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' '];

    private readonly ByteSource source;
    private readonly IReadOnlyList<SourceRange> items;
    private readonly int[]? firsts; // the first fragment of each frame, from 1; null when each frame has one fragment
    private readonly long[]? lengths; // exact lengths of the Extended Offset Table

    private FragmentIndex(ByteSource source, IReadOnlyList<SourceRange> items, int frames, FrameIndexOrigin origin, int[]? firsts = null, long[]? lengths = null) =>
        (this.source, this.items, Frames, Origin, this.firsts, this.lengths) = (source, items, frames, origin, firsts, lengths);

    /// <summary>The number of frames.</summary>
    public int Frames { get; }

    /// <summary>By what the division is known.</summary>
    public FrameIndexOrigin Origin { get; }

    /// <summary>True when a table was present and disagreed with the fragments.</summary>
    public bool IsTableWrong { get; private init; }

    /// <summary>The ranges of <paramref name="frame"/>, in order.</summary>
    public IEnumerable<SourceRange> Fragments(int frame)
    {
        (int first, int end) = firsts is null ? (frame + 1, frame + 2) : (firsts[frame], frame + 1 < firsts.Length ? firsts[frame + 1] : items.Count);
        for (int i = first; i < end; i++)
        {
            yield return lengths is null ? items[i] : items[i] with { Length = lengths[frame] };
        }
    }

    /// <summary>The division of <paramref name="pixels"/> of <paramref name="image"/> into <paramref name="frames"/>.</summary>
    /// <exception cref="DicomFormatException">There is no division, or more than one is possible.</exception>
    public static FragmentIndex Of(DataSet image, FragmentsElement pixels, ByteSource source, int frames)
    {
        IReadOnlyList<SourceRange> items = pixels.Items;
        int fragments = items.Count - 1;
        if (fragments < 1 || frames > fragments)
        {
            throw Refused("there are fewer fragments than frames", pixels);
        }

        long[]? table = ReadTable(source, items[0], sizeof(uint), frames);
        if (frames == fragments)
        {
            return OneEach(image, pixels, source, frames, table);
        }

        bool hasTable = items[0].Length > 0;
        if (frames == 1)
        {
            return items[0].Length > sizeof(uint)
                ? throw Refused("the offset table names several frames, Number of Frames one", pixels)
                : new FragmentIndex(source, items, 1, FrameIndexOrigin.SingleFrame, [1]) { IsTableWrong = hasTable && table is not [0] };
        }

        if (table is not null && FirstsOf(table, items) is { } named && Array.TrueForAll(named, first => BeginsCodestream(source, items[first])))
        {
            return new FragmentIndex(source, items, frames, FrameIndexOrigin.BasicOffsetTable, named);
        }

        int[] shown = FirstsShown(source, items, afterEndOnly: false);
        shown = shown.Length > frames ? FirstsShown(source, items, afterEndOnly: true) : shown;
        return shown.Length == frames && shown[0] == 1
            ? new FragmentIndex(source, items, frames, FrameIndexOrigin.CodestreamMarkers, shown) { IsTableWrong = hasTable }
            : throw Refused(hasTable ? "the offset table is wrong, and the fragments do not show their frames" : "the fragments do not show to which frame they belong", pixels);
    }

    private static FragmentIndex OneEach(DataSet image, FragmentsElement pixels, ByteSource source, int frames, long[]? table)
    {
        IReadOnlyList<SourceRange> items = pixels.Items;
        if (ExtendedTable(image, Tags.ExtendedOffsetTable, source, frames) is { } offsets)
        {
            long[]? lengths = ExtendedTable(image, Tags.ExtendedOffsetTableLengths, source, frames);
            bool isRight = IsOneEach(offsets, items) && lengths is not null;
            for (int i = 0; isRight && i < frames; i++)
            {
                isRight = lengths![i] > items[i + 1].Length - 2 && lengths[i] <= items[i + 1].Length && lengths[i] >= 0;
            }

            return isRight
                ? new FragmentIndex(source, items, frames, FrameIndexOrigin.ExtendedOffsetTable, lengths: lengths)
                : new FragmentIndex(source, items, frames, FrameIndexOrigin.FragmentForEachFrame) { IsTableWrong = true };
        }

        bool isTableRight = table is not null && IsOneEach(table, items);
        return new FragmentIndex(source, items, frames, isTableRight ? FrameIndexOrigin.BasicOffsetTable : FrameIndexOrigin.FragmentForEachFrame)
        {
            IsTableWrong = !isTableRight && items[0].Length > 0,
        };
    }

    private static bool IsOneEach(long[] table, IReadOnlyList<SourceRange> items)
    {
        for (int i = 0; i < table.Length; i++)
        {
            if (table[i] != ItemOffset(items, i + 1))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The fragments at which the table's offsets point; null when one points elsewhere.</summary>
    private static int[]? FirstsOf(long[] table, IReadOnlyList<SourceRange> items)
    {
        int[] firsts = new int[table.Length];
        int item = 1;
        for (int frame = 0; frame < table.Length; frame++)
        {
            while (item < items.Count && ItemOffset(items, item) < table[frame])
            {
                item++;
            }

            if (item >= items.Count || ItemOffset(items, item) != table[frame] || (frame == 0 && item != 1) || (frame > 0 && firsts[frame - 1] == item))
            {
                return null;
            }

            firsts[frame] = item;
        }

        return firsts;
    }

    /// <summary>The fragments that begin with a codestream's first marker; with <paramref name="afterEndOnly"/>, only those behind a codestream's end.</summary>
    private static int[] FirstsShown(ByteSource source, IReadOnlyList<SourceRange> items, bool afterEndOnly)
    {
        List<int> firsts = [];
        for (int i = 1; i < items.Count; i++)
        {
            if (BeginsCodestream(source, items[i]) && (i == 1 || !afterEndOnly || EndsCodestream(source, items[i - 1])))
            {
                firsts.Add(i);
            }
        }

        return [.. firsts];
    }

    /// <summary>True for SOI (JPEG, JPEG-LS), SOC followed by SIZ (JPEG 2000), or the signature of a JP2 file, which some writers leave around it.</summary>
    private static bool BeginsCodestream(ByteSource source, SourceRange fragment)
    {
        Span<byte> head = stackalloc byte[MarkerBytes];
        head = head[..source.Read(fragment.Offset, head[..(int)Math.Min(fragment.Length, head.Length)])];
        return head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]) || head.StartsWith(Jp2Signature);
    }

    /// <summary>True when EOI or EOC (both FFD9) is the last of the fragment but for padding.</summary>
    private static bool EndsCodestream(ByteSource source, SourceRange fragment)
    {
        Span<byte> tail = stackalloc byte[TailBytes];
        int count = (int)Math.Min(fragment.Length, TailBytes);
        tail = tail[..source.Read(fragment.Offset + fragment.Length - count, tail[..count])];
        return tail.TrimEnd((byte)0).EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9]);
    }

    private static long ItemOffset(IReadOnlyList<SourceRange> items, int item) => items[item].Offset - items[1].Offset;

    private static long[]? ExtendedTable(DataSet image, Tag tag, ByteSource source, int frames) => image.Find(tag) switch
    {
        ValueElement { Bytes.Length: > 0 } value => ReadTable(new MemorySource(value.Bytes), new SourceRange(0, value.Bytes.Length), sizeof(ulong), frames) ?? [-1],
        RangeElement value => ReadTable(source, value.Range, sizeof(ulong), frames) ?? [-1],
        _ => null,
    };

    /// <summary>The entries of a table; null when it has not as many as there are frames, which are no more than fragments when it is used.</summary>
    private static long[]? ReadTable(ByteSource source, SourceRange range, int entryBytes, int frames)
    {
        if (range.Length != (long)frames * entryBytes)
        {
            return null;
        }

        byte[] bytes = new byte[range.Length];
        if (source.Read(range.Offset, bytes) < bytes.Length)
        {
            return null;
        }

        long[] entries = new long[frames];
        for (int i = 0; i < entries.Length; i++)
        {
            ReadOnlySpan<byte> entry = bytes.AsSpan(i * entryBytes);
            entries[i] = entryBytes == sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(entry) : BinaryPrimitives.ReadInt64LittleEndian(entry);
        }

        return entries;
    }

    private static DicomFormatException Refused(string problem, FragmentsElement pixels) => new(problem, pixels.Range.Offset - ItemHeaderBytes, pixels.Tag.ToString());
}
