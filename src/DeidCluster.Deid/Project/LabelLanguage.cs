namespace DeidCluster.Deid;

/// <summary>The keys of a project's labels.</summary>
internal static class LabelLanguage
{
    /// <summary>A project has no more labels.</summary>
    private const int LabelsMax = 100;

    /// <summary>The labels of <paramref name="project"/>, in order.</summary>
    public static IReadOnlyList<LabelRule> Read(YamlMap project)
    {
        List<LabelRule> labels = [];
        foreach (YamlMap map in project.OptionalMaps("labels"))
        {
            YamlScalar? name = map.RequiredScalar("label");
            IReadOnlyList<RuleCondition> when = ConditionLanguage.Read(map, "when");
            if (when.Count == 0)
            {
                _ = map.Required("when");
            }

            if (name is null)
            {
                continue;
            }

            if (!ProjectLanguage.IsName(name.Text) || name.Text == LabelRule.All)
            {
                name.Fail($"a label has lower-case letters, digits, '-' and '_'; '{LabelRule.All}' is what every instance has");
            }
            else if (labels.Any(label => label.Name == name.Text))
            {
                name.Fail($"'{name.Text}' stands here a second time");
            }
            else if (labels.Count == LabelsMax)
            {
                name.Fail($"a project has at most {LabelsMax} labels");
            }

            labels.Add(new LabelRule(name.Text, when));
        }

        return labels;
    }

    /// <summary>Default deny: a project with labels says which it takes, and uses each of them.</summary>
    public static void Check(YamlMap project, IReadOnlyList<LabelRule> labels, Selection selection, IReadOnlySet<string> used)
    {
        if (labels.Count == 0)
        {
            return;
        }

        if (selection.Labels.Count == 0)
        {
            project.Fail($"the project has labels, and 'select.labels' takes none of them; '{LabelRule.All}' takes every instance");
        }

        foreach (LabelRule label in labels.Where(label => !used.Contains(label.Name)))
        {
            project.Fail($"the label '{label.Name}' is used by nothing: neither 'select' nor a rule names it");
        }
    }
}
