using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>The retrievals of one study with WADO-RS: instances as the archive keeps them, each safe in staging before the next is read.</summary>
internal sealed class DicomWebRetrieving(string archive, DicomWebClient client, StagingInbox inbox) : IRetrieving
{
    public async Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation)
    {
        int completed = 0;
        int failed = 0;
        DimseStatus status = DimseStatus.Success;
        foreach (DicomWebResource resource in Resources(retrieval))
        {
            await using DicomWebParts parts = await client.RetrieveAsync(resource, cancellation);
            await foreach (MultipartPart part in parts.WithCancellation(cancellation))
            {
                DimseStatus stored = await inbox.TakeAsync(part.Body, archive, retrieval.StudyUid, cancellation);
                bool isSafe = stored == DimseStatus.Success;
                completed += isSafe ? 1 : 0;
                failed += isSafe ? 0 : 1;
                status = isSafe ? status : stored;
            }
        }

        return new RetrievalAnswer(completed, failed, Warning: 0, status);
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IEnumerable<DicomWebResource> Resources(Retrieval retrieval) =>
        retrieval.SeriesUid is null ? [DicomWebResource.Study(retrieval.StudyUid)]
        : retrieval.SopInstanceUids.Count == 0 ? [DicomWebResource.Series(retrieval.StudyUid, retrieval.SeriesUid)]
        : retrieval.SopInstanceUids.Select(instance => DicomWebResource.Instance(retrieval.StudyUid, retrieval.SeriesUid, instance));
}
