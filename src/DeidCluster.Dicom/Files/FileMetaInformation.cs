namespace DeidCluster.Dicom;

/// <summary>File meta information (PS3.10 7.1) as this product writes it: nothing of the source's implementation or AE titles.</summary>
public static class FileMetaInformation
{
    /// <summary>Identifies this implementation in files and associations (PS3.10 7.1, PS3.7 D.3.3.2). Fixed for ever.</summary>
    public const string ImplementationClassUid = "2.25.317480139870211605338274310695214866937";

    /// <summary>Names this implementation (PS3.10 7.1, PS3.7 D.3.3.2).</summary>
    public const string ImplementationVersionName = "DEIDCLUSTER";

    private static readonly byte[] Version = [0x00, 0x01];

    /// <summary>The meta information of an instance; (0002,0000) is computed.</summary>
    public static DataSet Build(string sopClassUid, string sopInstanceUid, string transferSyntaxUid)
    {
        DataSet meta = new();
        meta.SetBytes(Tags.FileMetaInformationVersion, Vr.OB, Version);
        meta.SetString(Tags.MediaStorageSOPClassUID, sopClassUid);
        meta.SetString(Tags.MediaStorageSOPInstanceUID, sopInstanceUid);
        meta.SetString(Tags.TransferSyntaxUID, transferSyntaxUid);
        meta.SetString(Tags.ImplementationClassUID, ImplementationClassUid);
        meta.SetString(Tags.ImplementationVersionName, ImplementationVersionName);
        SetGroupLength(meta);
        return meta;
    }

    /// <summary>Sets (0002,0000) to the number of bytes behind it (PS3.10 7.1).</summary>
    internal static void SetGroupLength(DataSet meta)
    {
        meta.Remove(Tags.FileMetaInformationGroupLength);
        meta.SetUint(Tags.FileMetaInformationGroupLength, (uint)DataSetWriter.Segments(meta, TransferSyntax.ExplicitVrLittleEndian).Length);
    }
}
