using System.Net;

namespace DeidCluster.Dicom;

/// <summary>
/// The parts of a WADO-RS answer as they come: instances, frames or bulk data. A part can be read until the next is asked for; they are
/// gone through once. Disposing early closes the connection.
/// </summary>
public sealed class DicomWebParts : IAsyncEnumerable<MultipartPart>, IAsyncDisposable
{
    private readonly HttpResponseMessage answer;
    private readonly Stream body;
    private readonly MultipartReader? reader;

    internal DicomWebParts(HttpResponseMessage answer, Stream body, MultipartLimits limits)
    {
        (this.answer, this.body) = (answer, body);
        ContentType = MediaType.Parse(answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null);
        reader = ContentType?.Name.StartsWith("multipart/", StringComparison.Ordinal) == true ? new MultipartReader(body, ContentType.Parameter("boundary"), limits) : null;
    }

    /// <summary>The media type of the whole answer; null when it names none.</summary>
    public MediaType? ContentType { get; }

    /// <summary>True for 206: the server gave a part of what was asked for, or the range.</summary>
    public bool IsPartial => answer.StatusCode == HttpStatusCode.PartialContent;

    /// <summary>For a range: where it begins in the whole; null when the server gave all.</summary>
    public long? RangeOffset => answer.Content.Headers.ContentRange?.From;

    /// <summary>For a range: the length of the whole, in bytes; null when the server does not say.</summary>
    public long? WholeLength => answer.Content.Headers.ContentRange?.Length;

    /// <inheritdoc/>
    public async IAsyncEnumerator<MultipartPart> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (reader is null)
        {
            Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
            foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in answer.Content.Headers.NonValidated)
            {
                headers[name] = values.ToString();
            }

            yield return new MultipartPart(1, headers, body);
            yield break;
        }

        while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is MultipartPart part)
        {
            yield return part;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        reader?.Dispose();
        await body.DisposeAsync().ConfigureAwait(false);
        answer.Dispose();
    }
}
