using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>"locate": asks one archive for the study and its instances, and selects by what the answers tell.</summary>
public sealed class LocateHandler(Configured<IArchive> archives, Configured<PipelineProject> projects, EffectEdge edge) : IEffectHandler
{
    /// <inheritdoc/>
    public string Kind => "locate";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        LocateEffect effect = (LocateEffect)request.Parameters;
        return effect.PermitToken == context.Id.Token
            ? edge.RunAsync(effect.StudyId, context, ledger => LocateAsync(effect, ledger, cancellation), cancellation)
            : Task.FromResult<ICommand>(new ReportPermitLost());
    }

    private async Task<ICommand> LocateAsync(LocateEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        PipelineProject project = projects[effect.Request.Project];
        IArchive archive = archives[effect.Archive];
        if (StudyRequestRules.Check(effect.Request) is [RequestProblem problem, ..])
        {
            throw new EffectFailedException(FailureKind.Permanent, $"the request's {problem.Field} {problem.Problem}");
        }

        await ledger.WaitForLeaseAsync(cancellation);
        IReadOnlyList<ArchiveSeries> found = await archive.LocateAsync(effect.Request, cancellation);
        IReadOnlyList<InstanceRow> inventory = InventorySelection.Rows(effect.StudyId, archive.Name, found, project.Profile.Selection);
        return new ReportLocated(archive.Name, inventory, inventory.Select(row => row.IdStudyUid).Distinct().Count());
    }
}
