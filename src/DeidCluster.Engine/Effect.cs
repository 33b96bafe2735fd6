namespace DeidCluster.Engine;

/// <summary>
/// Does one kind of work outside the actors. At least once and idempotent: it may run again after any crash, on any node, and
/// must then leave the same result. It checks <see cref="EffectContext.Lease"/> before each request that others can see.
/// </summary>
public interface IEffectHandler
{
    /// <summary>The kind of effect it handles, as in <see cref="EffectRequest.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>
    /// Does the work and returns the command that tells the actor of its outcome, failures of the world included. An
    /// exception that leaves it is our own mistake: the actor is quarantined.
    /// </summary>
    Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation);

    /// <summary>The command that tells the actor that an attempt was stopped because it took longer than <paramref name="limit"/>; called once it has ended.</summary>
    ICommand TimedOut(EffectRequest request, TimeSpan limit) => throw new TimeoutException($"An effect of kind {Kind} took longer than {limit}.");
}

/// <summary>What a running effect may use of its host.</summary>
/// <param name="Id">This attempt.</param>
/// <param name="Report">Sends progress to the actor as durable mail; it is dropped like a result once this effect is not the pending one.</param>
/// <param name="Lease">True while this node may still act for the actor.</param>
public sealed record EffectContext(EffectId Id, Func<ICommand, CancellationToken, Task> Report, Func<bool> Lease);
