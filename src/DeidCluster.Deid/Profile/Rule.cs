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

    /// <summary>Why the project wants it; required where the rule weakens the profile.</summary>
    public string? Reason { get; init; }
}

/// <summary>A condition on the instance's own data set, top level, as it was before de-identification.</summary>
/// <param name="Tag">The element that is looked at.</param>
/// <param name="Test">How.</param>
/// <param name="Text">The value or the regular expression; empty for <see cref="ConditionTest.Present"/>.</param>
/// <param name="Negated">True when the test must fail.</param>
public sealed record RuleCondition(Tag Tag, ConditionTest Test, string Text = "", bool Negated = false);

/// <summary>How a condition looks at an element.</summary>
public enum ConditionTest
{
    /// <summary>The element is there, with a value.</summary>
    Present,

    /// <summary>One of its values equals the text exactly.</summary>
    Equals,

    /// <summary>The regular expression is found in one of its values, in any case.</summary>
    Matches,
}
