using System.Net;

namespace DeidCluster.Dicom;

/// <summary>
/// The multipart body of a request. While it is sent, the request may last as long as something goes out; then the wait for the answer begins.
/// </summary>
internal sealed class SentContent : HttpContent
{
    private readonly MultipartWriter writer;
    private readonly string server;
    private readonly DicomWebOptions options;
    private CancellationTokenSource? timeout;
    private Action? begun;

    public SentContent(MultipartWriter writer, string server, DicomWebOptions options)
    {
        (this.writer, this.server, this.options) = (writer, server, options);
        Headers.TryAddWithoutValidation("Content-Type", writer.ContentType);
    }

    /// <summary>What went wrong with reading what was to be sent; null when nothing did.</summary>
    public Exception? SourceFault { get; private set; }

    /// <summary>Sets the deadline of the whole request anew whenever it makes progress: a write alone cannot be cancelled.</summary>
    /// <param name="requestTimeout">The deadline.</param>
    /// <param name="begun">Told when the body begins to be sent.</param>
    public void Pace(CancellationTokenSource requestTimeout, Action begun) => (timeout, this.begun) = (requestTimeout, begun);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        begun?.Invoke();
        try
        {
            await writer.WriteToAsync(new PacedStream(stream, server, () => timeout?.CancelAfter(options.IdleTimeout)), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (DicomNetworkException or OperationCanceledException))
        {
            SourceFault = e;
            throw;
        }

        timeout?.CancelAfter(options.AnswerTimeout);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = writer.Length ?? 0;
        return writer.Length is not null;
    }

    /// <summary>Tells of each piece that goes out.</summary>
    private sealed class PacedStream(Stream inner, string server, Action progress) : Stream
    {
        /// <summary>A slow line must show progress within a write.</summary>
        private const int PieceBytesMax = 256 * 1024;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                for (; buffer.Length > PieceBytesMax; buffer = buffer[PieceBytesMax..])
                {
                    progress();
                    await inner.WriteAsync(buffer[..PieceBytesMax], cancellationToken).ConfigureAwait(false);
                }

                progress();
                await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
            {
                throw new DicomNetworkException(NetworkFault.Closed, $"{server} ended the connection while a body was sent", e);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a body is written asynchronously");
    }
}
