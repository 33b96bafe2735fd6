using System.Net;

namespace DeidCluster.Dicom;

/// <summary>
/// A provider of QIDO-RS, WADO-RS and STOW-RS (PS3.18) over an <see cref="IDicomWebStore"/>, without a transport: a host turns its request into a
/// <see cref="DicomWebRequest"/>, asks <see cref="AnswerAsync"/>, and sends status, headers and body of what comes back. Safe for many requests at once.
/// </summary>
/// <remarks>
/// Given are: queries at every level, instances, metadata, frames as they are coded, bulk data with ranges; JSON only. Not given: rendered images, transcoding of
/// compressed pixels (406), and XML (406). A request that names no transfer syntax gets compressed instances as they are stored and others in
/// Explicit VR Little Endian.
/// </remarks>
public sealed class DicomWebProvider(IDicomWebStore store)
{
    private readonly SearchAnswers search = new(store);
    private readonly RetrieveAnswers retrieve = new(store);
    private readonly StoreAnswers stores = new(store);

    /// <summary>
    /// The answer to <paramref name="request"/>, for the host to write and dispose. A refusal is an answer too; thrown is only what is a fault of the store.
    /// </summary>
    public async Task<DicomWebResponse> AnswerAsync(DicomWebRequest request, CancellationToken ct)
    {
        try
        {
            DicomWebRoute route = DicomWebRoute.Parse(request.Path) ?? throw new DicomWebRefusal(DicomWebRefusal.NotFound, "There is no such resource.");
            return (request.Method, route.Target) switch
            {
                ("GET", DicomWebTarget.Search) => await search.FindAsync(route, request, ct).ConfigureAwait(false),
                ("GET", DicomWebTarget.Instances) => await retrieve.InstancesAsync(route, request, ct).ConfigureAwait(false),
                ("GET", DicomWebTarget.Metadata) => await search.MetadataAsync(route, request, ct).ConfigureAwait(false),
                ("GET", DicomWebTarget.Frames) => await retrieve.FramesAsync(route, request, ct).ConfigureAwait(false),
                ("GET", DicomWebTarget.BulkData) => await retrieve.BulkDataAsync(route, request, ct).ConfigureAwait(false),
                ("POST", DicomWebTarget.Search) when route is { Level: QueryLevel.Study, StudyInstanceUid: null } => await stores.StoreAsync(null, request, ct).ConfigureAwait(false),
                ("POST", DicomWebTarget.Instances) when route.SeriesInstanceUid is null => await stores.StoreAsync(route.StudyInstanceUid, request, ct).ConfigureAwait(false),
                _ => NotAllowed(route),
            };
        }
        catch (DicomWebRefusal refusal)
        {
            return DicomWebResponse.Refusal(refusal.Status, refusal.Message);
        }
    }

    private static DicomWebResponse NotAllowed(DicomWebRoute route)
    {
        bool isPostable = route is { Target: DicomWebTarget.Search, Level: QueryLevel.Study } or { Target: DicomWebTarget.Instances, SeriesInstanceUid: null };
        return new DicomWebResponse((int)HttpStatusCode.MethodNotAllowed) { Headers = [new("Allow", isPostable ? "GET, POST" : "GET")] };
    }
}
