using System.Buffers;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Compares the pixel data of a result with its source's, a buffer at a time.</summary>
internal static class PixelCheck
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>
    /// Why the pixel data of <paramref name="result"/> is not what <paramref name="source"/> asks for; null when it is. Where the
    /// project blanks boxes, only the length is compared.
    /// </summary>
    public static string? Compare(DicomFile source, DicomFile result, ProjectProfile profile)
    {
        BulkValue? before = BulkValue.Of(source.DataSet.Find(Tags.PixelData), source);
        BulkValue? after = BulkValue.Of(result.DataSet.Find(Tags.PixelData), result);
        if (before is not { } left || after is not { } right)
        {
            return before is null == after is null ? null : "pixel data is present on one side only";
        }

        // An odd length, which the standard forbids (PS3.5 7.1.1), is padded in the result.
        return right.Length != left.Length + (left.Length & 1) ? "pixel data has another length than the source's"
            : profile.PixelRules.Count > 0 || SameBytes(left, right) ? null
            : "pixel data differs from the source's";
    }

    private static bool SameBytes(BulkValue left, BulkValue right)
    {
        byte[] leftBuffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        byte[] rightBuffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; at < left.Length; at += BufferBytes)
            {
                int count = (int)Math.Min(BufferBytes, left.Length - at);
                left.Read(at, leftBuffer.AsSpan(0, count));
                right.Read(at, rightBuffer.AsSpan(0, count));
                if (!leftBuffer.AsSpan(0, count).SequenceEqual(rightBuffer.AsSpan(0, count)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(leftBuffer);
            ArrayPool<byte>.Shared.Return(rightBuffer);
        }
    }
}
