namespace DeidCluster.Dicom;

/// <summary>A body on its way from a server: each read has a deadline, and a broken connection is a <see cref="DicomNetworkException"/>.</summary>
internal sealed class WatchedStream(Stream inner, string server, TimeSpan idleTimeout, TimeProvider clock) : Stream
{
    private readonly Deadline deadline = new(clock);

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
        CancellationToken ct = deadline.Start(idleTimeout, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (Explain(e, cancellationToken) is DicomNetworkException explained)
        {
            throw explained;
        }
        finally
        {
            deadline.Stop();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <summary>Not supported: bodies are read asynchronously.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a body is read asynchronously");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private DicomNetworkException? Explain(Exception e, CancellationToken caller) => e switch
    {
        OperationCanceledException when !caller.IsCancellationRequested => new(NetworkFault.Timeout, $"{server} was silent for {idleTimeout.TotalSeconds:0.#} s inside a body", e),
        HttpRequestException or IOException => new(NetworkFault.Closed, $"the connection to {server} ended inside a body", e),
        _ => null,
    };
}
