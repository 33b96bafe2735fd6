using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>One pass over a data set. Recursion goes as deep as sequences nest and is limited by <see cref="ReadOptions.SequenceDepthMax"/>.</summary>
internal sealed partial class DataSetParser(ByteSource source, long offset, long end, ReadOptions options)
{
    private const uint UndefinedLength = 0xFFFFFFFF;
    private const int TagAndLengthBytes = 8;

    private static readonly Tag Item = new(0xFFFEE000);
    private static readonly Tag ItemDelimitation = new(0xFFFEE00D);
    private static readonly Tag SequenceDelimitation = new(0xFFFEE0DD);

    private readonly ByteCursor cursor = new(source, offset, end);
    private readonly TagPath path = new();
    private int count;
    private long inlineBytes;

    /// <summary>The offset of the next byte.</summary>
    public long Position => cursor.Position;

    /// <summary>The next bytes, at most <paramref name="count"/>.</summary>
    public ReadOnlySpan<byte> Peek(int count) => cursor.Peek(count);

    /// <summary>A data set up to the end of the input.</summary>
    public DataSet ReadDataSet(DataSetEncoding encoding)
    {
        DataSet dataSet = new();
        while (cursor.Remaining > 0)
        {
            ReadElement(dataSet, encoding, cursor.End);
        }

        return dataSet;
    }

    /// <summary>Reads the next element, which must end at or before <paramref name="end"/>, and adds it to <paramref name="dataSet"/>.</summary>
    public void ReadElement(DataSet dataSet, DataSetEncoding encoding, long end)
    {
        Header header = ReadHeader(dataSet, encoding, end);
        if (header.Tag.Group == Item.Group && header.Tag.ElementNumber != 0xFFFC)
        {
            throw Malformed("an item or delimitation item stands outside of a sequence", header.Offset, header.Tag);
        }

        Count(header.Offset, header.Tag);
        dataSet.Add(header.Length == UndefinedLength
            ? ReadUndefinedLength(dataSet, header, encoding, end)
            : ReadDefinedLength(dataSet, header, encoding, end));
    }

    private Element ReadUndefinedLength(DataSet dataSet, Header header, DataSetEncoding encoding, long end)
    {
        switch (header.Vr)
        {
            case Vr.SQ:
                return ReadSequence(dataSet, header, encoding, end);
            case Vr.UN when encoding.IsExplicitVr:
                DataSetEncoding inside = EncodingInsideUnknown(encoding);
                // Explicit items are none that UN may have: written as what they are, they lose no VR.
                return ReadSequence(dataSet, header with { Vr = inside.IsExplicitVr ? Vr.SQ : Vr.UN }, inside, end);
            case Vr.OB or Vr.OW when !encoding.IsBigEndian: // no encapsulated syntax is big endian (PS3.5 A.4)
                return ReadFragments(header, encoding, end);
            case not (Vr.OB or Vr.OW) when !encoding.IsExplicitVr: // without letters the length says that it is a sequence, whatever the dictionary says
                return ReadSequence(dataSet, header with { Vr = Vr.SQ }, encoding, end);
            default:
                throw Malformed($"undefined length with VR {header.Vr}", header.Offset, header.Tag);
        }
    }

    private Element ReadDefinedLength(DataSet dataSet, Header header, DataSetEncoding encoding, long end)
    {
        if (header.Length > end - cursor.Position)
        {
            throw Malformed($"a value does not fit the {end - cursor.Position} bytes that are left", header.Offset, header.Tag);
        }

        long valueEnd = cursor.Position + header.Length;
        if (header.Vr == Vr.SQ)
        {
            return ReadSequence(dataSet, header, encoding, valueEnd);
        }

        if (header.Vr == Vr.UN && encoding.IsExplicitVr && IsUnknownSequence(header))
        {
            return ReadSequence(dataSet, header, DataSetEncoding.ImplicitLittleEndian, valueEnd);
        }

        int unitBytes = encoding.IsBigEndian ? header.Vr.UnitBytes() : 1;
        if (header.Length > options.InlineValueBytesMax)
        {
            RangeElement element = new(header.Tag, header.Vr, new SourceRange(cursor.Position, header.Length, unitBytes));
            cursor.Skip(header.Length);
            return element;
        }

        inlineBytes += header.Length;
        if (inlineBytes > options.InlineBytesMax)
        {
            throw Malformed($"values of more than {options.InlineBytesMax} bytes together", header.Offset, header.Tag);
        }

        ReadOnlyMemory<byte> value = cursor.Take((int)header.Length);
        if (value.Length < header.Length)
        {
            throw Malformed("the source ends inside a value", header.Offset, header.Tag);
        }

        return new ValueElement(header.Tag, header.Vr, unitBytes == 1 ? value : ByteOrder.Reversed(value.Span, unitBytes));
    }

    /// <summary>The items behind a sequence's header, up to its delimitation item when its length is undefined, else up to <paramref name="end"/>.</summary>
    private SequenceElement ReadSequence(DataSet enclosing, Header header, DataSetEncoding encoding, long end)
    {
        if (path.Depth >= options.SequenceDepthMax)
        {
            throw Malformed($"sequences nest deeper than {options.SequenceDepthMax} levels", header.Offset, header.Tag);
        }

        bool undefinedLength = header.Length == UndefinedLength;
        List<DataSet> items = [];
        while (undefinedLength || cursor.Position < end)
        {
            (Tag tag, uint length, long itemOffset) = ReadItemHeader(header.Tag, encoding, end);
            if (tag == SequenceDelimitation && undefinedLength)
            {
                RequireZero(length, itemOffset, header.Tag);
                break;
            }

            if (tag != Item)
            {
                throw Malformed("no item where the sequence must have one", itemOffset, header.Tag);
            }

            Count(itemOffset, header.Tag);
            path.Enter(header.Tag, items.Count);
            items.Add(ReadItem(enclosing, length, itemOffset, encoding, end));
            path.Leave();
        }

        return new SequenceElement(header.Tag, header.Vr, items, undefinedLength);
    }

    private DataSet ReadItem(DataSet enclosing, uint length, long itemOffset, DataSetEncoding encoding, long end)
    {
        bool undefinedLength = length == UndefinedLength;
        if (!undefinedLength && length > end - cursor.Position)
        {
            throw Malformed($"an item does not fit the {end - cursor.Position} bytes that are left", itemOffset, null);
        }

        DataSet item = new() { UndefinedLength = undefinedLength, Enclosing = enclosing };
        long itemEnd = undefinedLength ? end : cursor.Position + length;
        while (undefinedLength || cursor.Position < itemEnd)
        {
            if (undefinedLength && IsNext(ItemDelimitation, encoding))
            {
                (_, uint delimiterLength, long delimiterOffset) = ReadItemHeader(null, encoding, itemEnd);
                RequireZero(delimiterLength, delimiterOffset, null);
                break;
            }

            ReadElement(item, encoding, itemEnd);
        }

        return item;
    }

    /// <summary>Encapsulated pixel data (PS3.5 A.4): items of defined length up to the sequence delimitation item.</summary>
    private FragmentsElement ReadFragments(Header header, DataSetEncoding encoding, long end)
    {
        long start = cursor.Position;
        List<SourceRange> items = [];
        while (true)
        {
            (Tag tag, uint length, long itemOffset) = ReadItemHeader(header.Tag, encoding, end);
            if (tag == SequenceDelimitation)
            {
                RequireZero(length, itemOffset, header.Tag);
                return new FragmentsElement(header.Tag, header.Vr, new SourceRange(start, cursor.Position - start), items);
            }

            if (tag != Item)
            {
                throw Malformed("no item where encapsulated pixel data must have one", itemOffset, header.Tag);
            }

            if (length > end - cursor.Position)
            {
                throw Malformed($"a fragment does not fit the {end - cursor.Position} bytes that are left", itemOffset, header.Tag);
            }

            Count(itemOffset, header.Tag);
            items.Add(new SourceRange(cursor.Position, length));
            cursor.Skip(length);
        }
    }

    private (Tag Tag, uint Length, long Offset) ReadItemHeader(Tag? sequence, DataSetEncoding encoding, long end)
    {
        long itemOffset = cursor.Position;
        if (end - itemOffset < TagAndLengthBytes || cursor.Peek(TagAndLengthBytes) is not { Length: TagAndLengthBytes } bytes)
        {
            throw Malformed("the input ends inside a sequence", itemOffset, sequence);
        }

        Tag tag = ReadTag(bytes, encoding.IsBigEndian);
        uint length = ReadUInt32(bytes[4..], encoding.IsBigEndian);
        cursor.Skip(TagAndLengthBytes);
        return (tag, length, itemOffset);
    }

    private bool IsNext(Tag tag, DataSetEncoding encoding) =>
        cursor.Peek(TagAndLengthBytes) is { Length: TagAndLengthBytes } bytes && ReadTag(bytes, encoding.IsBigEndian) == tag;

    /// <summary>Counts an element, an item or a fragment: each costs memory, whatever its length.</summary>
    private void Count(long at, Tag tag)
    {
        if (++count > options.ElementsMax)
        {
            throw Malformed($"more than {options.ElementsMax} elements and items", at, tag);
        }
    }

    private void RequireZero(uint length, long at, Tag? tag)
    {
        if (length != 0)
        {
            throw Malformed("a delimitation item has a length", at, tag);
        }
    }

    /// <summary>No length that was read goes into the message: behind a defect it may be four letters of a value.</summary>
    private DicomFormatException Malformed(string problem, long at, Tag? tag) => new(problem, at, path.ToString(tag));

    private static Tag ReadTag(ReadOnlySpan<byte> bytes, bool isBigEndian) => new(ReadUInt16(bytes, isBigEndian), ReadUInt16(bytes[2..], isBigEndian));

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
