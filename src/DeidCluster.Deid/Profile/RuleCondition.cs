using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>A condition on the instance's own data set as it was before de-identification.</summary>
/// <param name="Tag">The element of the top level that is looked at, unless there is a <see cref="Path"/>.</param>
/// <param name="Test">How.</param>
/// <param name="Text">The value or the regular expression; empty for <see cref="ConditionTest.Present"/>.</param>
/// <param name="Negated">True when the test must fail.</param>
public sealed record RuleCondition(Tag Tag, ConditionTest Test, string Text = "", bool Negated = false)
{
    /// <summary>Where the element is looked for instead, from the top level: in any item of the sequences, or a private element; null for <see cref="Tag"/>.</summary>
    public RuleSelector? Path { get; init; }

    /// <summary>Conditions of which one must hold, instead of a test; empty for a test.</summary>
    public IReadOnlyList<RuleCondition> Any { get; init; } = [];
}

/// <summary>How a condition looks at an element.</summary>
public enum ConditionTest
{
    /// <summary>The element is there, with a value.</summary>
    Present,

    /// <summary>One of its values equals the text exactly.</summary>
    Equals,

    /// <summary>The regular expression is found in one of its values, in any case.</summary>
    Matches,

    /// <summary>One of its values holds the text, in any case.</summary>
    Contains,

    /// <summary>One of its values holds the text as whole words, in any case.</summary>
    Word,

    /// <summary>One of its values is a number that is not smaller.</summary>
    AtLeast,

    /// <summary>One of its values is a number that is not larger.</summary>
    AtMost,
}

/// <summary>A label that instances get: those for which all conditions hold.</summary>
/// <param name="Name">Lower-case letters, digits, '-' and '_'.</param>
/// <param name="When">All must hold.</param>
public sealed record LabelRule(string Name, IReadOnlyList<RuleCondition> When)
{
    /// <summary>The label that every instance has.</summary>
    public const string All = "all";
}
