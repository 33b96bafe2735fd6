using System.CommandLine;
using System.Text.Json.Nodes;
using DeidCluster.Console.Files;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Files;

public sealed class FileVerbsTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 2, ImageSize = 32 }).Ct(1, 1);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Anonymize_CleanFiles_EndsWithZeroAndAReport()
    {
        await PrepareAsync();
        (int exit, string output, string error) = await AnonymizeAsync("--json", "--report", folder.File("report.json"));
        Assert.Equal((0, ""), (exit, error));
        Assert.Equal(study.Instances.Count, (int)JsonNode.Parse(output)!["counts"]!["done"]!);
        JsonArray files = JsonNode.Parse(await File.ReadAllTextAsync(folder.File("report.json")))!["files"]!.AsArray();
        Assert.All(files, file => Assert.Equal("done", (string)file!["outcome"]!));
    }

    [Fact]
    public async Task Anonymize_SomeRejected_EndsWithTwoAndNamesNoInputOnTheScreen()
    {
        await PrepareAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.File("in"), "jane-doe.txt"), "no image");
        (int exit, string output, _) = await AnonymizeAsync();
        Assert.Equal(2, exit);
        Assert.Contains("1 rejected", output, StringComparison.Ordinal);
        Assert.DoesNotContain("jane-doe", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anonymize_UnknownKeyInTheProject_EndsWithOneAndThePlace()
    {
        await PrepareAsync();
        await File.WriteAllTextAsync(folder.File("basic.yaml"), "project: basic\ndatse: {policy: remove}\nselect: {sop-classes: [all]}\n");
        (int exit, _, string error) = await AnonymizeAsync();
        Assert.Equal(1, exit);
        Assert.Contains("basic.yaml:2:1: unknown key 'datse' (did you mean 'dates'?)", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyNew_WritesAKeyOnce()
    {
        Assert.Equal(0, (await RunAsync("project", "key", "new", "--out", folder.File("a.key"))).Exit);
        (int exit, _, string error) = await RunAsync("project", "key", "new", "--out", folder.File("a.key"));
        Assert.Equal(1, exit);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task KeyRotate_AddsAKey_AndShowIdTellsBothAndNoSecret()
    {
        await RunAsync("project", "key", "new", "--out", folder.File("a.key"));
        string secret = (await File.ReadAllTextAsync(folder.File("a.key"))).Split(' ')[1].Trim();
        (int exit, string rotated, _) = await RunAsync("project", "key", "rotate", "--key-file", folder.File("a.key"));
        Assert.Equal(0, exit);
        (_, string shown, _) = await RunAsync("project", "key", "show-id", "--key-file", folder.File("a.key"));
        Assert.Equal(["key-1", "key-2 (current)"], shown.TrimEnd().Split(Environment.NewLine));
        Assert.DoesNotContain(secret, rotated + shown, StringComparison.Ordinal);
        Assert.Contains(secret, await File.ReadAllTextAsync(folder.File("a.key")), StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("project", "key", "rotate", "--key-file", folder.File("a.key"), "--id", "key-1")).Exit);
    }

    [Fact]
    public async Task Dump_And_Diff_ShowAnElement()
    {
        await PrepareAsync();
        string[] files = Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories);
        Assert.Contains("PatientName", (await RunAsync("dump", files[0])).Output, StringComparison.Ordinal);
        Assert.Contains("\"path\":\"(0010,0010)\"", (await RunAsync("dump", files[0], "--json")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("diff", files[0], files[0])).Exit);
        (int exit, string output, _) = await RunAsync("diff", files[0], files[1]);
        Assert.Equal(2, exit);
        Assert.Contains("~ (0008,0018)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dump_MalformedFile_NamesTheOffset()
    {
        await File.WriteAllBytesAsync(folder.File("a.dcm"), [.. new byte[128], .. "DICM"u8, 2, 0, 0, 0]);
        (int exit, _, string error) = await RunAsync("dump", folder.File("a.dcm"));
        Assert.Equal(1, exit);
        Assert.Matches("^deid: .* at byte [0-9]+", error);
    }

    [Fact]
    public async Task ConfigCheck_Mistakes_AreAllReported()
    {
        folder.Folder("projects");
        await File.WriteAllTextAsync(Path.Combine(folder.File("projects"), "a.yaml"), "project: a\nfoo: 1\nbar: 2\nselect: {sop-classes: [all]}\n");
        await File.WriteAllTextAsync(Path.Combine(folder.File("projects"), "b.yml"), "project: b\nselect: {sop-classes: [all]}\n");
        (int exit, string output, _) = await RunAsync("config", "check", folder.Path);
        Assert.Equal(1, exit);
        Assert.Contains("a.yaml:2:1: unknown key 'foo'", output, StringComparison.Ordinal);
        Assert.Contains("a.yaml:3:1: unknown key 'bar'", output, StringComparison.Ordinal);
        Assert.Contains("b.yml:1:1: nothing reads", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anonymise", "deid: 'anonymise' is no verb or option here (did you mean 'anonymize'?). Try 'deid --help'.")]
    [InlineData("dump", "--help'.")]
    public async Task Usage_Mistake_IsOneLine(string argument, string expected)
    {
        (int exit, _, string error) = await RunAsync(argument);
        Assert.Equal(1, exit);
        Assert.EndsWith(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private async Task PrepareAsync()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        await File.WriteAllTextAsync(folder.File("basic.yaml"), "project: basic\nselect: {sop-classes: [all]}\n");
        Assert.Equal(0, (await RunAsync("project", "key", "new", "--out", folder.File("basic.key"))).Exit);
    }

    private Task<(int Exit, string Output, string Error)> AnonymizeAsync(params string[] more) => RunAsync(
        ["anonymize", "--project", folder.File("basic.yaml"), "--key-file", folder.File("basic.key"), "--in", folder.File("in"), "--out", folder.File("out"), .. more]);

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
