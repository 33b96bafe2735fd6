using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// The edge between an effect and its actor: the one place where failures of the world become a command. A cancelled effect
/// throws <see cref="OperationCanceledException"/>, whatever broke while it was being stopped; a store that is away is the host's to wait
/// for; anything else that leaves is our own mistake.
/// </summary>
public sealed class EffectEdge(IStudyIndex index, TimeProvider time)
{
    /// <summary>Runs <paramref name="work"/> on the ledger of <paramref name="studyId"/>.</summary>
    public async Task<ICommand> RunAsync(
        string studyId, EffectContext context, Func<Ledger, Task<ICommand>> work, CancellationToken cancellation)
    {
        Ledger? ledger = null;
        try
        {
            ledger = await Ledger.ReadAsync(index, studyId, context, time, cancellation);
            return await work(ledger);
        }
        catch (Exception error) when (WorldFailure.Of(error) is not null)
        {
            cancellation.ThrowIfCancellationRequested();
            WorldFailure failure = WorldFailure.Of(error)!;
            return new ReportFailed(failure.Kind, failure.Reason, ledger?.Take() ?? [], ledger?.Counts);
        }
    }
}
