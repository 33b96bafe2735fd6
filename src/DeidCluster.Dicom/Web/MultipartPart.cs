using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>One part of a multipart message that is being read. Its body can be read once, until the next part is asked for.</summary>
public sealed class MultipartPart
{
    private readonly IReadOnlyDictionary<string, string> headers;

    internal MultipartPart(int number, IReadOnlyDictionary<string, string> headers, Stream body)
    {
        this.headers = headers;
        (Number, Body) = (number, body);
        ContentType = MediaType.Parse(Header("Content-Type"));
    }

    /// <summary>Its place in the message; the first is 1.</summary>
    public int Number { get; }

    /// <summary>Its media type; null when it names none.</summary>
    public MediaType? ContentType { get; }

    /// <summary>Where its body can be had alone (frames and bulk data); null when it does not say. It may name identifiers: not for logs.</summary>
    public string? ContentLocation => Header("Content-Location");

    /// <summary>What the peer says that the body's length is, in bytes; null when it does not say. The boundary decides, not this.</summary>
    public long? ContentLength => long.TryParse(Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;

    /// <summary>The body, read asynchronously and forwards only. A message that ends inside it is a <see cref="DicomFormatException"/>.</summary>
    public Stream Body { get; }

    /// <summary>The value of the header field <paramref name="name"/>, in any case; null when it is not there.</summary>
    public string? Header(string name) => headers.GetValueOrDefault(name);
}
