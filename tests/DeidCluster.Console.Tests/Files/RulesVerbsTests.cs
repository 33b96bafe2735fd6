using System.CommandLine;
using System.Text.Json;
using DeidCluster.Console.Files;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Files;

public sealed class RulesVerbsTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 2, ImageSize = 32 }).Ct(1, 1);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Explain_File_NamesTheRuleOrTheRowOfEachElement_AndNoValue()
    {
        await PrepareAsync("rules: [{select: KVP, action: remove}, {select: PatientSex, action: keep, allow-weaker: true, reason: model}]");
        (int exit, string output, _) = await RunAsync("rules", "explain", FirstFile(), "--project", folder.File("a.yaml"), "--json");

        Dictionary<string, JsonElement> elements = output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(element => element.GetProperty("path").GetString()!);
        Assert.Equal(0, exit);
        Assert.Equal("keep", elements["(0010,0040)"].GetProperty("treatment").GetString());
        Assert.Equal("rule 2 (a.yaml:3): keep PatientSex; \"model\"; type 2 here", elements["(0010,0040)"].GetProperty("reason").GetString());
        Assert.Equal("table E.1-1: U; type 1 here", elements["(0008,0018)"].GetProperty("reason").GetString());
        Assert.Equal(0, elements["(0008,0018)"].GetProperty("rule").GetInt32());
        Assert.DoesNotContain(study.Patient.PatientId, output, StringComparison.Ordinal);
        Assert.DoesNotContain(study.StudyInstanceUid, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_FileThatIsNotTaken_EndsWithTwoAndTheReason()
    {
        await PrepareAsync("", "MR Image Storage");
        (int exit, string output, _) = await RunAsync("rules", "explain", FirstFile(), "--project", folder.File("a.yaml"));
        Assert.Equal(2, exit);
        Assert.Equal("rejected: its SOP class is not selected", output.Trim());
    }

    [Fact]
    public async Task Test_Folder_ListsEachDistinctValueOnce()
    {
        await PrepareAsync("rules: [{select: SeriesDescription, action: replace, value: Series}]");
        (int exit, string output, _) = await RunAsync("rules", "test", folder.File("in"), "--project", folder.File("a.yaml"));

        int files = Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories).Length;
        Assert.Equal(0, exit);
        Assert.Single(output.Split('\n'), line => line.Contains("(0008,103E)", StringComparison.Ordinal) && line.EndsWith("Series", StringComparison.Ordinal) && line.TrimStart().StartsWith($"{files}  made", StringComparison.Ordinal));
        Assert.Contains("kept  (0008,0060) Modality CS  CT", output, StringComparison.Ordinal);
        Assert.Contains($"{files} files, {files} would leave", output, StringComparison.Ordinal);
        Assert.DoesNotContain(study.Patient.PatientId, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_Masked_ShowsShapesOnly()
    {
        await PrepareAsync("");
        (_, string output, _) = await RunAsync("rules", "test", folder.File("in"), "--project", folder.File("a.yaml"), "--mask", "--kept");
        Assert.Contains("Modality CS  XX", output, StringComparison.Ordinal);
        Assert.DoesNotContain("CS  CT", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impact_ChangedRule_SaysWhereAndInHowManyFiles()
    {
        await PrepareAsync("");
        Directory.CreateDirectory(folder.File("new"));
        await File.WriteAllTextAsync(Path.Combine(folder.File("new"), "a.yaml"), await File.ReadAllTextAsync(folder.File("a.yaml")) + "rules: [{select: Modality, action: replace, value: OT}]\n");
        int files = Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories).Length;

        (int same, string nothing, _) = await RunAsync("rules", "impact", "--old", folder.File("a.yaml"), "--new", folder.File("a.yaml"), folder.File("in"));
        (int exit, string output, _) = await RunAsync("rules", "impact", "--old", folder.File("a.yaml"), "--new", Path.Combine(folder.File("new"), "a.yaml"), folder.File("in"));

        Assert.Equal((0, $"{files} files, 0 with another result"), (same, nothing.Trim()));
        Assert.Equal(2, exit);
        Assert.Equal([$"{files}  (0008,0060) Modality: changed", $"{files} files, {files} with another result"], output.Trim().Split('\n').Select(line => line.Trim()));
    }

    [Fact]
    public async Task Schema_OfRules_IsJson()
    {
        (int exit, string output, _) = await RunAsync("rules", "schema", "--of", "rules");
        Assert.Equal(0, exit);
        Assert.Equal("Rules", JsonDocument.Parse(output).RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Diff_MaskedHtmlAndColours_ShowKindsAndShapes()
    {
        string after = folder.File("after.dcm");
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        using (DicomFile file = DicomFile.Open(FirstFile()))
        {
            DataSet changed = file.DataSet.DeepCopy();
            changed.SetString(Tags.PatientName, "<Other>^Person");
            await File.WriteAllBytesAsync(after, DicomFileWriter.Segments(file.FileMeta, changed, file.TransferSyntax, file.Source).ToArray());
        }

        (int exit, string output, _) = await RunAsync("diff", FirstFile(), after, "--color", "--html", folder.File("d.html"), "--mask");
        string page = await File.ReadAllTextAsync(folder.File("d.html"));

        Assert.Equal(2, exit);
        Assert.Contains("\e[33m~ (0010,0010) PatientName ", output, StringComparison.Ordinal);
        Assert.Contains("<Xxxxx>^Xxxxxx", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Other", output + page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"changed\"><td>(0010,0010)<br>PatientName</td>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;Xxxxx&gt;^Xxxxxx", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anonymize_Report_CountsActionsAndRules()
    {
        await PrepareAsync("rules: [{select: PatientSex, action: keep, allow-weaker: true, reason: model}]");
        Assert.Equal(0, (await RunAsync("project", "key", "new", "--out", folder.File("a.key"))).Exit);
        (int exit, string output, _) = await RunAsync(
            "anonymize", "--project", folder.File("a.yaml"), "--key-file", folder.File("a.key"), "--in", folder.File("in"), "--out", folder.File("out"), "--report", folder.File("r.json"));

        JsonElement report = JsonDocument.Parse(await File.ReadAllTextAsync(folder.File("r.json"))).RootElement;
        int files = report.GetProperty("counts").GetProperty("files").GetInt32();
        Assert.Equal(0, exit);
        Assert.Equal("2026d", report.GetProperty("edition").GetString());
        Assert.StartsWith("DeidCluster ", report.GetProperty("tool").GetString(), StringComparison.Ordinal);
        Assert.True(report.GetProperty("actions").GetProperty("uids").GetInt32() >= 3 * files);
        JsonElement rule = Assert.Single(report.GetProperty("rules").EnumerateArray());
        Assert.Equal((files, true, "model"), (rule.GetProperty("elements").GetInt32(), rule.GetProperty("weaker").GetBoolean(), rule.GetProperty("reason").GetString()));
        Assert.Contains("weaker than the profile: keep PatientSex (a.yaml:3)", output, StringComparison.Ordinal);
    }

    private async Task PrepareAsync(string rules, string sopClass = "all")
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        await File.WriteAllTextAsync(folder.File("a.yaml"), $"project: a\nselect: {{sop-classes: [{sopClass}]}}\n{rules}\n");
    }

    private string FirstFile() => Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        RootCommand root = new();
        FileVerbs.AddTo(root);
        StringWriter output = new();
        StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, args, output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
