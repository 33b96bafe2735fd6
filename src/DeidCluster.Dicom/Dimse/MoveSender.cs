namespace DeidCluster.Dicom;

/// <summary>
/// The sub-operations of one C-MOVE (PS3.4 C.4.2.2): one or several associations to the destination, one C-STORE an instance. An instance
/// leaves in the first of its encodings that the destination takes; what the destination refused among many contexts is offered once
/// more on its own, and an association that was lost is made again a few times.
/// </summary>
internal sealed class MoveSender(ListenerOptions options, string destinationAeTitle, MoveOriginator originator, MovePlan plan, Func<ValueTask> report, Action<Exception> faulted)
{
    /// <summary>How often a lost association is made again, for each association of the plan.</summary>
    private const int ReconnectsMax = 3;

    private readonly RetrieveTally tally = new();

    /// <summary>How far it is.</summary>
    public RetrieveTally Tally => tally;

    /// <summary>Sends everything, reporting after each instance; the final status. Cancellation throws, with the counts as they are.</summary>
    public async ValueTask<DimseStatus> SendAsync(CancellationToken ct)
    {
        tally.Begin(plan.Instances.Count);
        int associations = Math.Clamp(plan.Associations, 1, Math.Max(plan.Instances.Count, 1));
        await Task.WhenAll(Enumerable.Range(0, associations)
            .Select(share => SendShareAsync([.. plan.Instances.Where((_, at) => at % associations == share)], ct))).ConfigureAwait(false);
        return tally.Status;
    }

    private async Task SendShareAsync(List<RetrieveInstance> share, CancellationToken ct)
    {
        List<RetrieveInstance> refused = [];
        foreach (ContextBatch<RetrieveInstance> batch in ContextBatches.Cut(share, instance => instance.TransferSyntaxes.Select(syntax => (instance.SopClassUid, syntax))))
        {
            await SendBatchAsync(batch.Instances, batch.Contexts, refused.Add, ct).ConfigureAwait(false);
        }

        // A few destinations answer one context of a SOP class only, or but so many in all: each class alone, all its encodings in one.
        foreach (IGrouping<string, RetrieveInstance> sopClass in refused.GroupBy(instance => instance.SopClassUid))
        {
            ProposedContext context = new(sopClass.Key, [.. sopClass.SelectMany(instance => instance.TransferSyntaxes).Distinct()]);
            await SendBatchAsync([.. sopClass], [context], instance => tally.End(instance, DimseStatusClass.Failure), ct).ConfigureAwait(false);
            await report().ConfigureAwait(false);
        }
    }

    private async Task SendBatchAsync(IReadOnlyList<RetrieveInstance> batch, IReadOnlyList<ProposedContext> contexts, Action<RetrieveInstance> refuse, CancellationToken ct)
    {
        int sent = 0;
        for (int connections = 0; sent < batch.Count && connections <= ReconnectsMax; connections++)
        {
            await using ScuAssociation? destination = await ConnectAsync(contexts, ct).ConfigureAwait(false);
            if (destination is null)
            {
                break;
            }

            while (destination.IsUsable && sent < batch.Count)
            {
                RetrieveInstance instance = batch[sent++];
                if (instance.TransferSyntaxes.FirstOrDefault(syntax => destination.FindContext(instance.SopClassUid, syntax) is not null) is TransferSyntax agreed)
                {
                    tally.End(instance, await StoreAsync(destination, instance, agreed, ct).ConfigureAwait(false));
                    await report().ConfigureAwait(false);
                }
                else
                {
                    refuse(instance);
                }
            }

            await destination.ReleaseAsync(ct).ConfigureAwait(false);
        }

        foreach (RetrieveInstance instance in batch.Skip(sent))
        {
            tally.End(instance, DimseStatusClass.Failure);
        }
    }

    private async Task<ScuAssociation?> ConnectAsync(IReadOnlyList<ProposedContext> contexts, CancellationToken ct)
    {
        try
        {
            return await ScuAssociation.ConnectAsync(new AssociationOptions
            {
                Host = plan.Host,
                Port = plan.Port,
                CallingAeTitle = options.AeTitle,
                CalledAeTitle = destinationAeTitle,
                PresentationContexts = contexts,
                PduBytesMax = options.PduBytesMax,
                ResponseTimeout = options.DataTimeout,
                Tls = plan.Tls,
                Clock = options.Clock,
            }, ct).ConfigureAwait(false);
        }
        catch (DicomNetworkException fault)
        {
            faulted(fault);
            return null;
        }
    }

    private async Task<DimseStatusClass> StoreAsync(ScuAssociation destination, RetrieveInstance instance, TransferSyntax syntax, CancellationToken ct)
    {
        try
        {
            await using Stream dataSet = instance.Open(syntax);
            try
            {
                DimseStatus status = await destination.StoreAsync(
                    instance.SopClassUid, instance.SopInstanceUid, syntax, dataSet, dataSet.Length - dataSet.Position, originator, ct).ConfigureAwait(false);
                return status.Class;
            }
            catch (DicomNetworkException fault)
            {
                faulted(fault);
                return DimseStatusClass.Failure;
            }
        }
        catch (Exception fault) when (fault is IOException or DicomFormatException)
        {
            faulted(fault);
            return DimseStatusClass.Failure;
        }
    }
}
