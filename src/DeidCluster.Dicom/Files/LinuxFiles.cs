namespace DeidCluster.Dicom;

/// <summary>The files of a Linux system. A name is durable only once its folder is flushed, which .NET cannot do: libc can.</summary>
public sealed class LinuxFiles : IFilePort
{
    private const int DiskFull = 28; // ENOSPC
    private const int QuotaReached = 122; // EDQUOT

    /// <summary>True when <paramref name="error"/> says that the disk, or our share of it, is full.</summary>
    public static bool IsDiskFull(IOException error) => error.HResult is DiskFull or QuotaReached;

    /// <inheritdoc/>
    public bool HasFolder(string folder) => Directory.Exists(folder);

    /// <inheritdoc/>
    public void MakeFolder(string folder) => Directory.CreateDirectory(folder);

    /// <inheritdoc/>
    public Stream Create(string path) => new UnbufferedFile(path);

    /// <inheritdoc/>
    public void Sync(Stream file) => ((UnbufferedFile)file).FlushToDisk();

    /// <inheritdoc/>
    public void Rename(string from, string to) => NativeFile.Rename(from, to);

    /// <inheritdoc/>
    public void SyncFolder(string folder) => NativeFile.SyncFolder(folder);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);
}
