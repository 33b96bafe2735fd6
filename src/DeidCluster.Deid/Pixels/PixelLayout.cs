using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Checks that Pixel Data holds the pixels that its header describes and nothing else: what lies behind the last pixel, or between
/// fragments, is seen by no viewer and cleaned by no rule.
/// </summary>
internal static class PixelLayout
{
    private const int BufferBytes = 64 * 1024;
    private const int OffsetBytes = sizeof(uint);

    /// <summary>What is wrong with the pixels of <paramref name="file"/>; null when nothing is.</summary>
    public static string? Problem(DicomFile file) => file.DataSet.Find(Tags.PixelData) switch
    {
        null => null,
        FragmentsElement fragments => !file.TransferSyntax.IsEncapsulated ? "its pixels are encapsulated, which its transfer syntax does not allow"
            : !HasOffsets(fragments, file) ? "the offset table of its fragments does not lead to them"
            : null,
        _ when file.TransferSyntax.IsEncapsulated => "its pixels are not encapsulated, as its transfer syntax wants them",
        { } native when BulkValue.Of(native, file) is { } value => ProblemOf(value, file.DataSet),
        _ => "its pixel data is a sequence",
    };

    private static string? ProblemOf(BulkValue value, DataSet header)
    {
        if (value.Length == 0)
        {
            return null;
        }

        // The byte that makes an odd length even says nothing.
        return LengthOf(header) is not { } length ? "its pixels have no geometry"
            : value.Length <= length + (length & 1) || IsZero(value, from: length) ? null
            : "something lies behind the last of its pixels";
    }

    /// <summary>The bytes that the pixels take (PS3.3 C.7.6.3, PS3.5 8.1.1); null when the header does not tell.</summary>
    private static long? LengthOf(DataSet header)
    {
        if (header.GetInt(Tags.Rows) is not > 0 || header.GetInt(Tags.Columns) is not > 0 || header.GetInt(Tags.BitsAllocated) is not > 0)
        {
            return null;
        }

        // Two pixels share their colours (PS3.3 C.7.6.3.1.2).
        bool isSubsampled = header.GetString(Tags.PhotometricInterpretation) is "YBR_FULL_422" or "YBR_PARTIAL_422";
        int samples = isSubsampled ? 2 : header.GetInt(Tags.SamplesPerPixel) ?? 1;
        Int128 bits = (Int128)header.GetInt(Tags.Rows)!.Value * header.GetInt(Tags.Columns)!.Value * header.GetInt(Tags.BitsAllocated)!.Value
            * samples * (header.GetInt(Tags.NumberOfFrames) ?? 1);
        return (long)Int128.Clamp((bits + 7) / 8, 0, long.MaxValue);
    }

    private static bool IsZero(BulkValue value, long from)
    {
        byte[] buffer = new byte[BufferBytes];

        // Big-endian words are read whole.
        for (long at = from / sizeof(ulong) * sizeof(ulong); at < value.Length; at += BufferBytes)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(BufferBytes, value.Length - at));
            value.Read(at, part);
            if (part[(int)Math.Clamp(from - at, 0, part.Length)..].ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when the Basic Offset Table is empty or has offsets of items that are there (PS3.5 A.4).</summary>
    private static bool HasOffsets(FragmentsElement fragments, DicomFile file)
    {
        if (fragments.Items.Count == 0)
        {
            return false;
        }

        SourceRange table = fragments.Items[0];
        if (table.Length % OffsetBytes != 0 || table.Length / OffsetBytes >= fragments.Items.Count)
        {
            return table.Length == 0;
        }

        HashSet<long> starts = [.. fragments.Items.Skip(1).Select(item => item.Offset)];
        long first = fragments.Items.Count > 1 ? fragments.Items[1].Offset : 0;
        byte[] offsets = new byte[table.Length];
        file.Source.Read(table.Offset, offsets);
        for (int at = 0; at < offsets.Length; at += OffsetBytes)
        {
            if (!starts.Contains(first + BinaryPrimitives.ReadUInt32LittleEndian(offsets.AsSpan(at))))
            {
                return false;
            }
        }

        return true;
    }
}
