namespace DeidCluster.Dicom;

/// <summary>A body that is written when its turn comes: a part of a multipart message, or a message of its own. It may be written again when a request is repeated.</summary>
public sealed class OutgoingPart
{
    private readonly Func<Stream, CancellationToken, Task> write;

    /// <param name="contentType">Its media type with parameters.</param>
    /// <param name="length">The exact number of bytes that <paramref name="write"/> writes; null when it is not known beforehand.</param>
    /// <param name="write">Writes the body.</param>
    public OutgoingPart(string contentType, long? length, Func<Stream, CancellationToken, Task> write)
    {
        this.write = write;
        (ContentType, Length) = (contentType, length);
    }

    /// <summary>The media type with parameters.</summary>
    public string ContentType { get; }

    /// <summary>The number of bytes of the body; null when it is not known beforehand.</summary>
    public long? Length { get; }

    /// <summary>Where the body can be had alone (frames and bulk data); null leaves the header out.</summary>
    public string? ContentLocation { get; init; }

    /// <summary>Bytes in memory.</summary>
    public static OutgoingPart Of(ReadOnlyMemory<byte> bytes, string contentType) =>
        new(contentType, bytes.Length, (destination, ct) => destination.WriteAsync(bytes, ct).AsTask());

    /// <summary>Segments, whose sources stay open until they were written.</summary>
    public static OutgoingPart Of(SegmentList segments, string contentType = MediaType.Dicom) => new(contentType, segments.Length, segments.WriteToAsync);

    /// <summary>The file at <paramref name="path"/>, opened while it is written. Its length is taken now and must not change.</summary>
    public static OutgoingPart OfFile(string path, string contentType = MediaType.Dicom) => new(contentType, new FileInfo(path).Length, async (destination, ct) =>
    {
        using FileSource file = new(path);
        using SegmentList all = SegmentList.Of(file, 0, file.Length);
        await all.WriteToAsync(destination, ct).ConfigureAwait(false);
    });

    /// <summary>Writes the body to <paramref name="destination"/>.</summary>
    public Task WriteToAsync(Stream destination, CancellationToken ct) => write(destination, ct);
}
