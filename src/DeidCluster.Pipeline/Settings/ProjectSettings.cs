using DeidCluster.Deid;

namespace DeidCluster.Pipeline;

/// <summary>What the effects need to know of one project.</summary>
public sealed record ProjectSettings
{
    /// <summary>How it de-identifies and what it wants.</summary>
    public required ProjectProfile Profile { get; init; }

    /// <summary>Its secret.</summary>
    public required ProjectKeys Key { get; init; }

    /// <summary>Names of the destinations that must all confirm each instance; at least one.</summary>
    public required IReadOnlyList<string> Destinations { get; init; }
}
