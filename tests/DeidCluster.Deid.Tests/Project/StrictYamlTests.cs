namespace DeidCluster.Deid.Tests.Project;

public class StrictYamlTests
{
    private enum Colour
    {
        Red,
        DarkBlue,
    }

    [Theory]
    [InlineData("name: a\ncuont: 2\n", "2:1: unknown key 'cuont' (did you mean 'count'?)")]
    [InlineData("name: a\nzzzzzzz: 1\n", "2:1: unknown key 'zzzzzzz'")]
    [InlineData("name: a\nname: b\n", "2:1: key 'name' stands here a second time")]
    [InlineData("count: 1\n", "1:1: key 'name' is missing here")]
    [InlineData("name: [a]\n", "1:7: text is expected here, not a list")]
    [InlineData("name:\n  a: b\n", "2:3: text is expected here, not a map")]
    [InlineData("name: a\ncount: many\n", "2:8: a whole number from 1 to 9 is expected here")]
    [InlineData("name: a\ncount: '3'\n", "2:8: a whole number from 1 to 9 is expected here")]
    [InlineData("name: a\ncount: 10\n", "2:8: a whole number from 1 to 9 is expected here")]
    [InlineData("name: a\nshare: much\n", "2:8: a number from 0 to 1 is expected here")]
    [InlineData("name: a\nflag: yes\n", "2:7: true or false is expected here")]
    [InlineData("name: a\ncolour: dark-bleu\n", "2:9: unknown value 'dark-bleu' (did you mean 'dark-blue'?); known: red, dark-blue")]
    [InlineData("name: a\ninner:\n  x: 1\n  xx: 2\n", "4:3: unknown key 'xx' (did you mean 'x'?)")]
    [InlineData("name: a\nlist:\n  - x: 1\n  - x: 1\n    y: 2\n", "5:5: unknown key 'y' (did you mean 'x'?)")]
    [InlineData("name: a\nlist: b\n", "2:7: a list is expected here, not text")]
    [InlineData("name: a\nlist: [b]\n", "2:8: a map of keys is expected here, not text")]
    [InlineData("name: &a b\n", "1:7: anchors (&name) are not allowed")]
    [InlineData("name: *a\n", "1:7: aliases (*name) are not allowed")]
    [InlineData("name: !!binary b\n", "1:7: tags (!name) are not allowed")]
    [InlineData("name: a\n---\nname: b\n", "2:1: only one document is allowed in a file")]
    [InlineData("- a\n", "1:1: a map of keys is expected here")]
    [InlineData("", "1:1: the file is empty")]
    public void Finish_MistakeInFile_NamesPlaceAndProblem(string text, string expected)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Read(text));
        Assert.Equal("a.yaml:" + expected, e.Message);
    }

    [Fact]
    public void Finish_SeveralMistakes_ReportsAllInOrder()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Read("flag: 1\ncount: x\nfoo: 2\n"));
        Assert.Equal([1, 1, 2, 3], e.Problems.Select(problem => problem.Line));
    }

    [Fact]
    public void Parse_NotYaml_NamesThePlace()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => StrictYaml.Parse("name: \"a\nother: b\n", "a.yaml"));
        Assert.Equal(1, e.Problems[0].Line);
    }

    [Fact]
    public void Parse_NestedTooDeep_IsRefused()
    {
        string text = "name: " + new string('[', 5000) + new string(']', 5000);
        Assert.Throws<ConfigurationException>(() => StrictYaml.Parse(text, "a.yaml"));
    }

    [Fact]
    public void Read_WellFormed_GivesTypedValues()
    {
        YamlMap map = StrictYaml.Parse("name: 'null'\ncount: 3\nflag: true\ncolour: dark-blue\nwords: [a, '1']\nnothing:\n", "a.yaml");
        Assert.Equal("null", map.RequiredString("name"));
        Assert.Equal(3, map.RequiredInt("count"));
        Assert.True(map.OptionalBool("flag", false));
        Assert.Equal(Colour.DarkBlue, map.RequiredEnum<Colour>("colour"));
        Assert.Equal(["a", "1"], map.OptionalStrings("words"));
        Assert.Null(map.OptionalString("nothing"));
        map.Finish();
    }

    [Fact]
    public void ReadFile_Missing_IsAConfigurationProblem()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => StrictYaml.ReadFile("/nowhere/at/all.yaml"));
        Assert.Equal("/nowhere/at/all.yaml:1:1: there is no such file", e.Message);
    }

    private static void Read(string text)
    {
        YamlMap map = StrictYaml.Parse(text, "a.yaml");
        map.RequiredString("name");
        map.OptionalInt("count", 1, 1, 9);
        map.OptionalDouble("share", 0.5, 0, 1);
        map.OptionalBool("flag", false);
        map.OptionalEnum("colour", Colour.Red);
        map.OptionalMap("inner")?.OptionalInt("x", 0);
        foreach (YamlMap inner in map.OptionalMaps("list"))
        {
            inner.OptionalInt("x", 0);
        }

        map.Finish();
    }
}
