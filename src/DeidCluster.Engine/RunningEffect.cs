namespace DeidCluster.Engine;

/// <summary>An effect that is running, or waits for one of the places of its kind, on this node.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Since">When it was asked for.</param>
/// <param name="Waiting">True while it waits for a place.</param>
public sealed record RunningEffect(EffectId Id, string Kind, DateTimeOffset Since, bool Waiting);
