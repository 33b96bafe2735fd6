using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The keys of conditions.</summary>
internal static class ConditionLanguage
{
    /// <summary>The keys that test a value, in the order of the documentation; a condition has one of them.</summary>
    public static readonly string[] Tests = ["equals", "in", "matches", "contains", "word", "at-least", "at-most", "present"];

    /// <summary>The conditions in the list <paramref name="key"/>.</summary>
    public static IReadOnlyList<RuleCondition> Read(YamlMap map, string key) => [.. map.OptionalMaps(key).Select(Read).OfType<RuleCondition>()];

    private static RuleCondition? Read(YamlMap map)
    {
        bool negated = map.OptionalBool("not", false);
        if (map.Has("any"))
        {
            IReadOnlyList<RuleCondition> any = Read(map, "any");
            if (any.Count == 0)
            {
                map.Fail("'any' needs at least one condition");
            }

            return new RuleCondition(default, ConditionTest.Present, "", negated) { Any = any };
        }

        YamlScalar? element = map.RequiredScalar("element");
        string[] given = [.. Tests.Where(map.Has)];
        if (given.Length != 1 || (given[0] == "present" && !map.OptionalBool("present", false)))
        {
            map.Fail($"a condition has one of {string.Join(", ", Tests.Select(test => test == "present" ? "'present: true'" : $"'{test}'"))} ('not: true' turns it round), or 'any'");
            return null;
        }

        return element is not null && ReadPlace(element) is { } place ? ReadTest(map, given[0], place with { Negated = negated }) : null;
    }

    private static RuleCondition? ReadTest(YamlMap map, string test, RuleCondition place)
    {
        switch (test)
        {
            case "present":
                return place with { Test = ConditionTest.Present };
            case "in":
                IReadOnlyList<string> texts = map.OptionalStrings("in");
                if (texts.Count == 0)
                {
                    map.Fail("'in' needs at least one text");
                }

                RuleCondition plain = place with { Negated = false };
                return new RuleCondition(default, ConditionTest.Present, "", place.Negated)
                {
                    Any = [.. texts.Select(text => plain with { Test = ConditionTest.Equals, Text = text })],
                };
            case "matches":
                return place with { Test = ConditionTest.Matches, Text = ProjectLanguage.ReadPattern(map.RequiredScalar("matches")) ?? "" };
            case "at-least" or "at-most":
                double number = map.OptionalDouble(test, 0, double.MinValue);
                return place with { Test = test == "at-least" ? ConditionTest.AtLeast : ConditionTest.AtMost, Text = number.ToString("R", CultureInfo.InvariantCulture) };
            default:
                YamlScalar? wanted = map.RequiredScalar(test);
                if (wanted is { Text.Length: 0 })
                {
                    wanted.Fail("a text is expected here; use 'present: true' with 'not: true' for an element without a value");
                }

                return place with
                {
                    Test = test switch { "equals" => ConditionTest.Equals, "contains" => ConditionTest.Contains, _ => ConditionTest.Word },
                    Text = wanted?.Text ?? "",
                };
        }
    }

    // A condition without its test yet.
    private static RuleCondition? ReadPlace(YamlScalar element)
    {
        if (!RuleSelector.TryParse(element.Text, out RuleSelector? selector, out string? problem))
        {
            element.Fail(problem + RuleLanguage.SuggestKeyword(element.Text));
            return null;
        }

        if (selector.SingleTag is { } tag)
        {
            return new RuleCondition(tag, ConditionTest.Present);
        }

        if (selector.Steps.All(step => step.SingleTag is not null || step is SelectorStep.PrivateElement))
        {
            return new RuleCondition(default, ConditionTest.Present) { Path = selector };
        }

        element.Fail("a condition looks at one element: a keyword, a tag without 'x' or a private element, or a path of these from the top level");
        return null;
    }
}
