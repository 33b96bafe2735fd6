namespace DeidCluster.Engine;

/// <summary>A journal holds an event of a kind that this release does not know: a newer one has written it. No mistake: the actor waits for a node that knows it.</summary>
internal sealed class UnknownEventException(string kind) : Exception($"This release knows no event of kind {kind}.")
{
    public string Kind { get; } = kind;
}
