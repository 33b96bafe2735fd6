namespace DeidCluster.Dicom;

/// <summary>The body of one part, out of its reader's buffer.</summary>
internal sealed class MultipartBody(MultipartReader reader, int number) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> there = await reader.PeekAsync(number, cancellationToken).ConfigureAwait(false);
        int count = Math.Min(there.Length, buffer.Length);
        there.Span[..count].CopyTo(buffer.Span);
        reader.Take(count);
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Writes from the reader's buffer without another copy.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (await reader.PeekAsync(number, cancellationToken).ConfigureAwait(false) is { Length: > 0 } there)
        {
            await destination.WriteAsync(there, cancellationToken).ConfigureAwait(false);
            reader.Take(there.Length);
        }
    }

    /// <summary>Not supported: a part comes from the network.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a part is read asynchronously");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() { }
}
