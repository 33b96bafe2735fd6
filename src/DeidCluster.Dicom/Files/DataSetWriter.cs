using System.Buffers;
using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>How a data set is written.</summary>
public sealed record WriteOptions
{
    /// <summary>Everything as it was read.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>True to leave out group lengths, retired by PS3.5 7.2 outside of groups 0000 and 0002: after a change they would be wrong.</summary>
    public bool DropGroupLengths { get; init; }
}

/// <summary>
/// Writes a data set in implicit or explicit VR, little or big endian (PS3.5 A.1 to A.4). Lengths of sequences and items are computed
/// anew, undefined ones stay undefined, values stay as they are: what was read from a well-formed file is written byte for byte.
/// </summary>
public static class DataSetWriter
{
    /// <summary>
    /// The encoded data set. Values that were left in the file come from <paramref name="source"/>, which must stay open until the segments were written.
    /// A deflated data set is deflated by <see cref="DicomFileWriter"/>.
    /// </summary>
    public static SegmentList Segments(DataSet dataSet, TransferSyntax transferSyntax, ByteSource? source = null, WriteOptions? options = null)
    {
        Encoder encoder = new(source, options ?? WriteOptions.Default);
        encoder.Write(dataSet, DataSetEncoding.Of(transferSyntax));
        return encoder.ToSegments();
    }

    /// <summary>The encoded data set in memory, e.g. for a DIMSE message.</summary>
    public static byte[] ToBytes(DataSet dataSet, TransferSyntax transferSyntax, ByteSource? source = null, WriteOptions? options = null) =>
        Segments(dataSet, transferSyntax, source, options).ToArray();

    /// <summary>Our bytes in one buffer, with the places where ranges of the source go between them; lengths are filled in when they are known.</summary>
    private sealed class Encoder(ByteSource? source, WriteOptions options)
    {
        private const uint UndefinedLength = 0xFFFFFFFF;
        private const int InitialBufferBytes = 1024;

        private static readonly Tag Item = new(0xFFFEE000);
        private static readonly Tag ItemDelimitation = new(0xFFFEE00D);
        private static readonly Tag SequenceDelimitation = new(0xFFFEE0DD);

        private readonly List<(int At, SourceRange Range)> ranges = [];
        private byte[] buffer = new byte[InitialBufferBytes];
        private int count;
        private long rangeBytes;

        private long Position => count + rangeBytes;

        public void Write(DataSet dataSet, DataSetEncoding encoding)
        {
            foreach (Element element in dataSet.Elements)
            {
                if (!options.DropGroupLengths || !element.Tag.IsGroupLength || element.Tag.Group == 0x0002)
                {
                    Write(element, encoding);
                }
            }
        }

        public SegmentList ToSegments()
        {
            SegmentList segments = new();
            int written = 0;
            foreach ((int at, SourceRange range) in ranges)
            {
                segments.Add(buffer.AsMemory(written, at - written));
                segments.Add(new Segment(source ?? throw new ArgumentNullException(nameof(source), "the data set has values that lie in its source"), range));
                written = at;
            }

            segments.Add(buffer.AsMemory(written, count - written));
            return segments;
        }

        private void Write(Element element, DataSetEncoding encoding)
        {
            switch (element)
            {
                case ValueElement value:
                    WriteValue(value, encoding);
                    break;
                case RangeElement value:
                    Vr written = WrittenVr(value.Vr, value.Range.Length, encoding);
                    WriteHeader(value.Tag, written, PaddedLength(value.Range.Length, value.Tag), encoding);
                    WriteRange(value.Range with { SwapBytes = encoding.IsBigEndian ? SwapToBigEndian(value, written) : value.Range.SwapBytes });
                    Pad(value.Vr, value.Range.Length);
                    break;
                case FragmentsElement fragments when !encoding.IsBigEndian: // no encapsulated syntax is big endian (PS3.5 A.4)
                    WriteHeader(fragments.Tag, fragments.Vr, UndefinedLength, encoding);
                    WriteRange(fragments.Range);
                    break;
                case SequenceElement sequence:
                    WriteSequence(sequence, encoding);
                    break;
                default:
                    throw new ArgumentException($"{element.Tag} cannot be written in this encoding", nameof(element));
            }
        }

        private void WriteValue(ValueElement value, DataSetEncoding encoding)
        {
            Vr written = WrittenVr(value.Vr, value.Bytes.Length, encoding);
            WriteHeader(value.Tag, written, PaddedLength(value.Bytes.Length, value.Tag), encoding);
            Span<byte> bytes = Space(value.Bytes.Length);
            value.Bytes.Span.CopyTo(bytes);
            if (encoding.IsBigEndian)
            {
                ByteOrder.Reverse(bytes, written.UnitBytes());
            }

            Pad(value.Vr, value.Bytes.Length);
        }

        private void WriteSequence(SequenceElement sequence, DataSetEncoding encoding)
        {
            int lengthAt = WriteHeader(sequence.Tag, sequence.Vr, UndefinedLength, encoding);
            long start = Position;

            // Items of a sequence that is written as UN are implicit little endian whatever surrounds them (PS3.5 6.2.2 note 4).
            DataSetEncoding inside = encoding.IsExplicitVr && sequence.Vr == Vr.UN ? DataSetEncoding.ImplicitLittleEndian : encoding;
            foreach (DataSet item in sequence.Items)
            {
                WriteTag(Item, inside.IsBigEndian);
                int itemLengthAt = WriteUInt32(UndefinedLength, inside.IsBigEndian);
                long itemStart = Position;
                Write(item, inside);
                if (item.UndefinedLength)
                {
                    WriteTag(ItemDelimitation, inside.IsBigEndian);
                    WriteUInt32(0, inside.IsBigEndian);
                }
                else
                {
                    SetLength(itemLengthAt, Position - itemStart, sequence.Tag, inside.IsBigEndian);
                }
            }

            if (sequence.UndefinedLength)
            {
                WriteTag(SequenceDelimitation, inside.IsBigEndian);
                WriteUInt32(0, inside.IsBigEndian);
            }
            else
            {
                SetLength(lengthAt, Position - start, sequence.Tag, encoding.IsBigEndian);
            }
        }

        /// <summary>A value too long for the short form must be written as UN (PS3.5 6.2.2 note 7), and so in little endian.</summary>
        private static Vr WrittenVr(Vr vr, long length, DataSetEncoding encoding) =>
            encoding.IsExplicitVr && length > VrFacts.ShortLengthBytesMax && !vr.HasLongLength() ? Vr.UN : vr;

        /// <summary>The words to reverse on the way from the source, whose own order shows in its range, to a big-endian result.</summary>
        private static int SwapToBigEndian(RangeElement value, Vr written)
        {
            int sourceUnit = value.Range.SwapBytes;
            int unit = written.UnitBytes();
            return sourceUnit == 1 ? unit
                : sourceUnit == unit ? 1
                : unit == 1 ? sourceUnit
                : throw new ArgumentException($"{value.Tag} has words of {sourceUnit} bytes in its source and of {unit} bytes by its VR", nameof(value));
        }

        /// <summary>Writes tag, VR and length; the place of the length in the buffer.</summary>
        private int WriteHeader(Tag tag, Vr vr, uint length, DataSetEncoding encoding)
        {
            WriteTag(tag, encoding.IsBigEndian);
            if (!encoding.IsExplicitVr || tag.Group == Item.Group)
            {
                return WriteUInt32(length, encoding.IsBigEndian);
            }

            Span<byte> letters = Space(2);
            letters[0] = (byte)((int)vr >> 8);
            letters[1] = (byte)vr;
            if (!vr.HasLongLength())
            {
                WriteUInt16((ushort)length, encoding.IsBigEndian);
                return count - 2;
            }

            Space(2).Clear();
            return WriteUInt32(length, encoding.IsBigEndian);
        }

        private uint PaddedLength(long length, Tag tag)
        {
            length += length & 1;
            return length < UndefinedLength ? (uint)length : throw new DicomFormatException("a value is too long for its length field", Position, tag.ToString());
        }

        private void WriteRange(SourceRange range)
        {
            ranges.Add((count, range));
            rangeBytes += range.Length;
        }

        private void Pad(Vr vr, long length)
        {
            if ((length & 1) == 1)
            {
                Space(1)[0] = vr.PaddingByte();
            }
        }

        private void WriteTag(Tag tag, bool isBigEndian)
        {
            WriteUInt16(tag.Group, isBigEndian);
            WriteUInt16(tag.ElementNumber, isBigEndian);
        }

        private void WriteUInt16(ushort value, bool isBigEndian) =>
            BinaryPrimitives.WriteUInt16LittleEndian(Space(2), isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

        private int WriteUInt32(uint value, bool isBigEndian)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Space(4), isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
            return count - 4;
        }

        private void SetLength(int at, long length, Tag tag, bool isBigEndian)
        {
            if (length >= UndefinedLength)
            {
                throw new DicomFormatException("a sequence is too long for a defined length", Position, tag.ToString());
            }

            BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), isBigEndian ? BinaryPrimitives.ReverseEndianness((uint)length) : (uint)length);
        }

        private Span<byte> Space(int bytes)
        {
            if (buffer.Length - count < bytes)
            {
                Array.Resize(ref buffer, Math.Max(buffer.Length * 2, count + bytes));
            }

            count += bytes;
            return buffer.AsSpan(count - bytes, bytes);
        }
    }
}
