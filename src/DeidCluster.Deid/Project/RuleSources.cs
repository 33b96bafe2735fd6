using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Brings the rules of a project together: its rule sets for devices first, then its own rules, then its rule files, each in the order in
/// which it stands. The first rule that matches an element decides.
/// </summary>
internal sealed class RuleSources(RuleLanguage language, string projectPath)
{
    /// <summary>A project names no more rule files.</summary>
    private const int FilesMax = 100;

    private readonly List<ConfigurationProblem> problems = [];

    /// <summary>What is wrong in rule files.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => problems;

    /// <summary>All rules of <paramref name="project"/>, in their order.</summary>
    public IReadOnlyList<Rule> Read(YamlMap project)
    {
        string file = Path.GetFileName(projectPath);
        List<Rule> rules = [];
        foreach (YamlMap set in project.OptionalMaps("rule-sets"))
        {
            if (!set.Has("rules"))
            {
                _ = set.Required("rules");
            }

            IReadOnlyList<RuleCondition> gate = ReadGate(set);
            if (gate.Count == 0)
            {
                set.Fail("a rule set has one of 'manufacturer', 'model', 'modalities' and 'sop-classes'; rules for everything stand in 'rules'");
            }

            rules.AddRange(language.Read(set, file, gate, mayWeaken: true));
        }

        rules.AddRange(language.Read(project, file, [], mayWeaken: true));
        IReadOnlyList<YamlValue> files = project.OptionalList("rule-files");
        foreach (YamlValue entry in files.Take(FilesMax))
        {
            rules.AddRange(ReadFile(entry));
        }

        if (files.Count > FilesMax)
        {
            files[FilesMax].Fail($"a project has at most {FilesMax} rule files");
        }

        return rules;
    }

    private IReadOnlyList<Rule> ReadFile(YamlValue entry)
    {
        bool mayWeaken = false;
        string? name = (entry as YamlScalar)?.Text;
        if (entry is YamlMap map)
        {
            name = map.RequiredString("file");
            mayWeaken = map.OptionalBool("allow-weaker", false);
            if (mayWeaken && string.IsNullOrWhiteSpace(map.OptionalString("reason")))
            {
                map.Fail("'allow-weaker' needs a 'reason'");
            }
        }

        if (string.IsNullOrEmpty(name))
        {
            entry.Fail("the path of a rule file is expected here, relative to this file");
            return [];
        }

        try
        {
            YamlMap file = StrictYaml.ReadFile(Path.Combine(Path.GetDirectoryName(projectPath) ?? "", name));
            _ = file.OptionalString("description");
            IReadOnlyList<Rule> rules = language.Read(file, name, ReadGate(file), mayWeaken);
            if (rules.Count == 0)
            {
                _ = file.Required("rules");
            }

            file.Finish();
            if (mayWeaken && !rules.Any(rule => rule.IsWeaker))
            {
                entry.Fail("'allow-weaker' stands here, but no rule of the file is weaker than the profile");
            }

            return rules;
        }
        catch (ConfigurationException e)
        {
            problems.AddRange(e.Problems);
            return [];
        }
    }

    private static IReadOnlyList<RuleCondition> ReadGate(YamlMap map)
    {
        List<RuleCondition> gate = [];
        foreach ((string key, Tag tag) in (ReadOnlySpan<(string, Tag)>)[("manufacturer", Tags.Manufacturer), ("model", Tags.ManufacturerModelName)])
        {
            if (ProjectLanguage.ReadPattern(map.OptionalScalar(key)) is { } pattern)
            {
                gate.Add(new RuleCondition(tag, ConditionTest.Matches, pattern));
            }
        }

        Add(gate, Tags.Modality, SelectionLanguage.ReadModalities(map, "modalities"));
        Add(gate, Tags.SOPClassUID, SelectionLanguage.ReadSopClasses(map, "sop-classes"));
        return gate;
    }

    private static void Add(List<RuleCondition> gate, Tag tag, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            gate.Add(new RuleCondition(default, ConditionTest.Present) { Any = [.. values.Select(value => new RuleCondition(tag, ConditionTest.Equals, value))] });
        }
    }
}
