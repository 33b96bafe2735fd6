namespace DeidCluster.Engine;

/// <summary>A turn that waits for its commit, and what holds after it.</summary>
/// <param name="Actor">The actor, still in its state before the turn; null when it could not even be loaded.</param>
/// <param name="Turn">What is to be committed.</param>
/// <param name="State">The state after the turn.</param>
/// <param name="Next">The effect that this state waits for.</param>
/// <param name="Dropped">Consumed mails that were results of effects no longer pending.</param>
/// <param name="TraceParent">The trace that the last consumed mail belongs to.</param>
internal sealed record ComputedTurn(LiveActor? Actor, Turn Turn, object? State, EffectRequest? Next, int Dropped, string? TraceParent)
{
    public long VersionAfter => Turn.ExpectedVersion + Turn.Events.Count;
}
