using DeidCluster.Engine;

namespace DeidCluster.Store.Sqlite;

/// <summary>The store's place on disk: a local file that one process at a time has open, which a lock file beside it ensures.</summary>
internal static class StoreFile
{
    private static readonly string[] NetworkFormats = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph", "glusterfs", "lustre"];

    /// <summary>Makes the file where there is none, readable by its owner only since it identifies persons; the log beside it gets the same mode from SQLite.</summary>
    public static void Create(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using FileStream file = new(path, options);
    }

    /// <summary>Locks the store; the lock ends with the stream, or with the process however it dies.</summary>
    public static FileStream Lock(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        if (NetworkFormats.Contains(new DriveInfo(folder).DriveFormat, StringComparer.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException("The store lies on a network file system, whose locks SQLite cannot rely on; use a local disk.");
        }

        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException failure)
        {
            throw new StoreUnavailableException("The store is in use by another process, or its folder cannot be written.", failure);
        }
    }
}
