using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// Writes a multipart/related message (RFC 2387, PS3.18 8.6.1.2) part by part, holding none. Its length is known beforehand when every part's is.
/// </summary>
public sealed class MultipartWriter
{
    /// <summary>Of the boundary. Long enough that no body holds it by chance; short ones are not found by some peers (Orthanc 1.10).</summary>
    private const int BoundaryRandomBytes = 24;

    private readonly string boundary = "deid-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BoundaryRandomBytes));
    private readonly IReadOnlyList<OutgoingPart> parts;
    private readonly byte[] closing;

    /// <param name="rootType">The media type of the parts, without parameters, such as "application/dicom".</param>
    /// <param name="parts">What is written, in order; at least one (RFC 2046 5.1.1).</param>
    public MultipartWriter(string rootType, IReadOnlyList<OutgoingPart> parts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count);
        this.parts = parts;
        closing = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        ContentType = $"multipart/related; type=\"{rootType}\"; boundary={boundary}";
        Length = parts.All(part => part.Length is not null)
            ? parts.Sum(part => Head(part).Length + part.Length!.Value) - 2 + closing.Length // the first boundary has no line end before it
            : null;
    }

    /// <summary>The media type of the message, with its boundary.</summary>
    public string ContentType { get; }

    /// <summary>The exact number of bytes of the message; null when a part does not know its own.</summary>
    public long? Length { get; }

    /// <summary>Writes the message to <paramref name="destination"/>.</summary>
    public async Task WriteToAsync(Stream destination, CancellationToken ct)
    {
        bool isFirst = true;
        foreach (OutgoingPart part in parts)
        {
            byte[] head = Head(part);
            await destination.WriteAsync(isFirst ? head.AsMemory(2) : head, ct).ConfigureAwait(false);
            await part.WriteToAsync(destination, ct).ConfigureAwait(false);
            isFirst = false;
        }

        await destination.WriteAsync(closing, ct).ConfigureAwait(false);
    }

    /// <summary>The boundary's line, with the line end before it, and the part's header.</summary>
    private byte[] Head(OutgoingPart part)
    {
        StringBuilder head = new();
        head.Append("\r\n--").Append(boundary).Append("\r\nContent-Type: ").Append(part.ContentType);
        if (part.Length is long length)
        {
            head.Append("\r\nContent-Length: ").Append(length);
        }

        if (part.ContentLocation is string location)
        {
            head.Append("\r\nContent-Location: ").Append(location);
        }

        return Encoding.Latin1.GetBytes(head.Append("\r\n\r\n").ToString());
    }
}
