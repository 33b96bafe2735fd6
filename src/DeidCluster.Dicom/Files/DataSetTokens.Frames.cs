using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <content>Items, sequences and fragments: where they begin and end.</content>
public ref partial struct DataSetTokens
{
    private enum FrameKind : byte
    {
        Root,
        Item,
        Sequence,
        Fragments,
    }

    /// <summary>What surrounds the next token: the data set, an item, a sequence, or encapsulated pixel data.</summary>
    private struct Frame
    {
        public long End;
        public Tag Tag;
        public Vr Vr;
        public FrameKind Kind;
        public bool HasUndefinedLength;
        public DataSetEncoding Encoding;

        /// <summary>Of a sequence: the index of its last item.</summary>
        public int ItemIndex;

        /// <summary>Of a data set or an item: whether its own Pixel Representation says that pixels are signed; null without one.</summary>
        public bool? HasSignedPixels;

        public static Frame Root(long end, DataSetEncoding encoding) => new() { Kind = FrameKind.Root, End = end, Encoding = encoding };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadInSequence()
    {
        if (!current.HasUndefinedLength && next >= current.End)
        {
            EndSequence(TokenKind.SequenceEnd, next);
            return;
        }

        (Tag tag, uint length, long offset) = ReadItemHeader(current.Tag);
        if (tag == SequenceDelimitation && current.HasUndefinedLength)
        {
            RequireZero(length, offset, current.Tag);
            EndSequence(TokenKind.SequenceEnd, offset);
            return;
        }

        if (tag != Item)
        {
            throw Malformed("no item where the sequence must have one", offset, current.Tag);
        }

        Count(offset, current.Tag);
        current.ItemIndex++;
        bool isUndefined = length == UndefinedLength;
        long bounds = current.End;
        Frame item = new()
        {
            Kind = FrameKind.Item,
            Tag = current.Tag,
            Vr = current.Vr,
            HasUndefinedLength = isUndefined,
            End = isUndefined ? bounds : next + length,
            Encoding = current.Encoding,
        };
        Push(item);
        if (!isUndefined && length > bounds - next)
        {
            throw Malformed($"an item does not fit the {bounds - next} bytes that are left", offset, null);
        }

        Set(TokenKind.ItemStart, item.Tag, item.Vr, offset, next, isUndefined ? 0 : length, isUndefined);
    }

    /// <summary>Encapsulated pixel data (PS3.5 A.4): items of defined length up to the sequence delimitation item.</summary>
    private void ReadInFragments()
    {
        (Tag tag, uint length, long offset) = ReadItemHeader(current.Tag);
        if (tag == SequenceDelimitation)
        {
            RequireZero(length, offset, current.Tag);
            EndSequence(TokenKind.FragmentsEnd, offset);
            return;
        }

        if (tag != Item)
        {
            throw Malformed("no item where encapsulated pixel data must have one", offset, current.Tag);
        }

        if (length > current.End - next)
        {
            throw Malformed($"a fragment does not fit the {current.End - next} bytes that are left", offset, current.Tag);
        }

        Count(offset, current.Tag);
        Set(TokenKind.Fragment, current.Tag, current.Vr, offset, next, length, false);
        next += length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool HasItemEnded() => current.HasUndefinedLength
        ? Peek(next, TagAndLengthBytes, rootEnd) is { Length: >= TagAndLengthBytes } bytes && ReadTag(bytes, current.Encoding.IsBigEndian) == ItemDelimitation
        : next >= current.End;

    private void EndItem()
    {
        long offset = next;
        if (current.HasUndefinedLength)
        {
            (_, uint length, _) = ReadItemHeader(null);
            RequireZero(length, offset, null);
        }

        (Tag tag, Vr vr, bool isUndefined) = (current.Tag, current.Vr, current.HasUndefinedLength);
        Pop();
        Set(TokenKind.ItemEnd, tag, vr, offset, next, 0, isUndefined);
    }

    private void EndSequence(TokenKind kind, long offset)
    {
        (Tag tag, Vr vr, bool isUndefined) = (current.Tag, current.Vr, current.HasUndefinedLength);
        Pop();
        Set(kind, tag, vr, offset, next, 0, isUndefined);
    }

    private void BeginSequence(Tag tag, Vr vr, long offset, uint length, DataSetEncoding inside)
    {
        if (depth >= options.SequenceDepthMax)
        {
            throw Malformed($"sequences nest deeper than {options.SequenceDepthMax} levels", offset, tag);
        }

        bool isUndefined = length == UndefinedLength;
        Begin(TokenKind.SequenceStart, FrameKind.Sequence, tag, vr, offset, isUndefined ? 0 : length, isUndefined, inside);
    }

    private void Begin(TokenKind kind, FrameKind frame, Tag tag, Vr vr, long offset, long length, bool isUndefined, DataSetEncoding inside)
    {
        Set(kind, tag, vr, offset, next, length, isUndefined);
        Push(new Frame
        {
            Kind = frame,
            Tag = tag,
            Vr = vr,
            HasUndefinedLength = isUndefined,
            End = isUndefined ? current.End : next + length,
            Encoding = inside,
            ItemIndex = -1,
        });
    }

    private void Set(TokenKind kind, Tag tag, Vr vr, long offset, long valueOffset, long length, bool isUndefined)
    {
        Kind = kind;
        Tag = tag;
        Vr = vr;
        Offset = offset;
        ValueOffset = valueOffset;
        Length = length;
        HasUndefinedLength = isUndefined;
        Depth = kind == TokenKind.ItemStart ? depth - 1 : depth;
    }

    private void Push(Frame frame)
    {
        enclosing ??= ArrayPool<Frame>.Shared.Rent(FirstFrames);
        if (enclosingCount == enclosing.Length)
        {
            Frame[] larger = ArrayPool<Frame>.Shared.Rent(enclosing.Length * 2);
            enclosing.CopyTo(larger, 0);
            ArrayPool<Frame>.Shared.Return(enclosing);
            enclosing = larger;
        }

        enclosing[enclosingCount++] = current;
        current = frame;
        depth += frame.Kind == FrameKind.Item ? 1 : 0;
    }

    private void Pop()
    {
        depth -= current.Kind == FrameKind.Item ? 1 : 0;
        current = enclosing![--enclosingCount];
    }

    private (Tag Tag, uint Length, long Offset) ReadItemHeader(Tag? sequence)
    {
        long offset = next;
        ReadOnlySpan<byte> bytes = Peek(offset, TagAndLengthBytes, current.End);
        if (bytes.Length < TagAndLengthBytes)
        {
            throw Malformed("the input ends inside a sequence", offset, sequence);
        }

        next += TagAndLengthBytes;
        return (ReadTag(bytes, current.Encoding.IsBigEndian), ReadUInt32(bytes[4..], current.Encoding.IsBigEndian), offset);
    }

    private readonly void RequireZero(uint length, long offset, Tag? tag)
    {
        if (length != 0)
        {
            throw Malformed("a delimitation item has a length", offset, tag);
        }
    }

    /// <summary>Counts an element, an item or a fragment: each costs memory, whatever its length.</summary>
    private void Count(long offset, Tag tag)
    {
        if (++count > options.ElementsMax)
        {
            throw Malformed($"more than {options.ElementsMax} elements and items", offset, tag);
        }
    }

    /// <summary>No length that was read goes into the message: behind a defect it may be four letters of a value.</summary>
    internal readonly DicomFormatException Malformed(string problem, long offset, Tag? tag)
    {
        TagPath path = new();
        for (int i = 0; i < enclosingCount; i++)
        {
            bool isInItem = i + 1 < enclosingCount ? enclosing![i + 1].Kind == FrameKind.Item : current.Kind == FrameKind.Item;
            if (isInItem)
            {
                path.Enter(enclosing![i].Tag, enclosing[i].ItemIndex);
            }
        }

        return new DicomFormatException(problem, offset, path.ToString(tag));
    }

    private static Tag ReadTag(ReadOnlySpan<byte> bytes, bool isBigEndian) => new(isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : uint.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(bytes), 16));

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
