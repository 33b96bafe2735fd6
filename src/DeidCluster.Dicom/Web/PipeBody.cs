using System.IO.Pipelines;

namespace DeidCluster.Dicom;

/// <summary>
/// The body of an answer, written into a host's pipe. What comes out of files is read into the pipe's own memory, in pieces large enough that a socket is
/// handed much at a time.
/// </summary>
internal sealed class PipeBody(PipeWriter writer) : Stream
{
    private const int PieceBytes = 256 * 1024;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes <paramref name="length"/> bytes that <paramref name="read"/> gives from a position on.</summary>
    public async Task FillAsync(long length, Func<long, Memory<byte>, int> read, CancellationToken ct)
    {
        for (long position = 0; position < length;)
        {
            int piece = (int)Math.Min(PieceBytes, length - position);
            int count = read(position, writer.GetMemory(piece)[..piece]);
            if (count <= 0)
            {
                throw new EndOfStreamException("the source of a body became shorter");
            }

            writer.Advance(count);
            position += count;
            await FlushedAsync(ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            Memory<byte> space = writer.GetMemory();
            int count = Math.Min(space.Length, buffer.Length);
            buffer.Span[..count].CopyTo(space.Span);
            writer.Advance(count);
            buffer = buffer[count..];
        }

        await FlushedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => FlushedAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Not supported: a body is written asynchronously.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a body is written asynchronously");

    private async ValueTask FlushedAsync(CancellationToken ct)
    {
        FlushResult result = await writer.FlushAsync(ct).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new IOException("the reader of a body has gone");
        }
    }
}
