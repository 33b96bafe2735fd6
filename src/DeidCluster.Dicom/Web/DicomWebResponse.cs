using System.IO.Pipelines;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>What a DICOMweb provider answers; its body is written when the host asks for it, piece by piece.</summary>
public sealed class DicomWebResponse : IDisposable
{
    private readonly Func<Stream, CancellationToken, Task>? write;
    private IDisposable? owned;

    internal DicomWebResponse(int status, string? contentType = null, long? length = 0, Func<Stream, CancellationToken, Task>? write = null) =>
        (Status, ContentType, Length, this.write) = (status, contentType, length, write);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The media type of the body; null without one.</summary>
    public string? ContentType { get; }

    /// <summary>The exact length of the body, 0 without one; null when it is not known beforehand. Bytes.</summary>
    public long? Length { get; }

    /// <summary>Further header fields: name and value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Writes the body. A failure after the first byte can only be shown by breaking the connection: it is thrown.</summary>
    public Task WriteToAsync(Stream destination, CancellationToken ct) => write?.Invoke(destination, ct) ?? Task.CompletedTask;

    /// <summary>The same into a pipe, which spares copies: for a host that has one.</summary>
    public Task WriteToAsync(PipeWriter destination, CancellationToken ct) => WriteToAsync(new PipeBody(destination), ct);

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    /// <summary>Keeps <paramref name="source"/>, out of which the body is written, open until this is disposed.</summary>
    internal DicomWebResponse Owning(IDisposable source)
    {
        owned = source;
        return this;
    }

    /// <summary>A refusal with its reason, which names no identifier.</summary>
    internal static DicomWebResponse Refusal(int status, string reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(reason + "\n");
        return new DicomWebResponse(status, "text/plain; charset=utf-8", text.Length, (body, ct) => body.WriteAsync(text, ct).AsTask());
    }

    /// <summary>The message of <paramref name="writer"/>.</summary>
    internal static DicomWebResponse Of(MultipartWriter writer) => new(200, writer.ContentType, writer.Length, writer.WriteToAsync);

    /// <summary>One body of its own.</summary>
    internal static DicomWebResponse Of(OutgoingPart part) => new(200, part.ContentType, part.Length, part.WriteToAsync);
}
