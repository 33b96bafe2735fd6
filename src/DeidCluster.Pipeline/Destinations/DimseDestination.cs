using System.Threading.Channels;
using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// A DICOM peer that takes C-STORE. A delivery shares its instances out among a few associations, each kept for as long as it
/// works; a success or a warning is a confirmation (PS3.4 B.2.3).
/// </summary>
public sealed class DimseDestination(DimseDestinationSettings settings, TimeProvider time) : IDestination
{
    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public IAsyncEnumerable<Confirmation> DeliverAsync(IReadOnlyList<OutgoingInstance> instances, CancellationToken cancellation)
    {
        int associations = Math.Clamp(instances.Count, 1, settings.AssociationsMax);
        IEnumerable<OutgoingInstance[]> shares = Enumerable.Range(0, associations)
            .Select(first => instances.Where((_, at) => at % associations == first).ToArray());
        return ConcurrentDelivery.RunAsync(shares, associations, SendAsync, cancellation);
    }

    /// <summary>Sends one share over one association; a new one is made where the peer's answer to the first does not cover what comes.</summary>
    private async Task SendAsync(OutgoingInstance[] share, ChannelWriter<Confirmation> confirmed, CancellationToken cancellation)
    {
        List<Outgoing> files = [.. share.Select(Outgoing.Read).OrderBy(file => file.Instance.SopClassUid, StringComparer.Ordinal)];
        foreach (ContextBatch<Outgoing> batch in ContextBatches.Cut(files, file => [(file.Instance.SopClassUid, file.TransferSyntax)]))
        {
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(Options(batch.Contexts), cancellation);
            foreach (Outgoing file in batch.Instances)
            {
                await confirmed.WriteAsync(await SendAsync(association, file, cancellation), cancellation);
            }

            await association.ReleaseAsync(cancellation);
        }
    }

    private async Task<Confirmation> SendAsync(ScuAssociation association, Outgoing file, CancellationToken cancellation)
    {
        OutgoingInstance instance = file.Instance;
        if (association.FindContext(instance.SopClassUid, file.TransferSyntax) is null)
        {
            return new Confirmation(instance, Refusal: $"{Name} does not take this SOP class in its transfer syntax");
        }

        await using VerifiedStream verified = new(instance.Path, instance.Digest);
        await verified.SkipAsync(file.DataSetOffset, cancellation);
        DimseStatus status = await association.StoreAsync(
            instance.SopClassUid, instance.SopInstanceUid, file.TransferSyntax, verified, verified.Length - file.DataSetOffset, originator: null, cancellation);
        return status.Class switch
        {
            DimseStatusClass.Success => new Confirmation(instance),
            DimseStatusClass.Warning => new Confirmation(instance, Note: $"{Name} took it with warning {status.Code:X4}"),
            _ when WorldFailure.KindOf(status) == Studies.FailureKind.Transient => throw new DimseStatusException($"C-STORE to {Name}", status),
            _ => new Confirmation(instance, Refusal: $"{Name} refused it with status {status.Code:X4}"),
        };
    }

    private AssociationOptions Options(IReadOnlyList<ProposedContext> contexts) => new()
    {
        Host = settings.Host,
        Port = settings.Port,
        CallingAeTitle = settings.CallingAeTitle,
        CalledAeTitle = settings.AeTitle,
        PresentationContexts = contexts,
        ConnectTimeout = settings.ConnectTimeout,
        NegotiationTimeout = settings.ConnectTimeout,
        ResponseTimeout = settings.StoreTimeout,
        Tls = settings.Tls,
        Clock = time,
    };

    /// <summary>A result and what its file meta information says of its data set.</summary>
    private sealed record Outgoing(OutgoingInstance Instance, TransferSyntax TransferSyntax, long DataSetOffset)
    {
        public static Outgoing Read(OutgoingInstance instance)
        {
            using DicomFile file = DicomFile.Open(instance.Path);
            return new Outgoing(instance, file.TransferSyntax, file.DataSetOffset);
        }
    }
}
