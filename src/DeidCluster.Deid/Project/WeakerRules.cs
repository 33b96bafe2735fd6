using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Tells which rules of a project leave more of the source than the profile would.</summary>
internal sealed class WeakerRules
{
    private readonly ProfileTable table;
    private readonly HashSet<ProfileOption> options;
    private readonly bool shifts;

    /// <summary>For a project with these options and this treatment of dates.</summary>
    public WeakerRules(string edition, IReadOnlySet<ProfileOption> options, DateTreatment dates)
    {
        table = ProfileTable.Of(edition);
        this.options = [.. options];
        shifts = dates == DateTreatment.Shift;
        if (dates != DateTreatment.Remove)
        {
            this.options.Add(dates != DateTreatment.Keep ? ProfileOption.RetainLongitudinalModifiedDates : ProfileOption.RetainLongitudinalFullDates);
        }
    }

    /// <summary>Why the rule is weaker; null when it is not.</summary>
    public string? Explain(RuleSelector selector, RuleAction action)
    {
        string? leaves = action switch
        {
            RuleAction.Keep => "the value",
            RuleAction.Floor => "a part of the date",
            RuleAction.AgeBand => "a part of the age",
            RuleAction.Shift when !shifts => "intervals between dates",
            _ => null,
        };
        if (leaves is null)
        {
            return null;
        }

        SelectorStep last = selector.Steps[^1];
        if (last is SelectorStep.AnyPrivate or SelectorStep.PrivateElement)
        {
            return $"this leaves private elements ({selector.Text}), which the profile removes";
        }

        return Candidates(last).Any(TakesOut) ? $"this leaves {leaves} of {selector.Text}, which the profile takes out" : null;
    }

    private bool TakesOut(Tag tag) => table.Find(tag) is { } row && row.Under(options).Action != ProfileAction.Keep;

    private IEnumerable<Tag> Candidates(SelectorStep step) =>
        table.Tags.Where(tag => step.Matches(new ElementPlace(tag, DicomDictionary.Find(tag)?.Vr ?? Vr.UN, null, null))).Concat(Written(step));

    /// <summary>The tags that a step spells out, which may belong to a repeating or private group that the table has as a pattern.</summary>
    private static IEnumerable<Tag> Written(SelectorStep step) => step switch
    {
        SelectorStep.Tags tags => [new Tag(tags.Value)],
        SelectorStep.AnyOf any => any.Alternatives.Select(tags => new Tag(tags.Value)),
        _ => [],
    };
}
