using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Judges whether text may be burned into an instance's pixels, where no rule of the project answers for it. In doubt it may: such an
/// instance is not passed on (PS3.15 E.1 leaves the pixels to the de-identifier).
/// </summary>
internal static class PixelGuard
{
    private static readonly HashSet<string> SuspectClasses =
    [
        Uids.SecondaryCaptureImageStorage, Uids.MultiFrameSingleBitSecondaryCaptureImageStorage,
        Uids.MultiFrameGrayscaleByteSecondaryCaptureImageStorage, Uids.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        Uids.MultiFrameTrueColorSecondaryCaptureImageStorage, Uids.UltrasoundImageStorage, Uids.UltrasoundMultiFrameImageStorage,
        Uids.VlEndoscopicImageStorage, Uids.VlMicroscopicImageStorage, Uids.VlPhotographicImageStorage,
    ];

    // Documents and video carry names as text or as pictures that nobody here looks into.
    private static readonly HashSet<string> DocumentClasses =
    [
        Uids.EncapsulatedPdfStorage, Uids.EncapsulatedCdaStorage, Uids.EncapsulatedStlStorage, Uids.EncapsulatedObjStorage,
        Uids.EncapsulatedMtlStorage, Uids.VideoEndoscopicImageStorage, Uids.VideoMicroscopicImageStorage, Uids.VideoPhotographicImageStorage,
    ];

    // An image that was made by a program or sent by its device directly (PS3.3 C.8.6.1.1.2) was not photographed from a screen.
    private static readonly string[] DirectConversions = ["DI", "SYN"];

    private static readonly string[] ScreenWords = ["SCREEN", "DOSE_INFO", "DOSE INFO", "REPORT", "PROTOCOL", "SUMMARY", "LABEL", "OVERVIEW"];

    /// <summary>True for encapsulated documents and video, which a project must ask for by SOP class.</summary>
    public static bool IsDocument(string sopClassUid) => DocumentClasses.Contains(sopClassUid);

    /// <summary>True for pixels encoded as a video stream (PS3.5 8.2.5 to 8.2.9), in which nobody here looks for text.</summary>
    public static bool IsVideo(TransferSyntax transferSyntax) =>
        transferSyntax.Name.Contains("MPEG", StringComparison.Ordinal) || transferSyntax.Name.Contains("HEVC", StringComparison.Ordinal);

    /// <summary>Why text may be burned in; null when nothing speaks for it.</summary>
    public static string? WhySuspect(DataSet header)
    {
        if (!PixelFrames.ArePresent(header))
        {
            return null;
        }

        string? burnedIn = header.GetString(Tags.BurnedInAnnotation);
        return burnedIn == "NO" ? null
            : burnedIn is not null ? "burned-in text is declared"
            : SuspectClasses.Contains(header.GetString(Tags.SOPClassUID) ?? "") ? "burned-in text is possible in its SOP class"
            : header.GetStrings(Tags.ImageType).Any(IsScreen) ? "burned-in text is possible in its image type"
            : header.GetString(Tags.ConversionType) is { } conversion && !DirectConversions.Contains(conversion) ? "burned-in text is possible in a converted image"
            : null;
    }

    private static bool IsScreen(string imageType) => ScreenWords.Any(word => imageType.Contains(word, StringComparison.OrdinalIgnoreCase));
}
