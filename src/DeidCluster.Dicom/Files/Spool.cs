using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>Collects bytes whose number is not known beforehand: in memory while they are few, then in a file without a name, which vanishes with the process.</summary>
internal sealed class Spool : Stream
{
    private const int MemoryBytesMax = 8 * 1024 * 1024;

    private readonly MemoryStream memory = new();
    private SafeFileHandle? file;
    private long length;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position { get => length; set => throw new NotSupportedException(); }

    /// <summary>What was written, as a source that now owns it.</summary>
    public ByteSource ToSource()
    {
        if (file is null)
        {
            return new MemorySource(memory.GetBuffer().AsMemory(0, (int)memory.Length));
        }

        FileSource source = new(file);
        file = null;
        return source;
    }

    /// <summary>Reads what was written, from <paramref name="offset"/>; the number of bytes read.</summary>
    public int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Clamp(length - offset, 0, destination.Length);
        if (file is null)
        {
            memory.GetBuffer().AsSpan((int)Math.Min(offset, length), count).CopyTo(destination);
            return count;
        }

        int total = 0;
        while (total < count && RandomAccess.Read(file, destination[total..count], offset + total) is int read and > 0)
        {
            total += read;
        }

        return total;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (file is null && length + bytes.Length > MemoryBytesMax)
        {
            file = OpenUnnamed();
            RandomAccess.Write(file, memory.GetBuffer().AsSpan(0, (int)memory.Length), 0);
            memory.SetLength(0);
            memory.Capacity = 0;
        }

        if (file is null)
        {
            memory.Write(bytes);
        }
        else
        {
            RandomAccess.Write(file, bytes, length);
        }

        length += bytes.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            memory.Dispose();
            file?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A temporary file whose name is gone at once: it may hold identifying data and must not outlive a crash.</summary>
    private static SafeFileHandle OpenUnnamed()
    {
        string path = Path.Combine(Path.GetTempPath(), $"deid-{Guid.NewGuid():N}.spool");
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        SafeFileHandle handle = OpenWith(path, options);
        File.Delete(path);
        return handle;
    }

    private static SafeFileHandle OpenWith(string path, FileStreamOptions options)
    {
        using FileStream created = new(path, options);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }
}
