using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>
/// Encapsulated pixel data made of coded frames (PS3.5 A.4): each frame one fragment, a right Basic Offset Table, and where its 32 bits do not reach, an
/// empty one and an Extended Offset Table (7FE0,0001). Frames are kept in memory while they are few and then in a file without a name.
/// <code>
/// using EncapsulatedPixels pixels = new();
/// foreach (...) pixels.Add(codedFrame);
/// using ByteSource source = pixels.ReplaceIn(dataSet, file.Source);    // dataSet now holds them; its other ranges stay valid in the new source
/// using SegmentList bytes = DicomFileWriter.Segments(meta, dataSet, transferSyntax, source);
/// </code>
/// </summary>
public sealed class EncapsulatedPixels : IDisposable
{
    private const int ItemHeaderBytes = 8;

    private static readonly Tag Item = new(0xFFFEE000);
    private static readonly Tag SequenceDelimitation = new(0xFFFEE0DD);

    private readonly Spool spool = new();
    private readonly List<long> offsets = [];
    private readonly List<uint> lengths = [];

    /// <summary>The number of frames added.</summary>
    public int Count => offsets.Count;

    /// <summary>True to write an Extended Offset Table also where the Basic Offset Table reaches.</summary>
    public bool AlwaysExtended { get; init; }

    /// <summary>The coded bytes of all frames, padding included. Bytes.</summary>
    public long Length => spool.Length;

    /// <summary>Appends the codestream of the next frame; an odd length is padded with zero, as every decoder expects behind a codestream's end.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        offsets.Add(spool.Length);
        lengths.Add((uint)frame.Length);
        Span<byte> header = stackalloc byte[ItemHeaderBytes];
        spool.Write(Header(header, Item, (uint)(frame.Length + (frame.Length & 1))));
        spool.Write(frame);
        if ((frame.Length & 1) == 1)
        {
            spool.Write([(byte)0]);
        }
    }

    /// <summary>
    /// Puts the frames as Pixel Data into <paramref name="image"/>, with the tables that belong to them, and ends this object's life as a collector. Returns
    /// the source in which the ranges of <paramref name="image"/> now lie: <paramref name="source"/>, which stays the caller's, with the frames behind its end.
    /// </summary>
    public ByteSource ReplaceIn(DataSet image, ByteSource source)
    {
        Span<byte> header = stackalloc byte[ItemHeaderBytes];
        spool.Write(Header(header, SequenceDelimitation, 0));
        bool isExtended = AlwaysExtended || (offsets.Count > 0 && offsets[^1] > uint.MaxValue);
        byte[] table = new byte[ItemHeaderBytes + (isExtended ? 0 : offsets.Count * sizeof(uint))];
        Header(table, Item, (uint)(table.Length - ItemHeaderBytes));
        for (int i = 0; !isExtended && i < offsets.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(ItemHeaderBytes + (i * sizeof(uint))), (uint)offsets[i]);
        }

        JoinedSource joined = new();
        joined.Append(source, isOwned: false);
        long start = joined.Append(new MemorySource(table), isOwned: false);
        long frames = joined.Append(spool.ToSource(), isOwned: true);
        List<SourceRange> items = [new(start + ItemHeaderBytes, table.Length - ItemHeaderBytes)];
        for (int i = 0; i < offsets.Count; i++)
        {
            items.Add(new SourceRange(frames + offsets[i] + ItemHeaderBytes, lengths[i] + (lengths[i] & 1)));
        }

        image.Remove(Tags.ExtendedOffsetTable);
        image.Remove(Tags.ExtendedOffsetTableLengths);
        if (isExtended)
        {
            image.Set(new ValueElement(Tags.ExtendedOffsetTable, Vr.OV, Longs(offsets)));
            image.Set(new ValueElement(Tags.ExtendedOffsetTableLengths, Vr.OV, Longs([.. lengths.Select(length => (long)length)])));
        }

        image.Set(new FragmentsElement(Tags.PixelData, Vr.OB, new SourceRange(start, joined.Length - start), items));
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose() => spool.Dispose();

    private static byte[] Longs(List<long> values)
    {
        byte[] bytes = new byte[values.Count * sizeof(long)];
        for (int i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return bytes;
    }

    private static Span<byte> Header(Span<byte> bytes, Tag tag, uint length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], tag.ElementNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], length);
        return bytes[..ItemHeaderBytes];
    }
}
