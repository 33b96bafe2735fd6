using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The value field of an element wherever it lies, in memory or in its file, in little-endian order.</summary>
internal readonly struct BulkValue
{
    private readonly ByteSource source;
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly SourceRange? range;

    private BulkValue(ByteSource source, ReadOnlyMemory<byte> bytes, SourceRange? range)
    {
        this.source = source;
        this.bytes = bytes;
        this.range = range;
    }

    /// <summary>Bytes.</summary>
    public long Length => range?.Length ?? bytes.Length;

    /// <summary>The value of <paramref name="element"/> of <paramref name="file"/>; null for a sequence or no element.</summary>
    public static BulkValue? Of(Element? element, DicomFile file) => element switch
    {
        ValueElement value => new BulkValue(file.Source, value.Bytes, null),
        RangeElement value => new BulkValue(file.Source, default, value.Range),
        FragmentsElement fragments => new BulkValue(file.Source, default, fragments.Range),
        _ => null,
    };

    /// <summary>Fills <paramref name="target"/> from byte <paramref name="at"/> on, which is a multiple of the word size.</summary>
    public void Read(long at, Span<byte> target)
    {
        if (range is not { } place)
        {
            bytes.Span.Slice((int)at, target.Length).CopyTo(target);
            return;
        }

        if (source.Read(place.Offset + at, target) < target.Length)
        {
            throw new DicomFormatException("the file ends within a value", place.Offset + at);
        }

        for (int word = 0; place.SwapBytes > 1 && word < target.Length; word += place.SwapBytes)
        {
            target.Slice(word, place.SwapBytes).Reverse();
        }
    }
}
