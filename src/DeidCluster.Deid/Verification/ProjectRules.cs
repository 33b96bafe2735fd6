using System.Runtime.CompilerServices;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What a project's own rules say about the elements of one source, whose conditions hold or not.</summary>
internal sealed class ProjectRules(ProjectProfile profile, DataSet source)
{
    /// <summary>Conditions carry compiled expressions, so a profile's are made once.</summary>
    private static readonly ConditionalWeakTable<ProjectProfile, ConditionedRule[]> Conditioned = [];

    private readonly Rule[] rules =
    [
        .. Conditioned.GetValue(profile, key => [.. key.Rules.Select(rule => new ConditionedRule(rule))])
            .Where(rule => rule.AppliesTo(source))
            .Select(rule => rule.Rule),
    ];

    /// <summary>The action of the first rule about <paramref name="place"/>, or null.</summary>
    public RuleAction? ActionAt(ElementPlace place)
    {
        foreach (Rule rule in rules)
        {
            if (rule.Selector.Matches(place))
            {
                return rule.Action;
            }
        }

        return null;
    }

    /// <summary>The creator that reserves the block of a private element within its item (PS3.5 7.8.1); null for others, or when none does.</summary>
    public static string? CreatorOf(DataSet item, Tag tag) =>
        tag.IsPrivate && tag.ElementNumber >= 0x1000 ? item.GetString(new Tag(tag.Group, (ushort)(tag.ElementNumber >> 8))) : null;
}
