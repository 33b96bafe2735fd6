using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>
/// A new file that is written from its begin to its end. Writes go to the system at once, on the caller's thread: they fill the page
/// cache, which takes less time than to change threads. Long files begin to move to the disk while they are still written.
/// </summary>
/// <remarks>
/// It has a name from the start. A file without one (O_TMPFILE) that is linked at the end would spare a name, but changes its link count after it was flushed: on a
/// file system without a journal a power cut would then leave a name whose file counts as deleted. A rename changes nothing in the file.
/// </remarks>
internal sealed class UnbufferedFile : Stream
{
    /// <summary>So much is written before the disk is told to begin with it. Bytes.</summary>
    private const int WriteBackBytes = 256 * 1024;

    private readonly SafeFileHandle handle;
    private long position;
    private long writtenBack;

    /// <summary>Creates the file, or empties it. Only we may write, and only we and our group may read.</summary>
    public UnbufferedFile(string path) => handle = NativeFile.Create(path);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => position;

    /// <inheritdoc/>
    public override long Position { get => position; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RandomAccess.Write(handle, buffer, position);
        Advance(buffer.Length);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Nothing is buffered.</summary>
    public override void Flush() { }

    /// <summary>Returns when what was written is on the disk (fsync).</summary>
    public void FlushToDisk() => RandomAccess.FlushToDisk(handle);

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
            handle.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Begins to move to the disk what was written.</summary>
    private void Advance(long count)
    {
        position += count;
        if (position - writtenBack >= WriteBackBytes)
        {
            NativeFile.BeginWriteBack(handle, writtenBack, position - writtenBack);
            writtenBack = position;
        }
    }
}
