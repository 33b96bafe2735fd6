using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The keys of a project's own rules.</summary>
internal sealed class RuleLanguage(WeakerRules weakerRules, IReadOnlySet<string> labels)
{
    private readonly HashSet<string> usedLabels = new(StringComparer.Ordinal);

    /// <summary>The labels that some rule asks for.</summary>
    public IReadOnlySet<string> UsedLabels => usedLabels;

    /// <summary>
    /// The rules in the list 'rules' of <paramref name="owner"/>, in order; each also has the conditions of the <paramref name="gate"/>.
    /// A rule with several selectors becomes several.
    /// </summary>
    /// <param name="owner">A project, a rule set or a rule file.</param>
    /// <param name="file">For people, where the rules stand.</param>
    /// <param name="gate">Conditions of the whole list.</param>
    /// <param name="mayWeaken">False where the project has not consented to rules that are weaker than the profile.</param>
    public IReadOnlyList<Rule> Read(YamlMap owner, string file, IReadOnlyList<RuleCondition> gate, bool mayWeaken)
    {
        List<Rule> rules = [];
        foreach (YamlMap map in owner.OptionalMaps("rules"))
        {
            foreach ((YamlScalar place, Rule rule) in ReadRule(map, file, gate, mayWeaken))
            {
                if (rules.Find(earlier => Covers(earlier, rule, gate.Count)) is { } first)
                {
                    place.Fail($"this can match nothing: the rule for {first.Selector.Text} at {first.Origin} always decides before it");
                }

                rules.Add(rule);
            }
        }

        return rules;
    }

    /// <summary>" (did you mean 'x'?)" for what may be a misspelt keyword.</summary>
    public static string SuggestKeyword(string text) =>
        text.All(char.IsAsciiLetterOrDigit) ? NearestWord.Suggest(text, DicomDictionary.All.Select(entry => entry.Keyword)) : "";

    /// <summary>The labels in the list <paramref name="key"/>; those that the project does not have are noted.</summary>
    public IReadOnlyList<string> ReadLabels(YamlMap map, string key)
    {
        IReadOnlyList<YamlScalar> scalars = map.OptionalScalars(key);
        foreach (YamlScalar scalar in scalars)
        {
            if (!labels.Contains(scalar.Text) && scalar.Text != LabelRule.All)
            {
                scalar.Fail($"the project has no label '{scalar.Text}'{NearestWord.Suggest(scalar.Text, labels)}");
            }

            usedLabels.Add(scalar.Text);
        }

        return [.. scalars.Select(scalar => scalar.Text)];
    }

    private List<(YamlScalar Place, Rule Rule)> ReadRule(YamlMap map, string file, IReadOnlyList<RuleCondition> gate, bool mayWeaken)
    {
        IReadOnlyList<(YamlScalar Place, RuleSelector Selector)> selectors = ReadSelectors(map);
        RuleAction? action = ActionLanguage.Read(map);
        IReadOnlyList<RuleCondition> when = [.. gate, .. ConditionLanguage.Read(map, "when")];
        string? reason = map.OptionalString("reason");
        bool allowWeaker = map.OptionalBool("allow-weaker", false);
        IReadOnlyList<string> wanted = ReadLabels(map, "labels");
        IReadOnlyList<string> unwanted = ReadLabels(map, "except-labels");
        List<(YamlScalar, Rule)> rules = [];
        if (action is null)
        {
            return rules;
        }

        bool weaker = false;
        foreach ((YamlScalar place, RuleSelector selector) in selectors)
        {
            NoteMisfit(place, selector, action);
            string? why = weakerRules.Explain(selector, action);
            if (why is not null)
            {
                weaker = true;
                JudgeWeaker(place, why, allowWeaker, reason, mayWeaken);
            }

            rules.Add((place, new Rule
            {
                Selector = selector,
                Action = action,
                When = when,
                Labels = wanted,
                ExceptLabels = unwanted,
                Reason = reason,
                Origin = $"{file}:{map.Line}",
                IsWeaker = why is not null,
            }));
        }

        if (allowWeaker && !weaker && selectors.Count > 0)
        {
            map.Fail("'allow-weaker' stands here, but the rule is not weaker than the profile");
        }

        return rules;
    }

    private static void NoteMisfit(YamlScalar place, RuleSelector selector, RuleAction action)
    {
        if (!Enum.GetValues<Vr>().Any(vr => ActionFit.Fits(action, vr) && selector.Steps[^1].MayBe(vr)))
        {
            place.Fail($"this can match nothing: '{action.Word}' fits no element of {selector.Text}");
        }
        else if (action is RuleAction.Set && selector.SingleTag is null)
        {
            place.Fail("'set' needs one element of the top level, by keyword or tag");
        }
    }

    // An earlier rule without conditions of its own that matches every tag of a later one. Paths and creators are not compared.
    private static bool Covers(Rule earlier, Rule later, int gateCount) =>
        earlier.When.Count == gateCount && earlier.Labels.Count == 0 && earlier.ExceptLabels.Count == 0
        && earlier.Selector is { AtTop: false, Steps: [var step] } && later.Selector.Steps[^1].SingleTag is { } tag
        && step is SelectorStep.Tags or SelectorStep.AnyOf && step.Matches(new ElementPlace(tag, Vr.UN, null, null));

    private static void JudgeWeaker(YamlScalar place, string why, bool allowed, string? reason, bool mayWeaken)
    {
        if (!allowed)
        {
            place.Fail($"{why}; if that is meant, add 'allow-weaker: true' and a 'reason'");
        }
        else if (string.IsNullOrWhiteSpace(reason))
        {
            place.Fail($"{why}; 'allow-weaker' needs a 'reason'");
        }
        else if (!mayWeaken)
        {
            place.Fail($"{why}; the project must consent: name the file with 'allow-weaker: true' and a 'reason' in its 'rule-files'");
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
}
