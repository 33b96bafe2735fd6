using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>A rule whose conditions are ready to be asked.</summary>
internal sealed class ConditionedRule
{
    // A pattern that takes longer on one value is hostile.
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromMilliseconds(250);

    private readonly List<(RuleCondition Condition, Regex? Pattern)> conditions;

    public ConditionedRule(Rule rule)
    {
        Rule = rule;
        conditions = [.. rule.When.Select(condition => (condition, condition.Test == ConditionTest.Matches
            ? new Regex(condition.Text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTimeMax)
            : null))];
    }

    /// <summary>The rule.</summary>
    public Rule Rule { get; }

    /// <summary>True when all conditions hold for <paramref name="instance"/>.</summary>
    public bool AppliesTo(DataSet instance) => conditions.All(entry => Holds(instance, entry.Condition, entry.Pattern) != entry.Condition.Negated);

    private static bool Holds(DataSet instance, RuleCondition condition, Regex? pattern) => condition.Test switch
    {
        ConditionTest.Equals => instance.GetStrings(condition.Tag).Contains(condition.Text),
        ConditionTest.Matches => instance.GetStrings(condition.Tag).Any(pattern!.IsMatch),
        _ => instance.Find(condition.Tag) switch
        {
            null => false,
            ValueElement value => value.Bytes.Length > 0,
            SequenceElement sequence => sequence.Items.Count > 0,
            _ => true,
        },
    };
}
