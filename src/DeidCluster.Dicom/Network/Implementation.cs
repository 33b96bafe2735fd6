namespace DeidCluster.Dicom;

/// <summary>How this software names itself in associations and files (PS3.7 D.3.3.2).</summary>
internal static class Implementation
{
    /// <summary>The user information that both sides of an association send.</summary>
    public static UserInformation UserInformation(int pduBytesMax) =>
        new((uint)pduBytesMax, FileMetaInformation.ImplementationClassUid, FileMetaInformation.ImplementationVersionName);
}
