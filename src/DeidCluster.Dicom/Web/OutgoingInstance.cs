namespace DeidCluster.Dicom;

/// <summary>An instance to send with STOW-RS: who it is, and its DICOM file as a part.</summary>
/// <param name="SopClassUid">Its SOP class.</param>
/// <param name="SopInstanceUid">Its UID, by which the server's answer names it.</param>
/// <param name="File">The file, as "application/dicom".</param>
public sealed record OutgoingInstance(string SopClassUid, string SopInstanceUid, OutgoingPart File)
{
    /// <summary>The instance in the file at <paramref name="path"/>, whose head is read now. Malformed input is a <see cref="DicomFormatException"/>.</summary>
    public static OutgoingInstance OfFile(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        return new OutgoingInstance(
            file.DataSet.GetString(Tags.SOPClassUID) ?? file.FileMeta.GetString(Tags.MediaStorageSOPClassUID) ?? "",
            file.DataSet.GetString(Tags.SOPInstanceUID) ?? file.FileMeta.GetString(Tags.MediaStorageSOPInstanceUID) ?? "",
            OutgoingPart.OfFile(path));
    }
}
