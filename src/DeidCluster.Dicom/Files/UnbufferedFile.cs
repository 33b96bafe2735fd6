using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>
/// A new file that is written from its begin to its end. Writes go to the system at once, on the caller's thread: they fill the page
/// cache, which takes less time than to change threads. Long files begin to move to the disk while they are still written.
/// </summary>
internal sealed class UnbufferedFile : Stream
{
    /// <summary>The most that the system copies in one call, so that cancellation is met in time. Bytes.</summary>
    private const long CopyBytesMax = 16L * 1024 * 1024;

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

    /// <summary>Writes <paramref name="pieces"/>, one behind the other, in one call.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        RandomAccess.Write(handle, pieces, position);
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            position += piece.Length;
        }
    }

    /// <summary>
    /// Lets the system copy a range of <paramref name="source"/> to the end of this file; how much it copied. Less than <paramref name="count"/> where
    /// it cannot (file systems that do not know how, an error): the caller goes on by reading and writing, and meets the error again.
    /// </summary>
    public long CopyFrom(FileSource source, long offset, long count, CancellationToken ct)
    {
        long done = 0;
        while (done < count && source.CopyTo(offset + done, handle, position, Math.Min(count - done, CopyBytesMax)) is long copied and > 0)
        {
            done += copied;
            position += copied;
            ct.ThrowIfCancellationRequested();
        }

        return done;
    }

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

    /// <summary>Begins to move to the disk what came piece by piece; what the system copies at once leaves no time that the disk could use.</summary>
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
