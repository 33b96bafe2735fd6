using System.Buffers;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>
/// Builds data sets from <see cref="DataSetTokens"/>. Recursion goes as deep as sequences nest and is limited by
/// <see cref="ReadOptions.SequenceDepthMax"/>. Values share a few arrays; lists get their final size at once.
/// </summary>
internal ref struct DataSetParser
{
    private const int FirstElements = 256;

    private readonly ByteWindow source;
    private readonly ReadOptions options;
    private readonly ValueArena arena = new();
    private DataSetTokens tokens;
    private Element[] pending = ArrayPool<Element>.Shared.Rent(FirstElements);
    private int pendingCount;
    private long inlineBytes;

    /// <summary>Reads between <paramref name="offset"/> and <paramref name="end"/>; only elements of <paramref name="onlyGroup"/> when it is a group.</summary>
    public DataSetParser(ByteWindow source, long offset, long end, DataSetEncoding encoding, ReadOptions options, int onlyGroup = DataSetTokens.AnyGroup)
    {
        (this.source, this.options) = (source, options);
        tokens = new DataSetTokens(source, offset, end, encoding, options, onlyGroup);
    }

    /// <summary>The offset of the next byte.</summary>
    public readonly long Position => tokens.Position;

    /// <summary>True when reading ended before the end, as <see cref="ReadOptions.StopAt"/> wants.</summary>
    public readonly bool HasStopped => tokens.HasStopped;

    /// <summary>A data set up to the end of the input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public DataSet ReadDataSet()
    {
        while (tokens.Read())
        {
            if (options.Only is null || options.Only.Contains(tokens.Tag))
            {
                Push(ReadElement());
            }
            else if (tokens.Kind != TokenKind.Element)
            {
                PassOver();
            }
        }

        return Pop(0, undefinedLength: false);
    }

    /// <summary>Reads the next element and adds it to <paramref name="dataSet"/>; false at the end.</summary>
    public bool ReadNext(DataSet dataSet)
    {
        if (!tokens.Read())
        {
            return false;
        }

        dataSet.Add(ReadElement());
        return true;
    }

    /// <summary>Returns the buffers.</summary>
    public void Dispose()
    {
        tokens.Dispose();
        ArrayPool<Element>.Shared.Return(pending, clearArray: true);
    }

    /// <summary>Reads what a sequence holds, so that a defect in it is found, and keeps nothing.</summary>
    private void PassOver()
    {
        for (int sequences = 1; sequences > 0;)
        {
            tokens.Read();
            sequences += tokens.Kind switch
            {
                TokenKind.SequenceStart or TokenKind.FragmentsStart => 1,
                TokenKind.SequenceEnd or TokenKind.FragmentsEnd => -1,
                _ => 0,
            };
        }
    }

    private Element ReadElement() => tokens.Kind switch
    {
        TokenKind.SequenceStart => ReadSequence(),
        TokenKind.FragmentsStart => ReadFragments(),
        _ => ReadValue(),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Element ReadValue()
    {
        long length = tokens.Length;
        if (length > options.InlineValueBytesMax)
        {
            return new RangeElement(tokens.Tag, tokens.Vr, new SourceRange(tokens.ValueOffset, length, tokens.SwapBytes));
        }

        inlineBytes += length;
        if (inlineBytes > options.InlineBytesMax)
        {
            throw tokens.Malformed($"values of more than {options.InlineBytesMax} bytes together", tokens.Offset, tokens.Tag);
        }

        int unitBytes = tokens.SwapBytes;
        if (unitBytes == 1 && source.Source.TrySlice(tokens.ValueOffset, (int)length, out ReadOnlyMemory<byte> slice))
        {
            return new ValueElement(tokens.Tag, tokens.Vr, slice);
        }

        Memory<byte> value = arena.Copy(tokens.GetValue());
        if (unitBytes > 1)
        {
            ByteOrder.Reverse(value.Span, unitBytes);
        }

        return new ValueElement(tokens.Tag, tokens.Vr, value);
    }

    private SequenceElement ReadSequence()
    {
        (Tag tag, Vr vr, bool undefinedLength) = (tokens.Tag, tokens.Vr, tokens.HasUndefinedLength);
        List<DataSet>? items = null;
        while (tokens.Read() && tokens.Kind == TokenKind.ItemStart)
        {
            bool isUndefinedItem = tokens.HasUndefinedLength;
            int first = pendingCount;
            while (tokens.Read() && tokens.Kind != TokenKind.ItemEnd)
            {
                Push(ReadElement());
            }

            (items ??= new List<DataSet>(1)).Add(Pop(first, isUndefinedItem));
        }

        return new SequenceElement(tag, vr, items ?? (IReadOnlyList<DataSet>)[], undefinedLength);
    }

    private FragmentsElement ReadFragments()
    {
        (Tag tag, Vr vr, long start) = (tokens.Tag, tokens.Vr, tokens.ValueOffset);
        List<SourceRange> items = [];
        while (tokens.Read() && tokens.Kind == TokenKind.Fragment)
        {
            items.Add(new SourceRange(tokens.ValueOffset, tokens.Length));
        }

        return new FragmentsElement(tag, vr, new SourceRange(start, tokens.Position - start), items);
    }

    private void Push(Element element)
    {
        if (pendingCount == pending.Length)
        {
            Element[] larger = ArrayPool<Element>.Shared.Rent(pending.Length * 2);
            pending.CopyTo(larger, 0);
            ArrayPool<Element>.Shared.Return(pending, clearArray: true);
            pending = larger;
        }

        pending[pendingCount++] = element;
    }

    /// <summary>The elements from <paramref name="first"/> on as a data set.</summary>
    private DataSet Pop(int first, bool undefinedLength)
    {
        DataSet dataSet = new(pending.AsSpan(first, pendingCount - first)) { UndefinedLength = undefinedLength };
        pendingCount = first;
        return dataSet;
    }
}
