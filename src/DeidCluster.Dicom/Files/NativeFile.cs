using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>The calls of libc on files that .NET does not offer.</summary>
internal static class NativeFile
{
    private const int OpenNewForWriting = 0x1 | 0x40 | 0x200; // O_WRONLY | O_CREAT | O_TRUNC
    private const int OpenCloseOnExec = 0x80000; // O_CLOEXEC
    private const int NotPermitted = 1; // EPERM
    private const int NotThere = 2; // ENOENT
    private const int NotAllowed = 13; // EACCES
    private const uint OwnerWritesGroupReads = 0x1A0; // 0640

    private static readonly int OpenDirectory = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x4000 : 0x10000; // O_RDONLY | O_DIRECTORY
    private const uint StartWriteBack = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>Flushes the names in <paramref name="folder"/> to the disk.</summary>
    public static void SyncFolder(string folder)
    {
        int descriptor = Open(folder, OpenDirectory | OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw Error("A folder could not be opened to be flushed");
        }

        try
        {
            if (FlushDescriptor(descriptor) < 0)
            {
                throw Error("A folder could not be flushed");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// A new file for writing, or one that exists emptied; only we may write it, and only we and our group may read it. One call of the system
    /// where .NET makes six: nobody else knows the names that we write to, so nothing is locked.
    /// </summary>
    public static SafeFileHandle Create(string path)
    {
        int descriptor = Open(path, OpenNewForWriting | OpenCloseOnExec, OwnerWritesGroupReads);
        return descriptor < 0 ? throw Error("A file could not be created") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives a file the name <paramref name="to"/>, in place of one that has it.</summary>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) < 0)
        {
            throw Error("A file could not be renamed");
        }
    }

    /// <summary>
    /// Asks the system to begin to write a range to the disk, without waiting: what is flushed later finds less to do. Only a hint: errors
    /// are found, and reported, by the flush.
    /// </summary>
    public static void BeginWriteBack(SafeFileHandle file, long offset, long count) => _ = SyncFileRange(file, offset, count, StartWriteBack);

    private static Exception Error(string what)
    {
        int code = Marshal.GetLastPInvokeError();
        return code switch
        {
            NotAllowed or NotPermitted => new UnauthorizedAccessException(what),
            NotThere => new DirectoryNotFoundException(what),
            _ => new IOException($"{what}: {new Win32Exception(code).Message}", code),
        };
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mode = 0);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static extern int RenameFile([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static extern int SyncFileRange(SafeFileHandle file, long offset, long count, uint flags);
}
