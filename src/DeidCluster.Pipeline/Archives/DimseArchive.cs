using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// An archive over DIMSE: C-FIND and C-MOVE of the Study Root model (PS3.4 C.6.2). One association for each call; how many may
/// run at a time is the archive's permit, not ours to count.
/// </summary>
public sealed class DimseArchive(ArchiveSettings settings, TimeProvider time) : IArchive
{
    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public async Task EchoAsync(CancellationToken cancellation)
    {
        await using ScuAssociation association = await ConnectAsync(ProposedContext.Verification, settings.QueryTimeout, cancellation);
        DimseStatus status = await association.EchoAsync(cancellation);
        await association.ReleaseAsync(cancellation);
        if (status.Class != DimseStatusClass.Success)
        {
            throw new DimseStatusException("C-ECHO", status);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ArchiveSeries>> LocateAsync(StudyRequest request, CancellationToken cancellation)
    {
        ProposedContext find = ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelFind);
        await using ScuAssociation association = await ConnectAsync(find, settings.QueryTimeout, cancellation);
        InventoryQuery query = new(Name, identifier => association.FindAsync(find.AbstractSyntax, identifier, cancellation));
        IReadOnlyList<ArchiveSeries> found = await query.RunAsync(request);
        await association.ReleaseAsync(cancellation);
        return found;
    }

    /// <inheritdoc/>
    public async Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation)
    {
        ProposedContext move = ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelMove);
        await using ScuAssociation association = await ConnectAsync(move, settings.RetrieveTimeout, cancellation);
        RetrieveOutcome outcome = await association.MoveAsync(
            move.AbstractSyntax, Identifier(retrieval), settings.MoveDestinationAeTitle, progress: null, cancellation);
        await association.ReleaseAsync(cancellation);
        SubOperations counts = outcome.SubOperations;
        return new RetrievalAnswer(counts.Completed, counts.Failed, counts.Warning, outcome.Status);
    }

    /// <summary>The identifier of a C-MOVE: the unique keys down to its level, and nothing else (PS3.4 C.4.2.1.4.1).</summary>
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

    private Task<ScuAssociation> ConnectAsync(ProposedContext context, TimeSpan responseTimeout, CancellationToken cancellation) =>
        ScuAssociation.ConnectAsync(new AssociationOptions
        {
            Host = settings.Host,
            Port = settings.Port,
            CallingAeTitle = settings.CallingAeTitle,
            CalledAeTitle = settings.AeTitle,
            PresentationContexts = [context],
            ConnectTimeout = settings.ConnectTimeout,
            NegotiationTimeout = settings.ConnectTimeout,
            ResponseTimeout = responseTimeout,
            Tls = settings.Tls,
            Clock = time,
        }, cancellation);
}
