using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// What a project's own rules say about an element, as verification reads them: rules with conditions are not counted, so that
/// verification asks for more, never for less.
/// </summary>
internal sealed class ProjectRules(ProjectProfile profile)
{
    private readonly Rule[] unconditional = [.. profile.Rules.Where(rule => rule.When.Count == 0)];

    /// <summary>The action of the first rule about <paramref name="place"/>, or null.</summary>
    public RuleAction? ActionAt(ElementPlace place)
    {
        foreach (Rule rule in unconditional)
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
