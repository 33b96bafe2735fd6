using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Decides what happens to an element: by the first rule of the project that is about it, else by its row in table E.1-1, else by the
/// IOD of its SOP class. What nobody knows is removed.
/// </summary>
internal sealed class ElementDecider(ProfileTable table, IReadOnlySet<ProfileOption> options, Iod iod, IReadOnlyList<(int Index, Rule Rule)> rules)
{
    /// <summary>
    /// A file chooses its paths and private creators; more decisions than these are not remembered. At a few hundred bytes each this
    /// bounds the memory of one kind of instance.
    /// </summary>
    private const int DecisionsMax = 50_000;

    private int remembered;

    /// <summary>What the rules set where it is absent, in their order: the first rule about an element decides.</summary>
    public IReadOnlyList<(int Index, Tag Tag, string Value)> Additions { get; } =
        [.. rules.Where(rule => rule.Rule is { Action: RuleAction.Set, Selector.SingleTag: not null })
            .Select(rule => (rule.Index, rule.Rule.Selector.SingleTag!.Value, ((RuleAction.Set)rule.Rule.Action).Value))
            .DistinctBy(addition => addition.Item2)];

    /// <summary>The table's row, for dummy items.</summary>
    public ProfileTable Table => table;

    /// <summary>True while one more decision may be remembered; counts it.</summary>
    public bool MayRemember() => remembered < DecisionsMax && Interlocked.Increment(ref remembered) <= DecisionsMax;

    /// <summary>The decision about <paramref name="place"/>, which stands on <paramref name="level"/>.</summary>
    public ElementDecision Decide(LevelPlan level, ElementPlace place)
    {
        AttributeRequirement? requirement = level.Level.Find(place.Tag);
        foreach ((int index, Rule rule) in rules)
        {
            if (rule.Selector.Matches(place))
            {
                return ByRule(rule, index, level, place, requirement);
            }
        }

        return ByProfile(level, place, requirement);
    }

    private ElementDecision ByRule(Rule rule, int index, LevelPlan level, ElementPlace place, AttributeRequirement? requirement)
    {
        ElementDecision profile = ByProfile(level, place, requirement);
        return new ElementDecision(level, place)
        {
            Rule = rule,
            RuleIndex = index,
            Wanted = ProfileOutcome.Of(rule.Action switch
            {
                RuleAction.Keep => Treatment.Keep,
                RuleAction.Remove => Treatment.Remove,
                RuleAction.Empty => Treatment.Empty,
                RuleAction.CleanText => Treatment.CleanText,
                _ => Treatment.Rule,
            }),
            Otherwise = profile.Otherwise,
            Requirement = requirement,
            Row = profile.Row,
        };
    }

    private ElementDecision ByProfile(LevelPlan level, ElementPlace place, AttributeRequirement? requirement)
    {
        if (place.Parent is null && (place.Tag == Tags.PatientID || place.Tag == Tags.PatientName))
        {
            return Settled(Treatment.Pseudonym, "names the subject", row: table.Find(place.Tag));
        }

        if (IsOverlay(place.Tag))
        {
            // Without its data (60xx,3000) the rest of an overlay plane is no valid module (PS3.3 C.9.2), so it goes as a whole.
            return Settled(Treatment.Remove, "overlays and curves leave as a whole");
        }

        if (JudgedAttributes.Identify(place.Tag))
        {
            return Settled(Treatment.Remove, "identifies by its definition in PS3.3, though no edition of the table names it");
        }

        return table.Find(place.Tag) is { } row ? ByRow(row, level, place, requirement) : Unlisted(level, place, requirement);

        ElementDecision Settled(Treatment treatment, string why, ProfileRow? row = null) => new(level, place)
        {
            Wanted = ProfileOutcome.Of(treatment),
            Otherwise = ProfileOutcome.Of(treatment),
            Requirement = requirement,
            Row = row,
            Why = why,
        };
    }

    // What an option keeps or shifts is what the standard says stands there: anything else is nobody's date, age or sex.
    private ElementDecision ByRow(ProfileRow row, LevelPlan level, ElementPlace place, AttributeRequirement? requirement)
    {
        (ProfileAction action, ProfileOption? option) = row.Under(options);
        ProfileOutcome basic = ProfileOutcome.Of(row.Basic);
        ProfileOutcome wanted = action == ProfileAction.Clean ? Cleaned(option!.Value, place, basic) : ProfileOutcome.Of(action);
        bool isLenient = action is ProfileAction.Keep or ProfileAction.Clean && option != ProfileOption.RetainSafePrivate;
        return new ElementDecision(level, place)
        {
            Wanted = wanted,
            Otherwise = basic,
            Test = !isLenient ? ValueTest.None : HasDefinedVr(place) ? ValueTest.WellFormed : ValueTest.Never,
            Requirement = requirement,
            Row = row,
            Option = option,
        };
    }

    // C means something else in each column.
    private static ProfileOutcome Cleaned(ProfileOption option, ElementPlace place, ProfileOutcome basic) => option switch
    {
        ProfileOption.RetainLongitudinalModifiedDates => IsTemporal(place.Vr) ? ProfileOutcome.Of(Treatment.Shift) : basic,
        ProfileOption.RetainSafePrivate => ProfileOutcome.Of(Treatment.SafePrivate),
        _ => ActionFit.IsWords(place.Vr) || place.Vr == Vr.SQ ? ProfileOutcome.Of(Treatment.CleanText) : basic, // pictures and curves cannot be judged
    };

    // Annex E asks the de-identifier to judge what the table does not name. What the IOD defines was judged by the table's authors;
    // everything else is refused, and so is what is not written as the dictionary says. Words were judged for their own place only.
    private ElementDecision Unlisted(LevelPlan level, ElementPlace place, AttributeRequirement? requirement)
    {
        ProfileOutcome protect = ProfileOutcome.Of(ProfileAction.RemoveOrEmptyOrDummy);
        if (place.Tag.IsPrivate || !iod.Knows(place.Tag))
        {
            return Made(ProfileOutcome.Of(Treatment.Remove), "neither the table nor the IOD knows it");
        }

        if (!HasDefinedVr(place))
        {
            return Made(protect, "its VR is not the attribute's");
        }

        if (place.Tag == Tags.SpecificCharacterSet)
        {
            return Made(ProfileOutcome.Of(Treatment.Keep), "the IOD knows it", ValueTest.KnownCharacterSet, ProfileOutcome.Of(Treatment.Remove));
        }

        return place.Vr switch
        {
            Vr.UI when options.Contains(ProfileOption.RetainUids) =>
                Made(ProfileOutcome.Of(Treatment.Keep), "Retain UIDs", ValueTest.WellFormed, ProfileOutcome.Of(Treatment.Uid)),
            Vr.UI => Made(ProfileOutcome.Of(Treatment.Uid), "a UID; one that the standard registers stays"),
            Vr.PN or Vr.AE or Vr.UN => Made(protect, "names somebody or some system"),
            Vr.DA or Vr.DT or Vr.TM => Made(Date(), "a date or time", ValueTest.WellFormed, protect),
            _ when MayHoldAnything(place.Vr) && !iod.KnowsAt(place) => Made(ProfileOutcome.Of(Treatment.Remove), "the IOD does not have it at this place"),
            _ when level.CleansText && ActionFit.IsFreeText(place.Vr) && place.Tag != Tags.CodeValue && place.Tag != Tags.CodingSchemeDesignator =>
                Made(ProfileOutcome.Of(Treatment.CleanText), "words inside a cleaned sequence", ValueTest.None, protect),
            Vr.LO when place.Tag == Tags.CodeMeaning => Made(ProfileOutcome.Of(Treatment.CleanText), "words of a code", ValueTest.None, protect),
            _ => Made(ProfileOutcome.Of(Treatment.Keep), "the IOD knows it and the table does not name it", ValueTest.WellFormed, protect),
        };

        ElementDecision Made(ProfileOutcome wanted, string why, ValueTest test = ValueTest.None, ProfileOutcome? otherwise = null) => new(level, place)
        {
            Wanted = wanted,
            Otherwise = otherwise ?? wanted,
            Test = test,
            Requirement = requirement,
            Why = why,
        };
    }

    private ProfileOutcome Date() =>
        options.Contains(ProfileOption.RetainLongitudinalModifiedDates) ? ProfileOutcome.Of(Treatment.Shift)
        : options.Contains(ProfileOption.RetainLongitudinalFullDates) ? ProfileOutcome.Of(Treatment.Keep)
        : ProfileOutcome.Of(ProfileAction.RemoveOrEmptyOrDummy);

    private static bool HasDefinedVr(ElementPlace place) => DicomDictionary.Find(place.Tag)?.Vrs.Contains(place.Vr) == true;

    private static bool MayHoldAnything(Vr vr) =>
        vr is Vr.SQ or Vr.OB or Vr.OW or Vr.OF or Vr.OD or Vr.OL or Vr.OV || ActionFit.IsFreeText(vr);

    private static bool IsTemporal(Vr vr) => vr is Vr.DA or Vr.DT or Vr.TM;

    private static bool IsOverlay(Tag tag) => tag.Group is >= 0x6000 and <= 0x60FF && !tag.IsPrivate;
}
