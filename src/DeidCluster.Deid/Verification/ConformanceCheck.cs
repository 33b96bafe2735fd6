using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Finds attributes that the source's information object definition wants and the source has, and the result has not: errors that
/// the source did not have.
/// </summary>
internal sealed class ConformanceCheck(IodView view, ProfileTable table, ProjectRules rules)
{
    private readonly List<Finding> findings = [];
    private readonly List<DataSet> around = [];

    /// <summary>The findings of <paramref name="result"/> against <paramref name="source"/>; none for a SOP class that PS3.3 does not define.</summary>
    public static IReadOnlyList<Finding> Check(DataSet source, DataSet result, ProfileTable table, ProjectRules rules)
    {
        if (source.GetString(Tags.SOPClassUID) is not { } sopClass || Iod.Find(sopClass) is not { } iod)
        {
            return [];
        }

        ConformanceCheck check = new(iod.For(source), table, rules);
        check.Compare(source, result, parent: null, path: "");
        return check.findings;
    }

    private void Compare(DataSet source, DataSet result, ElementPlace? parent, string path)
    {
        foreach (Element before in source)
        {
            if (before.Tag.IsPrivate || before.Tag.IsGroupLength)
            {
                continue;
            }

            ElementPlace place = new(before.Tag, before.Vr, null, parent);
            string at = path + before.Tag;
            Element? after = result.Find(before.Tag);
            if (IsMeantToGo(before.Tag, result))
            {
                continue;
            }

            if ((after is null || (IsEmpty(after) && !IsEmpty(before))) && rules.ActionAt(place) is null)
            {
                NoteMissing(view.TypeIn(place, source, around), at, after is null, IsEmpty(before));
            }
            else if (before is SequenceElement itemsBefore && after is SequenceElement itemsAfter)
            {
                around.Add(source);
                for (int i = 0; i < Math.Min(itemsBefore.Items.Count, itemsAfter.Items.Count); i++)
                {
                    Compare(itemsBefore.Items[i], itemsAfter.Items[i], place, $"{at}[{i}].");
                }

                around.RemoveAt(around.Count - 1);
            }
        }
    }

    /// <summary>
    /// True where the standard itself removes what its information object definition requires: action X of PS3.15 table E.1-1 has no
    /// choice, what no edition of it names but is judged alike, and a curve or overlay of which nothing is left went as a whole.
    /// </summary>
    private bool IsMeantToGo(Tag tag, DataSet result) =>
        table.Find(tag)?.Basic == ProfileAction.Remove
        || JudgedAttributes.Identify(tag)
        || ((tag.Group & 0xFF00) is 0x5000 or 0x6000 && !result.Any(element => element.Tag.Group == tag.Group));

    private void NoteMissing(AttributeType? type, string at, bool absent, bool wasEmpty)
    {
        switch (type)
        {
            case AttributeType.Required when !wasEmpty:
                findings.Add(new Finding(at, FindingKind.Conformance, absent ? "a required attribute (type 1) is gone" : "a required attribute (type 1) is empty"));
                break;
            case AttributeType.MayBeEmpty when absent:
                findings.Add(new Finding(at, FindingKind.Conformance, "a required attribute (type 2) is gone"));
                break;
            default:
                break;
        }
    }

    private static bool IsEmpty(Element element) => element switch
    {
        ValueElement value => value.Bytes.IsEmpty,
        SequenceElement sequence => sequence.Items.Count == 0,
        _ => false,
    };
}
