using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace DeidCluster.Dicom;

/// <summary>
/// A user of a DICOMweb server (PS3.18): QIDO-RS, WADO-RS and STOW-RS. Nothing is held: instances stream in both directions. Safe for many
/// callers at once. It does not repeat requests; what fails is a <see cref="DicomNetworkException"/> (of it <see cref="DicomWebStatusException"/>
/// for a status that is no success), what cannot be read a <see cref="DicomFormatException"/>. No message names a resource.
/// </summary>
public sealed class DicomWebClient(DicomWebOptions options) : IDisposable
{
    /// <summary>Asks for instances as the server keeps them, without a change of transfer syntax.</summary>
    public const string AsStored = "*";

    /// <summary>The answer to one STOW-RS request. Bytes.</summary>
    private const int AccountBytesMax = 64 * 1024 * 1024;

    private const string BulkAccept = "multipart/related; type=\"application/octet-stream\", application/octet-stream;q=0.9, */*;q=0.1";

    /// <summary>Ranges are of one body.</summary>
    private const string RangeAccept = "application/octet-stream, */*;q=0.1";

    private readonly DicomWebExchange exchange = new(options);

    /// <summary>One page of matches (QIDO-RS), as the server sends them.</summary>
    public Task<DicomWebDataSets> FindAsync(DicomWebQuery query, CancellationToken ct) => DataSetsAsync("a query", query.PathAndQuery(), ct);

    /// <summary>
    /// Every match, page after page of <paramref name="pageMatchesMax"/>. A server that gives all at once whatever is asked is understood;
    /// one that gives the same page again is a <see cref="DicomNetworkException"/>.
    /// </summary>
    public async IAsyncEnumerable<DataSet> FindAllAsync(DicomWebQuery query, int pageMatchesMax, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? firstOfPage = null;
        for (int offset = query.Offset; ; offset += pageMatchesMax)
        {
            int matches = 0;
            await using DicomWebDataSets page = await FindAsync(query with { Offset = offset, Limit = pageMatchesMax }, ct).ConfigureAwait(false);
            await foreach (DataSet match in page.WithCancellation(ct).ConfigureAwait(false))
            {
                if (matches++ == 0)
                {
                    string first = $"{match.GetString(Tags.StudyInstanceUID)}/{match.GetString(Tags.SeriesInstanceUID)}/{match.GetString(Tags.SOPInstanceUID)}";
                    firstOfPage = first != firstOfPage ? first : throw exchange.Broken("gives the same page of matches again");
                }

                yield return match;
            }

            if (matches < pageMatchesMax ? !page.Warnings.HasFlag(DicomWebWarnings.MoreMatches) || matches == 0 : matches > pageMatchesMax)
            {
                yield break;
            }
        }
    }

    /// <summary>The data sets of all instances of <paramref name="resource"/>, long values as <see cref="BulkDataElement"/> (PS3.18 10.4.1.1.2).</summary>
    public Task<DicomWebDataSets> RetrieveMetadataAsync(DicomWebResource resource, CancellationToken ct) => DataSetsAsync("a request for metadata", resource.Path + "/metadata", ct);

    /// <summary>The instances of <paramref name="resource"/> as DICOM files (WADO-RS), in <paramref name="transferSyntaxUid"/> or <see cref="AsStored"/>.</summary>
    public Task<DicomWebParts> RetrieveAsync(DicomWebResource resource, CancellationToken ct, string transferSyntaxUid = AsStored) =>
        PartsAsync("a retrieval", exchange.Place(resource.Path), $"multipart/related; type=\"application/dicom\"; transfer-syntax={transferSyntaxUid}", null, ct);

    /// <summary>
    /// Frames of an instance by number, from 1, in <paramref name="accept"/>: null for what the server prefers; uncompressed frames are
    /// <c>multipart/related; type="application/octet-stream"</c>.
    /// </summary>
    public Task<DicomWebParts> RetrieveFramesAsync(DicomWebResource instance, IReadOnlyList<int> frames, CancellationToken ct, string? accept = null)
    {
        if (instance.SopInstanceUid is null || frames.Count == 0 || frames.Any(frame => frame < 1))
        {
            throw new ArgumentException("frames are asked for by numbers from 1, of one instance", nameof(frames));
        }

        string numbers = string.Join(',', frames.Select(frame => frame.ToString(CultureInfo.InvariantCulture)));
        return PartsAsync("a request for frames", exchange.Place($"{instance.Path}/frames/{numbers}"), accept ?? BulkAccept, null, ct);
    }

    /// <summary>
    /// Bulk data that metadata names by <paramref name="bulkDataUri"/> (<see cref="BulkDataElement"/>), absolute or relative; only from this server. With <paramref name="range"/>
    /// (first byte, last byte or null for the end) a server that offers ranges gives that much, and else all: see <see cref="DicomWebParts.RangeOffset"/>.
    /// </summary>
    public Task<DicomWebParts> RetrieveBulkDataAsync(string bulkDataUri, CancellationToken ct, (long First, long? Last)? range = null) =>
        PartsAsync("a request for bulk data", exchange.Resolve(bulkDataUri), range is null ? BulkAccept : RangeAccept, range is { } bytes ? new RangeHeaderValue(bytes.First, bytes.Last) : null, ct);

    /// <summary>
    /// Sends instances in one request (STOW-RS), into <paramref name="studyInstanceUid"/> when it is given: the server then refuses others.
    /// The outcome has a row for each. A server that refuses the whole request without saying anything about instances is an exception.
    /// </summary>
    public async Task<StoreOutcome> StoreAsync(IReadOnlyList<OutgoingInstance> instances, CancellationToken ct, string? studyInstanceUid = null)
    {
        if (instances.Count == 0)
        {
            return new StoreOutcome([], [], (int)HttpStatusCode.OK);
        }

        MultipartWriter writer = new(MediaType.Dicom, [.. instances.Select(instance => instance.File)]);
        string path = studyInstanceUid is null ? "/studies" : DicomWebResource.Study(studyInstanceUid).Path;
        using HttpResponseMessage answer = await exchange.SendAsync(HttpMethod.Post, exchange.Place(path), request =>
        {
            request.Content = exchange.Content(writer);
            Accept(request, $"{MediaType.DicomJson}, {MediaType.DicomXml};q=0.5");
        }, ct).ConfigureAwait(false);
        DataSet? account = await AccountAsync(answer, ct).ConfigureAwait(false);
        return answer.IsSuccessStatusCode || account is not null
            ? StoreAccount.Read(account, instances, (int)answer.StatusCode)
            : throw exchange.Refused("a store request", answer);
    }

    /// <inheritdoc/>
    public void Dispose() => exchange.Dispose();

    private async Task<DicomWebParts> PartsAsync(string operation, Uri target, string accept, RangeHeaderValue? range, CancellationToken ct)
    {
        HttpResponseMessage answer = await exchange.SendAsync(HttpMethod.Get, target, request =>
        {
            Accept(request, accept);
            request.Headers.Range = range;
        }, ct).ConfigureAwait(false);
        return await GuardedAsync(operation, answer, async () =>
            new DicomWebParts(answer, await exchange.BodyAsync(answer, ct).ConfigureAwait(false), options.Multipart)).ConfigureAwait(false);
    }

    private async Task<DicomWebDataSets> DataSetsAsync(string operation, string pathAndQuery, CancellationToken ct)
    {
        HttpResponseMessage answer = await exchange.SendAsync(HttpMethod.Get, exchange.Place(pathAndQuery), request =>
            Accept(request, $"{MediaType.DicomJson}, multipart/related; type=\"{MediaType.DicomXml}\"; q=0.5"), ct).ConfigureAwait(false);
        return await GuardedAsync(operation, answer, async () =>
            new DicomWebDataSets(answer, await exchange.BodyAsync(answer, ct).ConfigureAwait(false), options.Multipart)).ConfigureAwait(false);
    }

    /// <summary>What <paramref name="take"/> makes of a success; any other answer is an exception, and is disposed.</summary>
    private async Task<T> GuardedAsync<T>(string operation, HttpResponseMessage answer, Func<Task<T>> take)
    {
        try
        {
            return answer.IsSuccessStatusCode ? await take().ConfigureAwait(false) : throw exchange.Refused(operation, answer);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static void Accept(HttpRequestMessage request, string accept) => request.Headers.TryAddWithoutValidation("Accept", accept);

    /// <summary>The account of a STOW-RS answer, in JSON or XML by its first letter: servers forget the media type. Null when there is none.</summary>
    private async Task<DataSet?> AccountAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        await using Stream body = await exchange.BodyAsync(answer, ct).ConfigureAwait(false);
        ReadOnlyMemory<byte> bytes = await BoundedBody.ReadAsync(body, AccountBytesMax, ct).ConfigureAwait(false);
        try
        {
            return await WebDataSets.ReadOneAsync(bytes, ct).ConfigureAwait(false) is DataSet account && (answer.IsSuccessStatusCode || StoreAccount.Is(account)) ? account : null;
        }
        catch (DicomFormatException) when (!answer.IsSuccessStatusCode)
        {
            return null; // an error page
        }
    }
}
