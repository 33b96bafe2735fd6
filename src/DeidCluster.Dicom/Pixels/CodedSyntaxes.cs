namespace DeidCluster.Dicom;

/// <summary>What the transfer syntaxes of coded pixels have in common (PS3.5 8.2, A.4).</summary>
public static class CodedSyntaxes
{
    /// <summary>True when decoding gives back what was encoded, whatever was chosen when encoding.</summary>
    public static bool IsLossless(TransferSyntax transferSyntax) => !transferSyntax.IsEncapsulated || transferSyntax.Uid
        is Uids.RleLossless
        or Uids.DeflatedImageFrameCompression
        or Uids.EncapsulatedUncompressedExplicitVrLittleEndian
        or Uids.JpegLosslessNonHierarchicalProcess14
        or Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1
        or Uids.JpegLsLosslessImageCompression
        or Uids.Jpeg2000ImageCompressionLosslessOnly
        or Uids.HighThroughputJpeg2000ImageCompressionLosslessOnly
        or Uids.HighThroughputJpeg2000WithRpclOptionsImageCompressionLosslessOnly
        or Uids.JpegXlLossless;

    /// <summary>True for MPEG-2, MPEG-4 and HEVC, whose frames depend on each other (PS3.5 8.2.5 to 8.2.9).</summary>
    public static bool IsVideo(TransferSyntax transferSyntax)
    {
        const string Video = "1.2.840.10008.1.2.4.10"; // .100 to .108
        return transferSyntax.Uid.Length == Video.Length + 1 && transferSyntax.Uid.StartsWith(Video, StringComparison.Ordinal);
    }
}
