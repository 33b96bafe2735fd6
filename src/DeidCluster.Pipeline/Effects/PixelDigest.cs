using System.Security.Cryptography;
using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>Tells whether two files show the same.</summary>
internal static class PixelDigest
{
    /// <summary>SHA-256 of Pixel Data (7FE0,0010) as it is encoded; null when the file has none.</summary>
    public static byte[]? Of(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        switch (file.DataSet.Find(Tags.PixelData))
        {
            case ValueElement value:
                return SHA256.HashData(value.Bytes.Span);
            case RangeElement { Range: SourceRange range }:
                return Digest(file.Source, range);
            case FragmentsElement { Range: SourceRange range }:
                return Digest(file.Source, range);
            default:
                return null;
        }
    }

    private static byte[] Digest(ByteSource source, SourceRange range)
    {
        using SegmentList segments = SegmentList.Of(source, range.Offset, range.Length);
        return segments.ComputeSha256();
    }
}
