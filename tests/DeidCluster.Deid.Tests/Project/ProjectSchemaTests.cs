using System.Text.Json;

namespace DeidCluster.Deid.Tests.Project;

/// <summary>The schemas beside the configuration are those of the language: DEID_WRITE_SCHEMAS=1 writes them anew.</summary>
public class ProjectSchemaTests
{
    [Theory]
    [InlineData("project.schema.json")]
    [InlineData("rules.schema.json")]
    public async Task Schema_BesideTheConfiguration_IsThatOfTheLanguage(string name)
    {
        string path = TestFiles.InTheCheckout($"cluster-config/schema/{name}");
        string generated = name == "project.schema.json" ? ProjectSchema.Project() : ProjectSchema.RuleFile();
        if (Environment.GetEnvironmentVariable("DEID_WRITE_SCHEMAS") == "1")
        {
            await File.WriteAllTextAsync(path, generated);
        }

        Assert.Equal(generated, await File.ReadAllTextAsync(path));
    }

    // Each key that the schema allows is one that the reader knows at that place, and the reader knows none that it refuses: a map with the
    // schema's keys only has no unknown key, and one more is refused.
    [Theory]
    [InlineData("", "")]
    [InlineData("select", "select: {#}")]
    [InlineData("labels/*", "labels: [{#}]")]
    [InlineData("rules/*", "rules: [{#}]")]
    [InlineData("rule-sets/*", "rule-sets: [{model: x, rules: [], #}]")]
    [InlineData("pixels/*", "pixels: [{no-text: true, #}]")]
    [InlineData("dates", "dates: {policy: shift, #}")]
    [InlineData("pseudonym", "pseudonym: {#}")]
    [InlineData("retry", "retry: {#}")]
    public void Keys_OfTheSchema_AreKeysOfTheReader(string place, string text)
    {
        JsonElement schema = JsonDocument.Parse(ProjectSchema.Project()).RootElement;
        foreach (string step in place.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = step == "*" ? schema.GetProperty("items") : schema.GetProperty("properties").GetProperty(step);
        }

        // Keys of one action are unknown beside another.
        string[] ofActions = ["value", "length", "to", "years", "multiple", "pattern", "with"];
        string[] ofPolicies = ["to"];
        string[] ofKinds = ["digits", "table", "url", "timeout-seconds", "token-file"];
        foreach (JsonProperty key in schema.GetProperty("properties").EnumerateObject().Where(key => (place != "pseudonym" || !ofKinds.Contains(key.Name)) && (place != "dates" || !ofPolicies.Contains(key.Name)) && (place != "rules/*" || !ofActions.Contains(key.Name)) && !text.Contains($"{key.Name}:", StringComparison.Ordinal)))
        {
            string line = $"{key.Name}: []";
            Assert.DoesNotContain(Problems(text.Length == 0 ? line : text.Replace("#", line, StringComparison.Ordinal)), problem => problem.Contains($"unknown key '{key.Name}'", StringComparison.Ordinal));
        }

        Assert.Contains(Problems(text.Length == 0 ? "nonsense: 1" : text.Replace("#", "nonsense: 1", StringComparison.Ordinal)), problem => problem.Contains("unknown key 'nonsense'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("select")]
    [InlineData("pseudonym")]
    [InlineData("retry")]
    [InlineData("retention")]
    public void Keys_OfTheReader_AreKeysOfTheSchema(string place)
    {
        JsonElement schema = JsonDocument.Parse(ProjectSchema.Project()).RootElement;
        YamlMap root = StrictYaml.Parse("project: a\nselect: {sop-classes: [all]}\npseudonym: {prefix: a}\nretry: {attempts: 2}\nretention: {keep-days: 3, then: purge}\n", "a.yaml");
        _ = ProjectLanguage.Read(root, "a.yaml");

        IReadOnlySet<string> known = (place.Length == 0 ? root : root.OptionalMap(place)!).Known;
        JsonElement at = place.Length == 0 ? schema : schema.GetProperty("properties").GetProperty(place);
        Assert.Empty(known.Except(at.GetProperty("properties").EnumerateObject().Select(key => key.Name)));
    }

    private static IReadOnlyList<string> Problems(string text)
    {
        try
        {
            _ = ProjectFile.Parse("project: a\n" + text, "a.yaml");
            return [];
        }
        catch (ConfigurationException e)
        {
            return [.. e.Problems.Select(problem => problem.Problem)];
        }
    }
}
