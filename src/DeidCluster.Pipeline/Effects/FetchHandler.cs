using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// "fetch": brings what is located and not staged yet. Staging tells what came, whichever node received it and whatever the archive
/// says; what the archive did not send although it was asked is a transient failure with counts.
/// </summary>
public sealed class FetchHandler(
    Configured<IArchive> archives, Configured<PipelineProject> projects, StagingArea staging, EffectEdge edge, TimeProvider time) : IEffectHandler
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Kind => "fetch";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        FetchEffect effect = (FetchEffect)request.Parameters;
        return effect.PermitToken == context.Id.Token
            ? edge.RunAsync(effect.StudyId, context, ledger => FetchAsync(effect, ledger, cancellation), cancellation)
            : Task.FromResult<ICommand>(new ReportPermitLost());
    }

    private async Task<ICommand> FetchAsync(FetchEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        IArchive archive = archives[effect.Archive];
        StagedInstances staged = new(staging, projects[effect.Request.Project].Deidentifier, ledger);
        await staged.LookAsync(cancellation);

        IReadOnlyList<Retrieval> plan = RetrievalPlan.For(ledger.Rows, effect.Request.SeriesUids.Count > 0);
        RetrievalTally tally = new();
        await using IRetrieving retrieving = archive.BeginRetrieving([.. ledger.Rows.Select(row => row.SopClassUid).OfType<string>().Distinct()]);
        foreach (Retrieval retrieval in plan)
        {
            await ledger.WaitForLeaseAsync(cancellation);
            tally.Add(await RetrieveAsync(retrieving, retrieval, staged, cancellation));
        }

        int missing = ledger.Counts.Located;
        return missing == 0
            ? new ReportFetched(ledger.Take(), ledger.Counts, ledger.RawBytes)
            : throw new EffectFailedException(tally.Kind, $"{missing} of {ledger.Counts.Total} instances did not arrive from {archive.Name} ({tally})");
    }

    /// <summary>Retrieves, and looks into staging while it runs and once it has ended, however it ended: what came is kept.</summary>
    private async Task<RetrievalAnswer> RetrieveAsync(IRetrieving retrieving, Retrieval retrieval, StagedInstances staged, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<RetrievalAnswer> running = retrieving.RetrieveAsync(retrieval, stop.Token);
        try
        {
            while (await Task.WhenAny(running, Task.Delay(LookInterval, time, stop.Token)) != running)
            {
                await staged.LookAsync(cancellation);
            }

            return await running;
        }
        finally
        {
            await stop.CancelAsync();
            await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await staged.LookAsync(cancellation);
        }
    }
}
