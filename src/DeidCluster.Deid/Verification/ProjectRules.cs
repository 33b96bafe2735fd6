using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What a project's own rules say about the elements of one source, whose conditions hold or not.</summary>
internal sealed class ProjectRules(ProjectProfile profile, DataSet source)
{
    private readonly IReadOnlyList<(int Index, Rule Rule)> rules = RuleSet.Of(profile).Choose(source).Rules;

    /// <summary>The action of the first rule about <paramref name="place"/>, or null.</summary>
    public RuleAction? ActionAt(ElementPlace place)
    {
        foreach ((_, Rule rule) in rules)
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
