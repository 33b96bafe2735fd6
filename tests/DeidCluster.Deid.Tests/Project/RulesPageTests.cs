using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Project;

/// <summary>Every example of docs/RULES.md does what the page says, and the page has one for everything that the language knows.</summary>
public partial class RulesPageTests
{
    private const string Absent = "absent";

    public static TheoryData<int> Examples => [.. Enumerable.Range(0, Blocks().Count)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_OfThePage_DoesWhatItSays(int number)
    {
        string block = Blocks()[number];
        ProjectProfile profile = ProjectFile.Parse(Make.ProjectText(block), "a.yaml").Profile;
        List<(string Path, string Before, string After)> lines = [.. Expectations().Matches(block).Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value))];
        Assert.NotEmpty(lines);
        DataSet source = Make.Instance(lines.Any(line => line == ("Modality", "MR", "MR")) ? Uids.MrImageStorage : Uids.CtImageStorage);
        foreach ((string path, string before, _) in lines.Where(line => line.Before != Absent))
        {
            Put(source, path, before);
        }

        DeidentifiedInstance result = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(source, profile)).Instance;

        Assert.All(lines, line => Assert.True(Holds(Value(result.DataSet, line.Path), line.Before, line.After), $"{line.Path}: {Value(result.DataSet, line.Path)} instead of {line.After}"));
        if (profile.OutputTransferSyntax is { } syntax)
        {
            Assert.Equal(syntax, result.TransferSyntax.Uid);
        }
    }

    [Fact]
    public void Page_HasAnExample_OfEveryActionAndCondition()
    {
        string blocks = string.Join('\n', Blocks());
        Assert.All(ActionLanguage.Words, action => Assert.Contains($"action: {action}", blocks, StringComparison.Ordinal));
        Assert.All(ConditionLanguage.Tests, test => Assert.Matches($@"\b{test}: ", blocks));
        Assert.All(["any: ", "not: true", "labels: ", "except-labels: ", "manufacturer: ", "model: ", "vr:", "private,", "select: /"], word => Assert.Contains(word, blocks, StringComparison.Ordinal));
    }

    [Fact]
    public void Label_ThatIsNotTaken_RejectsTheInstance()
    {
        ProjectProfile profile = ProjectFile.Parse(Make.ProjectText(Blocks().Single(block => block.Contains("except-labels: [scout]", StringComparison.Ordinal))), "a.yaml").Profile;
        DataSet thick = Make.Instance();
        thick.SetString(Tags.SliceThickness, "5");
        DataSet scout = Make.Instance();
        scout.SetString(Tags.SliceThickness, "1");
        scout.SetString(Tags.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER");

        Assert.Equal("it has no label that is taken", Assert.IsType<DeidentifyResult.Rejected>(Make.Deidentify(thick, profile)).Reason);
        Assert.Equal("it has the label 'scout', which is not taken", Assert.IsType<DeidentifyResult.Rejected>(Make.Deidentify(scout, profile)).Reason);
    }

    private static bool Holds(string? value, string before, string after) => after switch
    {
        "gone" => value is null,
        "empty" => value is "",
        "changed" => value != before,
        _ when after.StartsWith("without ", StringComparison.Ordinal) => value?.Contains(after["without ".Length..], StringComparison.OrdinalIgnoreCase) != true,
        _ => value?.Trim() == after,
    };

    private static void Put(DataSet source, string path, string value)
    {
        if (PrivateElement().Match(path) is { Success: true } element)
        {
            Tag block = new(Convert.ToUInt16(element.Groups[1].Value, 16), 0x0010);
            source.SetString(block, Vr.LO, element.Groups[2].Value);
            source.SetString(new Tag(block.Group, (ushort)(0x1000 | Convert.ToByte(element.Groups[3].Value, 16))), element.Groups[3].Value == "0C" ? Vr.IS : Vr.CS, value);
            return;
        }

        string[] steps = path.Split('.');
        Tag last = TagOf(steps[^1]);
        DataSet item = source;
        foreach (string step in steps[..^1])
        {
            if (source.Items(TagOf(step)) is not [var known])
            {
                source.SetItems(TagOf(step), known = []);
            }

            item = known;
        }

        Vr vr = DicomDictionary.Find(last)!.Vr;
        if (vr.IsText())
        {
            item.SetString(last, value.Split('\\'));
        }
        else
        {
            item.SetDouble(last, double.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static string? Value(DataSet result, string path)
    {
        if (PrivateElement().Match(path) is { Success: true } element)
        {
            return result.GetString(new Tag(Convert.ToUInt16(element.Groups[1].Value, 16), (ushort)(0x1000 | Convert.ToByte(element.Groups[3].Value, 16))));
        }

        string[] steps = path.Split('.');
        DataSet? item = steps.Length == 1 ? result : result.Items(TagOf(steps[0])).FirstOrDefault();
        return item?.Find(TagOf(steps[^1])) is { } found ? item.GetString(found.Tag) ?? "" : null;
    }

    private static Tag TagOf(string text) => Tag.TryParse(text, out Tag tag) ? tag : DicomDictionary.FindKeyword(text)!.Tag;

    private static IReadOnlyList<string> Blocks() => [.. Fences().Matches(File.ReadAllText(TestFiles.InTheCheckout("docs/RULES.md"))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("^# (\\S+|\\([0-9A-F]{4},\"[^\"]+\",[0-9A-F]{2}\\)): (.+?) -> (.+)$", RegexOptions.Multiline)]
    private static partial Regex Expectations();

    [GeneratedRegex("^\\(([0-9A-F]{4}),\"([^\"]+)\",([0-9A-F]{2})\\)$")]
    private static partial Regex PrivateElement();
}
