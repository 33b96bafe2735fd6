using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The labels and rules of a project, ready to be asked which of them are about an instance. Thread safe.</summary>
internal sealed class RuleSet
{
    private static readonly ConditionalWeakTable<ProjectProfile, RuleSet> Made = [];

    private readonly (string Name, ConditionCheck[] When)[] labels;
    private readonly (Rule Rule, ConditionCheck[] When)[] rules;
    private readonly RuleChoice? always;

    private RuleSet(ProjectProfile profile)
    {
        labels = [.. profile.Labels.Select(label => (label.Name, Checks(label.When)))];
        rules = [.. profile.Rules.Select(rule => (rule, Checks(rule.When)))];
        if (labels.Length == 0 && profile.Rules.All(rule => rule.When.Count == 0 && rule.Labels.Count == 0 && rule.ExceptLabels.Count == 0))
        {
            always = new RuleChoice([.. profile.Rules.Index()], "", new HashSet<string>());
        }
    }

    /// <summary>That of <paramref name="profile"/>; expressions are compiled once.</summary>
    public static RuleSet Of(ProjectProfile profile) => Made.GetValue(profile, key => new RuleSet(key));

    /// <summary>The labels of <paramref name="instance"/> and the rules that are about it.</summary>
    /// <exception cref="RegexMatchTimeoutException">A pattern takes too long on one of its values.</exception>
    public RuleChoice Choose(DataSet instance)
    {
        if (always is not null)
        {
            return always;
        }

        HashSet<string> given = [.. labels.Where(label => AllHold(label.When, instance)).Select(label => label.Name), LabelRule.All];
        List<(int, Rule)> chosen = [];
        StringBuilder key = new();
        for (int i = 0; i < rules.Length; i++)
        {
            Rule rule = rules[i].Rule;
            bool applies = (rule.Labels.Count == 0 || rule.Labels.Any(given.Contains)) && !rule.ExceptLabels.Any(given.Contains) && AllHold(rules[i].When, instance);
            key.Append(applies ? '1' : '0');
            if (applies)
            {
                chosen.Add((i, rule));
            }
        }

        return new RuleChoice(chosen, key.ToString(), given);
    }

    private static bool AllHold(ConditionCheck[] conditions, DataSet instance)
    {
        foreach (ConditionCheck condition in conditions)
        {
            if (!condition.Holds(instance))
            {
                return false;
            }
        }

        return true;
    }

    private static ConditionCheck[] Checks(IReadOnlyList<RuleCondition> conditions) => [.. conditions.Select(condition => new ConditionCheck(condition))];
}

/// <summary>What of a project's rules is about one instance.</summary>
/// <param name="Rules">The rules, in order, with their places among all.</param>
/// <param name="Key">The same text for the same choice of rules.</param>
/// <param name="Labels">The labels that the instance has.</param>
internal sealed record RuleChoice(IReadOnlyList<(int Index, Rule Rule)> Rules, string Key, IReadOnlySet<string> Labels);
