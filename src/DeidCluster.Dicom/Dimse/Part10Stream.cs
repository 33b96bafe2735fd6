using System.Buffers;
using System.Security.Cryptography;

namespace DeidCluster.Dicom;

/// <summary>Writes on to a file, small pieces gathered and long ones as they come, and adds every byte to a digest.</summary>
internal sealed class Part10Stream(Stream file, IncrementalHash? digest) : Stream
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>A piece of this length is not copied into the buffer. Bytes.</summary>
    private const int DirectBytesMin = 64 * 1024;

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int filled;
    private long length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => length;

    public override long Position { get => length; set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        length += bytes.Length;
        if (bytes.Length >= DirectBytesMin)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await PassOnAsync(bytes, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (filled + bytes.Length > BufferBytes)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        bytes.CopyTo(buffer.AsMemory(filled));
        filled += bytes.Length;
    }

    public override Task WriteAsync(byte[] bytes, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(bytes.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await PassOnAsync(buffer.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
        filled = 0;
    }

    public override void Flush() => throw new NotSupportedException("Write asynchronously.");

    public override void Write(byte[] bytes, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override int Read(byte[] bytes, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
        }

        base.Dispose(disposing);
    }

    private ValueTask PassOnAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        if (bytes.IsEmpty)
        {
            return ValueTask.CompletedTask;
        }

        digest?.AppendData(bytes.Span);
        return file.WriteAsync(bytes, ct);
    }
}
