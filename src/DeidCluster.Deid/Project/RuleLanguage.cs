using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The keys of a project's own rules.</summary>
internal static class RuleLanguage
{
    private static readonly string[] Actions =
        ["keep", "remove", "empty", "replace", "hash", "pseudonym", "uid", "shift", "floor", "age-band"];

    private const int HashLengthMin = 8;
    private const int HashLengthMax = 52;
    private const int BandYearsMax = 50;

    /// <summary>The rules of <paramref name="project"/>, in order. A rule with several selectors becomes several.</summary>
    public static IReadOnlyList<Rule> Read(YamlMap project, WeakerRules weakerRules)
    {
        List<Rule> rules = [];
        foreach (YamlMap map in project.OptionalMaps("rules"))
        {
            IReadOnlyList<(YamlScalar Place, RuleSelector Selector)> selectors = ReadSelectors(map);
            RuleAction? action = ReadAction(map);
            IReadOnlyList<RuleCondition> when = [.. map.OptionalMaps("when").Select(ReadCondition).OfType<RuleCondition>()];
            string? reason = map.OptionalString("reason");
            bool allowWeaker = map.OptionalBool("allow-weaker", false);
            if (action is null)
            {
                continue;
            }

            bool weaker = false;
            foreach ((YamlScalar place, RuleSelector selector) in selectors)
            {
                rules.Add(new Rule { Selector = selector, Action = action, When = when, Reason = reason });
                if (weakerRules.Explain(selector, action) is { } why)
                {
                    weaker = true;
                    JudgeWeaker(place, why, allowWeaker, reason);
                }
            }

            if (allowWeaker && !weaker && selectors.Count > 0)
            {
                map.Fail("'allow-weaker' stands here, but the rule is not weaker than the profile");
            }
        }

        return rules;
    }

    private static void JudgeWeaker(YamlScalar place, string why, bool allowed, string? reason)
    {
        if (!allowed)
        {
            place.Fail($"{why}; if that is meant, add 'allow-weaker: true' and a 'reason'");
        }
        else if (string.IsNullOrWhiteSpace(reason))
        {
            place.Fail($"{why}; 'allow-weaker' needs a 'reason'");
        }
    }

    private static List<(YamlScalar Place, RuleSelector Selector)> ReadSelectors(YamlMap map)
    {
        YamlValue? value = map.Required("select");
        IReadOnlyList<YamlScalar> scalars = value is YamlList ? map.OptionalScalars("select")
            : map.OptionalScalar("select") is { } single ? [single] : [];
        List<(YamlScalar, RuleSelector)> selectors = [];
        foreach (YamlScalar scalar in scalars)
        {
            if (RuleSelector.TryParse(scalar.Text, out RuleSelector? selector, out string? problem))
            {
                selectors.Add((scalar, selector));
            }
            else
            {
                scalar.Fail(problem + SuggestKeyword(scalar.Text));
            }
        }

        return selectors;
    }

    private static string SuggestKeyword(string text) =>
        text.All(char.IsAsciiLetterOrDigit) ? NearestWord.Suggest(text, DicomDictionary.All.Select(entry => entry.Keyword)) : "";

    private static RuleAction? ReadAction(YamlMap map)
    {
        YamlScalar? scalar = map.RequiredScalar("action");
        switch (scalar?.Text)
        {
            case null: return null;
            case "keep": return new RuleAction.Keep();
            case "remove": return new RuleAction.Remove();
            case "empty": return new RuleAction.Empty();
            case "replace": return new RuleAction.Replace(map.RequiredString("value"));
            case "hash": return new RuleAction.Hash(map.OptionalInt("length", new RuleAction.Hash().Length, HashLengthMin, HashLengthMax));
            case "pseudonym": return new RuleAction.Pseudonym();
            case "uid": return new RuleAction.Uid();
            case "shift": return new RuleAction.Shift();
            case "floor": return new RuleAction.Floor(map.RequiredEnum<DateUnit>("to"));
            case "age-band": return new RuleAction.AgeBand(map.RequiredInt("years", 1, BandYearsMax));
            default:
                scalar.Fail($"unknown action '{scalar.Text}'{NearestWord.Suggest(scalar.Text, Actions)}; known: {string.Join(", ", Actions)}");
                return null;
        }
    }

    private static RuleCondition? ReadCondition(YamlMap map)
    {
        YamlScalar? element = map.RequiredScalar("element");
        bool negated = map.OptionalBool("not", false);
        YamlScalar? equal = map.OptionalScalar("equals");
        YamlScalar? pattern = map.OptionalScalar("matches");
        bool present = map.OptionalBool("present", false);
        if ((equal is null ? 0 : 1) + (pattern is null ? 0 : 1) + (present ? 1 : 0) != 1)
        {
            map.Fail("a condition has one of 'equals: text', 'matches: pattern' and 'present: true' ('not: true' turns it round)");
            return null;
        }

        if (element is null || ReadTag(element) is not { } tag)
        {
            return null;
        }

        return equal is not null ? new RuleCondition(tag, ConditionTest.Equals, equal.Text, negated)
            : pattern is not null ? new RuleCondition(tag, ConditionTest.Matches, ProjectLanguage.ReadPattern(pattern) ?? "", negated)
            : new RuleCondition(tag, ConditionTest.Present, "", negated);
    }

    private static Tag? ReadTag(YamlScalar element)
    {
        if (!RuleSelector.TryParse(element.Text, out RuleSelector? selector, out string? problem))
        {
            element.Fail(problem + SuggestKeyword(element.Text));
            return null;
        }

        SelectorStep step = selector.Steps[0];
        if (step is SelectorStep.AnyOf { Alternatives: [SelectorStep.Tags only] })
        {
            step = only;
        }

        if (selector.Steps.Count == 1 && step is SelectorStep.Tags { Mask: uint.MaxValue } tags)
        {
            return new Tag(tags.Value);
        }

        element.Fail("a condition looks at one element of the top level: a keyword or a tag without 'x'");
        return null;
    }
}
