using System.ComponentModel;
using System.Runtime.InteropServices;

namespace DeidCluster.Pipeline;

/// <summary>The files of a POSIX system. A name is durable only once its folder is flushed, which .NET cannot do: libc can.</summary>
public sealed class LinuxFiles : IFilePort
{
    private const int StreamBufferBytes = 128 * 1024;
    private const int OpenDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
    private const int OpenCloseOnExec = 0x80000; // O_CLOEXEC
    private const int DiskFull = 28; // ENOSPC
    private const int QuotaReached = 122; // EDQUOT

    /// <summary>True when <paramref name="error"/> says that the disk, or our share of it, is full.</summary>
    public static bool IsDiskFull(IOException error) => error.HResult is DiskFull or QuotaReached;

    /// <inheritdoc/>
    public void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(folder);
        if (!string.IsNullOrEmpty(parent))
        {
            MakeFolder(parent);
        }

        Directory.CreateDirectory(folder);
        if (!string.IsNullOrEmpty(parent))
        {
            SyncFolder(parent);
        }
    }

    /// <inheritdoc/>
    public Stream Create(string path)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = StreamBufferBytes,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        }

        return new FileStream(path, options);
    }

    /// <inheritdoc/>
    public void Sync(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void SyncFolder(string folder)
    {
        int descriptor = Check(Open(folder, OpenDirectory | OpenCloseOnExec));
        try
        {
            Check(FlushDescriptor(descriptor));
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static int Check(int result)
    {
        if (result >= 0)
        {
            return result;
        }

        int code = Marshal.GetLastPInvokeError();
        throw new IOException($"A folder could not be flushed: {new Win32Exception(code).Message}", code);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);
}
