using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What was done with one element, and why.</summary>
/// <param name="Path">Its place, e.g. "(0008,1115)[0].(0020,000E)".</param>
/// <param name="Tag">Its tag.</param>
/// <param name="Vr">Its value representation.</param>
/// <param name="PrivateCreator">For a private element, who reserved its block; null when nobody did.</param>
/// <param name="Treatment">What was done.</param>
/// <param name="RuleIndex">The rule of the project that decided, counted from 0; -1 when none did.</param>
/// <param name="Reason">The rule, the row of the table or the IOD, in words; never with a value of the file.</param>
public sealed record ElementExplanation(string Path, Tag Tag, Vr Vr, string? PrivateCreator, Treatment Treatment, int RuleIndex, string Reason)
{
    /// <summary>Says why <paramref name="decision"/> came to <paramref name="treatment"/> for an attribute of <paramref name="type"/>.</summary>
    internal static string Explain(ElementDecision decision, Treatment treatment, AttributeType? type)
    {
        List<string> words = [];
        if (decision.Rule is { } rule)
        {
            words.Add($"rule {decision.RuleIndex + 1}{(rule.Origin.Length > 0 ? $" ({rule.Origin})" : "")}: {rule.Action.Word} {rule.Selector.Text}");
            if (rule.Reason is { } reason)
            {
                words.Add($"\"{reason}\"");
            }
        }
        else if (decision.Row is { } row)
        {
            string action = decision.Option is { } option ? $"{ProfileCodes.Of(row.Under(option)!.Value)} under {ProfileCodes.WordOf(option)}, {ProfileCodes.Of(row.Basic)} without" : ProfileCodes.Of(row.Basic);
            words.Add($"table E.1-1: {action}");
        }

        if (decision.Why.Length > 0)
        {
            words.Add(decision.Why);
        }

        words.Add(type switch
        {
            null => "not in the IOD at this place",
            AttributeType.Optional => "type 3 here",
            AttributeType.MayBeEmpty => "type 2 here",
            _ => "type 1 here",
        });
        if (decision.Wanted.Resolve(type) != treatment)
        {
            words.Add(treatment == decision.Otherwise.Resolve(type) ? "its value is not what it should be or could not be changed" : "by its value");
        }

        return string.Join("; ", words);
    }
}
