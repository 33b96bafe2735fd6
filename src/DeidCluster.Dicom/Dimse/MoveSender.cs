namespace DeidCluster.Dicom;

/// <summary>The sub-operations of one C-MOVE (PS3.4 C.4.2): associations to the destination, one C-STORE an instance.</summary>
internal sealed class MoveSender(ListenerOptions options, string destinationAeTitle, MoveOriginator originator)
{
    private readonly List<string> failed = [];
    private int remaining;
    private int completed;
    private int warned;

    /// <summary>How far it is.</summary>
    public SubOperations Counts => new(remaining, completed, failed.Count, warned);

    /// <summary>What could not be sent.</summary>
    public IReadOnlyList<string> FailedSopInstanceUids => failed;

    /// <summary>Sends everything in <paramref name="plan"/>, reporting after each instance; the final status. Cancellation throws, with the counts as they are.</summary>
    public async ValueTask<DimseStatus> SendAsync(MovePlan plan, Func<SubOperations, ValueTask> report, Action<Exception> faulted, CancellationToken ct)
    {
        remaining = plan.Instances.Count;
        foreach (List<MoveInstance> batch in Batches(plan.Instances))
        {
            await SendBatchAsync(plan, batch, report, faulted, ct).ConfigureAwait(false);
        }

        return failed.Count == 0 && warned == 0 ? DimseStatus.Success
            : completed + warned == 0 ? DimseStatus.SubOperationsFailed
            : DimseStatus.SubOperationsWithFailures;
    }

    private async Task SendBatchAsync(MovePlan plan, List<MoveInstance> batch, Func<SubOperations, ValueTask> report, Action<Exception> faulted, CancellationToken ct)
    {
        int sent = 0;
        await using ScuAssociation? destination = await ConnectAsync(plan, batch, faulted, ct).ConfigureAwait(false);
        while (destination?.IsUsable == true && sent < batch.Count)
        {
            await SendOneAsync(destination, batch[sent++], faulted, ct).ConfigureAwait(false);
            await report(Counts).ConfigureAwait(false);
        }

        foreach (MoveInstance instance in batch.Skip(sent))
        {
            Fail(instance);
        }

        await (destination?.ReleaseAsync(ct) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task<ScuAssociation?> ConnectAsync(MovePlan plan, List<MoveInstance> batch, Action<Exception> faulted, CancellationToken ct)
    {
        try
        {
            return await ScuAssociation.ConnectAsync(Options(plan, batch), ct).ConfigureAwait(false);
        }
        catch (DicomNetworkException fault)
        {
            faulted(fault);
            return null;
        }
    }

    private async Task SendOneAsync(ScuAssociation destination, MoveInstance instance, Action<Exception> faulted, CancellationToken ct)
    {
        switch (await StoreAsync(destination, instance, faulted, ct).ConfigureAwait(false))
        {
            case DimseStatusClass.Success:
                completed++;
                remaining--;
                break;
            case DimseStatusClass.Warning:
                warned++;
                remaining--;
                break;
            default:
                Fail(instance);
                break;
        }
    }

    private async Task<DimseStatusClass> StoreAsync(ScuAssociation destination, MoveInstance instance, Action<Exception> faulted, CancellationToken ct)
    {
        try
        {
            await using Stream dataSet = instance.Open();
            try
            {
                DimseStatus status = await destination.StoreAsync(
                    instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntax, dataSet, dataSet.Length - dataSet.Position, originator, ct).ConfigureAwait(false);
                return status.Class;
            }
            catch (DicomNetworkException fault)
            {
                faulted(fault);
                return DimseStatusClass.Failure;
            }
        }
        catch (IOException fault)
        {
            faulted(fault);
            return DimseStatusClass.Failure;
        }
    }

    private void Fail(MoveInstance instance)
    {
        remaining--;
        failed.Add(instance.SopInstanceUid);
    }

    private AssociationOptions Options(MovePlan plan, List<MoveInstance> batch) => new()
    {
        Host = plan.Host,
        Port = plan.Port,
        CallingAeTitle = options.AeTitle,
        CalledAeTitle = destinationAeTitle,
        PresentationContexts = [.. batch
            .Select(instance => (instance.SopClassUid, instance.TransferSyntax))
            .Distinct()
            .Select(pair => new ProposedContext(pair.SopClassUid, pair.TransferSyntax))],
        PduBytesMax = options.PduBytesMax,
        ResponseTimeout = options.DataTimeout,
        Clock = options.Clock,
    };

    /// <summary>In order, cut where one association would need more presentation contexts than there are.</summary>
    private static IEnumerable<List<MoveInstance>> Batches(IReadOnlyList<MoveInstance> instances)
    {
        List<MoveInstance> batch = [];
        HashSet<(string, TransferSyntax)> contexts = [];
        foreach (MoveInstance instance in instances)
        {
            contexts.Add((instance.SopClassUid, instance.TransferSyntax));
            if (contexts.Count > PduLimits.PresentationContextsMax)
            {
                yield return batch;
                batch = [];
                contexts = [(instance.SopClassUid, instance.TransferSyntax)];
            }

            batch.Add(instance);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
