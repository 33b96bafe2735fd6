namespace DeidCluster.Dicom;

/// <summary>
/// The data sets of an answer as they come: matches of a query, or metadata. They are gone through once and not held. Disposing early closes the connection.
/// </summary>
public sealed class DicomWebDataSets : IAsyncEnumerable<DataSet>, IAsyncDisposable
{
    /// <summary>One data set in XML, which is held while it is read. Bytes.</summary>
    private const int XmlBytesMax = 64 * 1024 * 1024;

    private readonly HttpResponseMessage answer;
    private readonly Stream body;
    private readonly MultipartLimits limits;

    internal DicomWebDataSets(HttpResponseMessage answer, Stream body, MultipartLimits limits)
    {
        (this.answer, this.body, this.limits) = (answer, body, limits);
        Warnings = DicomWebWarning.Read(answer.Headers.Warning);
    }

    /// <summary>What the server remarks.</summary>
    public DicomWebWarnings Warnings { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerator<DataSet> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        MediaType? type = MediaType.Parse(answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null);
        if (answer.StatusCode == System.Net.HttpStatusCode.NoContent)
        {
            yield break;
        }

        if (type?.Name.StartsWith("multipart/", StringComparison.Ordinal) == true)
        {
            using MultipartReader reader = new(body, type.Parameter("boundary"), limits);
            while (await reader.NextAsync(cancellationToken).ConfigureAwait(false) is MultipartPart part)
            {
                yield return NativeXml.Read(await BoundedBody.ReadAsync(part.Body, XmlBytesMax, cancellationToken).ConfigureAwait(false));
            }

            yield break;
        }

        if (answer.Content.Headers.ContentLength == 0)
        {
            yield break;
        }

        await foreach (DataSet dataSet in DicomJson.ReadAsync(body, ct: cancellationToken).ConfigureAwait(false))
        {
            yield return dataSet;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await body.DisposeAsync().ConfigureAwait(false);
        answer.Dispose();
    }
}
