namespace DeidCluster.Deid;

/// <summary>Tells which rules leave more of the source than the profile would.</summary>
internal static class WeakerRules
{
    /// <summary>Why the rule is weaker; null when it is not.</summary>
    public static string? Explain(RuleSelector selector, RuleAction action, string edition, DateTreatment dates) => action switch
    {
        RuleAction.Keep => $"'keep' of {selector.Text} leaves what the profile of {edition} would take out",
        RuleAction.Shift when dates == DateTreatment.Remove => $"'shift' of {selector.Text} leaves intervals that 'dates: {{policy: remove}}' takes out",
        _ => null,
    };
}
