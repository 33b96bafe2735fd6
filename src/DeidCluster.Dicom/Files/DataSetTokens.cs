using System.Buffers;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>
/// Reads a data set forward, token by token, and allocates nothing for one (PS3.5 chapter 7, annex A). Values are passed over unless they
/// are asked for. Defects are a <see cref="DicomFormatException"/> with offset and tag path; the limits are those of <see cref="ReadOptions"/>.
/// <see cref="DataSetReader"/> builds its data sets from these tokens.
/// </summary>
public ref partial struct DataSetTokens
{
    private const uint UndefinedLength = 0xFFFFFFFF;
    private const int TagAndLengthBytes = 8;
    private const int LongHeaderBytes = 12;
    private const int FirstFrames = 16;

    private static readonly Tag Item = new(0xFFFEE000);
    private static readonly Tag ItemDelimitation = new(0xFFFEE00D);
    private static readonly Tag SequenceDelimitation = new(0xFFFEE0DD);

    private readonly ReadOptions options;
    private readonly ByteWindow? source;
    private readonly bool ownsSource;
    private readonly long rootEnd;
    private readonly ulong stopAt;
    private readonly int onlyGroup = AnyGroup;

    private ReadOnlySpan<byte> window;
    private long windowStart;
    private long next;
    private Frame current;
    private Frame[]? enclosing;
    private int enclosingCount;
    private int depth;
    private int count;

    /// <summary>The tokens of the data set in <paramref name="bytes"/>, which is not deflated (any more).</summary>
    public DataSetTokens(ReadOnlySpan<byte> bytes, TransferSyntax transferSyntax, ReadOptions? options = null)
    {
        this.options = options ?? ReadOptions.Default;
        window = bytes;
        rootEnd = bytes.Length;
        stopAt = StopValue(this.options);
        current = Frame.Root(bytes.Length, DataSetEncoding.Of(transferSyntax));
    }

    /// <summary>
    /// The tokens of the data set between <paramref name="offset"/> and <paramref name="end"/> of <paramref name="source"/>, which is not
    /// deflated (any more). Dispose returns the buffer through which it is read.
    /// </summary>
    public DataSetTokens(ByteSource source, long offset, long end, TransferSyntax transferSyntax, ReadOptions? options = null)
        : this(new ByteWindow(source), offset, end, DataSetEncoding.Of(transferSyntax), options ?? ReadOptions.Default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, end);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, source.Length);
        ownsSource = true;
    }

    /// <summary>The tokens between <paramref name="offset"/> and <paramref name="end"/> of a window that the caller keeps; of one group only where <paramref name="onlyGroup"/> names it.</summary>
    internal DataSetTokens(ByteWindow source, long offset, long end, DataSetEncoding encoding, ReadOptions options, int onlyGroup = AnyGroup)
    {
        this.options = options;
        this.source = source;
        this.onlyGroup = onlyGroup;
        stopAt = onlyGroup == AnyGroup ? StopValue(options) : ulong.MaxValue;
        next = windowStart = offset;
        rootEnd = end;
        current = Frame.Root(end, encoding);
    }

    /// <summary>Every group is read.</summary>
    internal const int AnyGroup = -1;

    /// <summary>What the last <see cref="Read"/> found.</summary>
    public TokenKind Kind { get; private set; }

    /// <summary>The element's tag; that of the sequence for an item's start and end, that of the pixel data for a fragment.</summary>
    public Tag Tag { get; private set; }

    /// <summary>The element's value representation: as written in explicit VR, from the standard's dictionary in implicit VR.</summary>
    public Vr Vr { get; private set; }

    /// <summary>Where the token's head begins. Bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the value, or what a sequence or item holds, begins. Bytes.</summary>
    public long ValueOffset { get; private set; }

    /// <summary>The length of the value, sequence or item; 0 where <see cref="HasUndefinedLength"/>. Bytes.</summary>
    public long Length { get; private set; }

    /// <summary>True for a sequence, item or pixel data whose length was written as FFFFFFFFH; true again at its end.</summary>
    public bool HasUndefinedLength { get; private set; }

    /// <summary>The words of the value whose bytes must be reversed to give little endian; 1 when none must.</summary>
    public readonly int SwapBytes => current.Encoding.IsBigEndian ? Vr.UnitBytes() : 1;

    /// <summary>The number of items around the token; 0 at the top level.</summary>
    public int Depth { get; private set; }

    /// <summary>Where the next token begins. Bytes.</summary>
    public readonly long Position => next;

    /// <summary>True when reading ended before the end, at the tag of <see cref="ReadOptions.StopAt"/> or a higher one.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>The zeros behind the last element, with which some writers fill a block; known at the end. Bytes.</summary>
    public long TrailingZeroBytes { get; private set; }

    /// <summary>Goes to the next token; false at the end of the data set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Read()
    {
        switch (current.Kind)
        {
            case FrameKind.Sequence:
                ReadInSequence();
                return true;
            case FrameKind.Fragments:
                ReadInFragments();
                return true;
            case FrameKind.Item when HasItemEnded():
                EndItem();
                return true;
            case FrameKind.Root when next >= current.End || HasStopped:
                Kind = TokenKind.None;
                return false;
            default:
                return ReadElement();
        }
    }

    /// <summary>Behind a sequence's start, passes over all that it holds: the next token is the one behind its end. A defined length is jumped over.</summary>
    public void SkipSequence()
    {
        if (Kind is not (TokenKind.SequenceStart or TokenKind.FragmentsStart))
        {
            throw new InvalidOperationException("only a sequence can be skipped, at its start");
        }

        if (!current.HasUndefinedLength)
        {
            next = current.End;
            Pop();
            return;
        }

        for (int depth = enclosingCount; enclosingCount >= depth;)
        {
            Read();
        }
    }

    /// <summary>The value of an element or fragment, in the order of the transfer syntax (<see cref="SwapBytes"/>); valid until the next call. It is read into memory as a whole.</summary>
    public ReadOnlySpan<byte> GetValue()
    {
        if (Kind is not (TokenKind.Element or TokenKind.Fragment) || Length > Array.MaxLength)
        {
            throw new InvalidOperationException("only an element or a fragment of moderate length has a value");
        }

        ReadOnlySpan<byte> value = Peek(ValueOffset, (int)Length, next);
        return value.Length >= Length ? value[..(int)Length] : throw Malformed("the source ends inside a value", Offset, Tag);
    }

    /// <summary>Returns the buffers.</summary>
    public void Dispose()
    {
        if (enclosing is not null)
        {
            ArrayPool<Frame>.Shared.Return(enclosing);
            enclosing = null;
        }

        if (ownsSource)
        {
            source!.Dispose();
        }
    }

    private static ulong StopValue(ReadOptions options) => options.StopAt?.Value ?? ulong.MaxValue;

    /// <summary>At least <paramref name="wanted"/> bytes from <paramref name="offset"/>; fewer only at <paramref name="end"/> or the source's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<byte> Peek(long offset, int wanted, long end)
    {
        long start = offset - windowStart;
        if (source is not null && (start < 0 || start + wanted > window.Length))
        {
            window = source.At(offset, wanted, rootEnd);
            (windowStart, start) = (offset, 0);
        }

        ReadOnlySpan<byte> bytes = window[(int)Math.Min(start, window.Length)..];
        return bytes.Length > end - offset ? bytes[..(int)(end - offset)] : bytes;
    }
}
