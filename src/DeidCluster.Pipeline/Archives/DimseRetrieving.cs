using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// The retrievals of one study over DIMSE. With C-MOVE our listener takes the instances; with C-GET they come on the association that asks and are
/// answered once they are safe.
/// </summary>
internal sealed class DimseRetrieving(DimseArchiveSettings settings, AssociationOptions options, StagingInbox inbox, TimeProvider time) : IRetrieving
{
    private readonly AssociationPool pool = new(new PoolLimits { AssociationsPerPeerMax = 1 }, time);

    public async Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation)
    {
        await using PooledAssociation rented = await pool.RentAsync(options, cancellation);
        string sopClass = options.PresentationContexts[0].AbstractSyntax;
        DataSet identifier = Identifier(retrieval);
        RetrieveOutcome outcome = settings.Retrieve == RetrieveOperation.Get
            ? await rented.Association.GetAsync(sopClass, identifier, (request, stop) => inbox.TakeAsync(request, settings, retrieval.StudyUid, stop), progress: null, cancellation)
            : await rented.Association.MoveAsync(sopClass, identifier, settings.MoveDestinationAeTitle, progress: null, cancellation);
        SubOperations counts = outcome.SubOperations;
        return new RetrievalAnswer(counts.Completed, counts.Failed, counts.Warning, outcome.Status);
    }

    public ValueTask DisposeAsync() => pool.DisposeAsync();

    /// <summary>The identifier of a retrieval: the unique keys down to its level, and nothing else (PS3.4 C.4.2.1.4.1, C.4.3.1.3.1).</summary>
    private static DataSet Identifier(Retrieval retrieval)
    {
        DataSet identifier = new();
        identifier.SetString(Tags.QueryRetrieveLevel, retrieval.SeriesUid is null ? "STUDY" : retrieval.SopInstanceUids.Count == 0 ? "SERIES" : "IMAGE");
        identifier.SetString(Tags.StudyInstanceUID, retrieval.StudyUid);
        if (retrieval.SeriesUid is not null)
        {
            identifier.SetString(Tags.SeriesInstanceUID, retrieval.SeriesUid);
        }

        if (retrieval.SopInstanceUids.Count > 0)
        {
            identifier.SetString(Tags.SOPInstanceUID, [.. retrieval.SopInstanceUids]);
        }

        return identifier;
    }
}
