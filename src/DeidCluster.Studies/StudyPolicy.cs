namespace DeidCluster.Studies;

/// <summary>What the rules of a study need to know of its project's configuration.</summary>
/// <param name="Archives">Where to look, in order; at least one.</param>
/// <param name="Retry">How failures are met.</param>
public sealed record StudyPolicy(IReadOnlyList<string> Archives, RetryPolicy Retry);
