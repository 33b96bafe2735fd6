using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One rule of a project. Rules come before the profile's table and are read in order: the first that matches decides.</summary>
public sealed record Rule
{
    /// <summary>The elements it is about.</summary>
    public required RuleSelector Selector { get; init; }

    /// <summary>What happens to them.</summary>
    public required RuleAction Action { get; init; }

    /// <summary>All must hold for the instance, or the rule does not apply.</summary>
    public IReadOnlyList<RuleCondition> When { get; init; } = [];

    /// <summary>The instance must have one of these labels; empty for any instance.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The instance must have none of these labels.</summary>
    public IReadOnlyList<string> ExceptLabels { get; init; } = [];

    /// <summary>Where it stands, "file:line"; empty for one that was not read from a file.</summary>
    public string Origin { get; init; } = "";

    /// <summary>True when it leaves more of the source than the profile would.</summary>
    public bool IsWeaker { get; init; }

    /// <summary>Why the project wants it; required where the rule weakens the profile.</summary>
    public string? Reason { get; init; }
}
