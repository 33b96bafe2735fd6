using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// "deliver": hands each verified instance to all destinations of the project, one destination after the other. Confirmed means
/// that every one of them has it; what one refuses for good is held.
/// </summary>
public sealed class DeliverHandler(
    Configured<PipelineProject> projects, Configured<IDestination> destinations, StagingArea staging, EffectEdge edge) : IEffectHandler
{
    /// <inheritdoc/>
    public string Kind => "deliver";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        DeliverEffect effect = (DeliverEffect)request.Parameters;
        return edge.RunAsync(effect.StudyId, context, ledger => DeliverAsync(effect, ledger, cancellation), cancellation);
    }

    private async Task<ICommand> DeliverAsync(DeliverEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        IDestination[] all = [.. projects[effect.Request.Project].Destinations.Select(name => destinations[name])];
        foreach (IDestination destination in all)
        {
            await DeliverAsync(destination, destination == all[^1] ? InstanceState.Confirmed : InstanceState.Delivered, ledger, cancellation);
        }

        return new ReportDelivered(ledger.Take(), ledger.Counts, ledger.OutBytes);
    }

    private async Task DeliverAsync(IDestination destination, InstanceState confirmed, Ledger ledger, CancellationToken cancellation)
    {
        Dictionary<string, InstanceRow> rowByUid = ledger.Rows
            .Where(row => row.State is InstanceState.Verified or InstanceState.Delivered)
            .ToDictionary(row => row.NewSopInstanceUid!);
        OutgoingInstance[] outgoing = [.. rowByUid.Values.Select(Outgoing)];
        if (outgoing.Length == 0)
        {
            return;
        }

        await ledger.WaitForLeaseAsync(cancellation);
        await foreach (Confirmation confirmation in destination.DeliverAsync(outgoing, cancellation))
        {
            await ledger.WaitForLeaseAsync(cancellation);
            InstanceRow row = rowByUid[confirmation.Instance.SopInstanceUid];
            await ledger.PutAsync(confirmation.Refusal is null ? row with { State = confirmed, Reason = confirmation.Note } : row.Hold(confirmation.Refusal), cancellation);
        }
    }

    private OutgoingInstance Outgoing(InstanceRow row)
    {
        string path = staging.Result(row);
        return File.Exists(path)
            ? new OutgoingInstance(path, row.OutDigest!, row.OutBytes, row.SopClassUid!, row.NewSopInstanceUid!, row.NewSeriesUid!, row.NewStudyUid!)
            : throw new EffectFailedException(FailureKind.Permanent, "a result is not in staging any more; queue the study again from anonymize");
    }
}
