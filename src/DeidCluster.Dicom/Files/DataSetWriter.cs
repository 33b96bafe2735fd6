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
/// Writes a data set in implicit or explicit little endian (PS3.5 A.1, A.2, A.4). Lengths of sequences and items are computed anew,
/// undefined ones stay undefined, values stay as they are: what was read from a well-formed file is written byte for byte.
/// </summary>
public static class DataSetWriter
{
    /// <summary>
    /// The encoded data set. Values that were left in the file come from <paramref name="source"/>, which must stay open until the segments were written.
    /// Big endian is not written; a deflated data set is deflated by <see cref="DicomFileWriter"/>.
    /// </summary>
    public static SegmentList Segments(DataSet dataSet, TransferSyntax transferSyntax, ByteSource? source = null, WriteOptions? options = null)
    {
        if (transferSyntax.IsBigEndian)
        {
            throw new ArgumentException("big endian is not written (retired, PS3.5 A.3)", nameof(transferSyntax));
        }

        Encoder encoder = new(source, options ?? WriteOptions.Default);
        encoder.Write(dataSet, transferSyntax.IsExplicitVr);
        return encoder.ToSegments();
    }

    /// <summary>The encoded data set in memory, e.g. for a DIMSE message.</summary>
    public static byte[] ToBytes(DataSet dataSet, TransferSyntax transferSyntax, ByteSource? source = null, WriteOptions? options = null) =>
        Segments(dataSet, transferSyntax, source, options).ToArray();

    /// <summary>Our bytes in one buffer, with the places where ranges of the source go between them; lengths are filled in when they are known.</summary>
    private sealed class Encoder(ByteSource? source, WriteOptions options)
    {
        private const uint UndefinedLength = 0xFFFFFFFF;
        private const int InitialBufferBytes = 16 * 1024;

        private static readonly Tag Item = new(0xFFFEE000);
        private static readonly Tag ItemDelimitation = new(0xFFFEE00D);
        private static readonly Tag SequenceDelimitation = new(0xFFFEE0DD);

        private readonly List<(int At, SourceRange Range)> ranges = [];
        private byte[] buffer = new byte[InitialBufferBytes];
        private int count;
        private long rangeBytes;

        private long Position => count + rangeBytes;

        public void Write(DataSet dataSet, bool isExplicitVr)
        {
            foreach (Element element in dataSet.Elements)
            {
                if (!options.DropGroupLengths || !element.Tag.IsGroupLength || element.Tag.Group == 0x0002)
                {
                    Write(element, isExplicitVr);
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

        private void Write(Element element, bool isExplicitVr)
        {
            switch (element)
            {
                case ValueElement value:
                    WriteHeader(value.Tag, value.Vr, value.Bytes.Length + (value.Bytes.Length & 1), isExplicitVr);
                    value.Bytes.Span.CopyTo(Space(value.Bytes.Length));
                    Pad(value.Vr, value.Bytes.Length);
                    break;
                case RangeElement value:
                    WriteHeader(value.Tag, value.Vr, value.Range.Length + (value.Range.Length & 1), isExplicitVr);
                    WriteRange(value.Range);
                    Pad(value.Vr, value.Range.Length);
                    break;
                case FragmentsElement fragments:
                    WriteHeader(fragments.Tag, fragments.Vr, UndefinedLength, isExplicitVr);
                    WriteRange(fragments.Range);
                    break;
                case SequenceElement sequence:
                    WriteSequence(sequence, isExplicitVr);
                    break;
                default:
                    throw new ArgumentException($"{element.Tag} is of no known kind", nameof(element));
            }
        }

        private void WriteSequence(SequenceElement sequence, bool isExplicitVr)
        {
            int lengthAt = WriteHeader(sequence.Tag, sequence.Vr, UndefinedLength, isExplicitVr);
            long start = Position;

            // Items of a sequence that is written as UN are implicit little endian whatever surrounds them (PS3.5 6.2.2 note 4).
            bool isExplicitInside = isExplicitVr && sequence.Vr != Vr.UN;
            foreach (DataSet item in sequence.Items)
            {
                WriteTag(Item);
                int itemLengthAt = WriteUInt32(UndefinedLength);
                long itemStart = Position;
                Write(item, isExplicitInside);
                if (item.UndefinedLength)
                {
                    WriteTag(ItemDelimitation);
                    WriteUInt32(0);
                }
                else
                {
                    SetLength(itemLengthAt, Position - itemStart, sequence.Tag);
                }
            }

            if (sequence.UndefinedLength)
            {
                WriteTag(SequenceDelimitation);
                WriteUInt32(0);
            }
            else
            {
                SetLength(lengthAt, Position - start, sequence.Tag);
            }
        }

        /// <summary>Writes tag, VR and length; the place of the length in the buffer.</summary>
        private int WriteHeader(Tag tag, Vr vr, long length, bool isExplicitVr)
        {
            WriteTag(tag);
            if (!isExplicitVr || tag.Group == Item.Group)
            {
                return WriteUInt32((uint)length);
            }

            // A value too long for the short form must be written as UN (PS3.5 6.2.2 note 7).
            vr = length > VrFacts.ShortLengthBytesMax && !vr.HasLongLength() ? Vr.UN : vr;
            Span<byte> letters = Space(2);
            letters[0] = (byte)((int)vr >> 8);
            letters[1] = (byte)vr;
            if (!vr.HasLongLength())
            {
                BinaryPrimitives.WriteUInt16LittleEndian(Space(2), (ushort)length);
                return count - 2;
            }

            Space(2).Clear();
            return WriteUInt32((uint)length);
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

        private void WriteTag(Tag tag)
        {
            Span<byte> bytes = Space(4);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, tag.Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], tag.ElementNumber);
        }

        private int WriteUInt32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Space(4), value);
            return count - 4;
        }

        private void SetLength(int at, long length, Tag tag)
        {
            if (length >= UndefinedLength)
            {
                throw new DicomFormatException("a sequence is too long for a defined length", Position, tag.ToString());
            }

            BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), (uint)length);
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
