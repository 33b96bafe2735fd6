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
            RuleAction.Round => "a part of the number",
            RuleAction.Truncate or RuleAction.ReplaceText => "a part of the text",
            RuleAction.CleanText => "words",
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

        return Candidates(last).Any(tag => TakesOut(tag, action)) ? $"this leaves {leaves} of {selector.Text}, which the profile takes out" : null;
    }

    private bool TakesOut(Tag tag, RuleAction action)
    {
        if (table.Find(tag) is not { } row)
        {
            return JudgedAttributes.Identify(tag) || Protects(DicomDictionary.Find(tag)?.Vr ?? Vr.UN);
        }

        (ProfileAction profile, ProfileOption? option) = row.Under(options);
        return profile != ProfileAction.Keep
            && !(profile == ProfileAction.Clean && action is RuleAction.CleanText && option != ProfileOption.RetainLongitudinalModifiedDates);
    }

    // What the profile does with attributes that the table does not name.
    private bool Protects(Vr vr) => vr switch
    {
        Vr.PN or Vr.AE or Vr.UN => true,
        Vr.UI => !options.Contains(ProfileOption.RetainUids),
        Vr.DA or Vr.DT or Vr.TM => !options.Contains(ProfileOption.RetainLongitudinalFullDates),
        _ => false,
    };

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
