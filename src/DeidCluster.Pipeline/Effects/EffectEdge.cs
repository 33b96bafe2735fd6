using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// The edge between an effect and its actor: the one place where failures of the world become a command. A cancelled effect
/// throws <see cref="OperationCanceledException"/>, whatever broke while it was being stopped; a store that is away is the host's to wait
/// for; our own mistakes hold the study, which gives back what it occupies and can be queued again once the mistake is mended.
/// </summary>
public sealed class EffectEdge(IStudyIndex index, TimeProvider time)
{
    /// <summary>The outcome of an effect that was stopped because it took too long: tried again, a bounded number of times.</summary>
    public static ICommand TimedOut(string kind, TimeSpan limit) =>
        new ReportFailed(FailureKind.Transient, $"{kind} took longer than {limit.TotalMinutes:0.#} minutes", []);

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
        catch (Exception error) when (error is not StoreUnavailableException)
        {
            cancellation.ThrowIfCancellationRequested();
            WorldFailure failure = WorldFailure.Of(error) ?? WorldFailure.Mistake(error);
            return new ReportFailed(failure.Kind, failure.Reason, ledger?.Take() ?? [], ledger?.Counts);
        }
    }
}
