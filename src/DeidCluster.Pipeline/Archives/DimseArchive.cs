using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// An archive over DIMSE: C-FIND, and C-MOVE or C-GET, of the Study Root model (PS3.4 C.6.2). One association at a time for each call; how many may
/// run at a time is the archive's permit, not ours to count.
/// </summary>
public sealed class DimseArchive(DimseArchiveSettings settings, StagingInbox inbox, TimeProvider time) : IArchive
{
    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public async Task EchoAsync(CancellationToken cancellation)
    {
        await using ScuAssociation association = await ConnectAsync(ProposedContext.Verification, cancellation);
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
        await using ScuAssociation association = await ConnectAsync(find, cancellation);
        InventoryQuery query = new(Name, identifier => association.FindAsync(find.AbstractSyntax, identifier, cancellation));
        IReadOnlyList<ArchiveSeries> found = await query.RunAsync(request);
        await association.ReleaseAsync(cancellation);
        return found;
    }

    /// <inheritdoc/>
    public IRetrieving BeginRetrieving(IReadOnlyCollection<string> sopClassUids)
    {
        IReadOnlyList<ProposedContext> contexts = settings.Retrieve == RetrieveOperation.Get
            ? GetContexts.For(Uids.StudyRootQueryRetrieveInformationModelGet, sopClassUids)
            : [ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelMove)];
        return new DimseRetrieving(settings, Options(settings.RetrieveTimeout, contexts), inbox, time);
    }

    private Task<ScuAssociation> ConnectAsync(ProposedContext context, CancellationToken cancellation) =>
        ScuAssociation.ConnectAsync(Options(settings.QueryTimeout, [context]), cancellation);

    private AssociationOptions Options(TimeSpan responseTimeout, IReadOnlyList<ProposedContext> contexts) => new()
    {
        Host = settings.Host,
        Port = settings.Port,
        CallingAeTitle = settings.CallingAeTitle,
        CalledAeTitle = settings.AeTitle,
        PresentationContexts = contexts,
        ConnectTimeout = settings.ConnectTimeout,
        NegotiationTimeout = settings.ConnectTimeout,
        ResponseTimeout = responseTimeout,
        Tls = settings.Tls,
        Clock = time,
    };
}
