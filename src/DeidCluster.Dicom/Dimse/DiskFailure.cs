namespace DeidCluster.Dicom;

/// <summary>What a failure of the disk means to the peer whose instance was to be stored (PS3.4 B.2.3).</summary>
internal static class DiskFailure
{
    /// <summary>True for what a disk, or our rights on it, can do to a file.</summary>
    public static bool Is(Exception fault) => fault is IOException or UnauthorizedAccessException;

    /// <summary>A700 when the disk, or our share of it, is full; else 0110.</summary>
    public static DimseStatus StatusOf(Exception fault) =>
        fault is IOException full && LinuxFiles.IsDiskFull(full) ? DimseStatus.OutOfResources : DimseStatus.ProcessingFailure;
}
