using System.CommandLine;
using System.Text.Json.Nodes;
using DeidCluster.Console.Api;
using DeidCluster.Console.Demo;
using DeidCluster.Node;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Api;

/// <summary>The verbs against a running node whose archives are down.</summary>
public sealed class ApiVerbsTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();
    private DeidNode? node;

    public async Task InitializeAsync()
    {
        NodeFolder nodeFolder = new(folder.Path);
        await nodeFolder.WriteAsync([new NodeArchive("vna", "VNA", FreePort.Next()), new NodeArchive("pacs", "PACS", FreePort.Next())], CancellationToken.None);
        node = await DeidNode.StartAsync(NodeConfiguration.Read(nodeFolder.NodeFile), CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await node!.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Study_SubmittedTwice_IsAcceptedOnceAndCanBeListedShownAndCancelled()
    {
        string[] submit = ["study", "submit", "--project", "chest-ct", "--mrn", "m-77", "--accession", "a-77"];
        JsonNode first = await JsonAsync(submit);
        JsonNode second = await JsonAsync(submit);
        Assert.True(first["studies"]![0]!["changed"]!.GetValue<bool>());
        Assert.False(second["studies"]![0].Flag("changed"));
        string id = first["studies"]![0]!["studyId"]!.GetValue<string>();
        Assert.Equal(id, second["studies"]![0]!["studyId"]!.GetValue<string>());

        Assert.Equal(id, (await JsonAsync("study", "list", "--mrn", "m-77"))["studies"]![0]!["studyId"]!.GetValue<string>());
        Assert.Empty((await JsonAsync("study", "list", "--state", "delivered"))["studies"]!.AsArray());
        string shown = await OutputAsync(ExitCode.Done, "study", "show", id);
        Assert.Contains("study.requested", shown);
        Assert.DoesNotContain("m-77", shown);
        Assert.Contains("m-77", await OutputAsync(ExitCode.Done, "study", "show", id, "--identities"));

        Assert.Contains("cancelled", await OutputAsync(ExitCode.Done, "study", "cancel", id, "--why", "test"));
        Assert.Contains("cancelled", await OutputAsync(ExitCode.Partly, "study", "retry", id));
        await OutputAsync(ExitCode.Done, "study", "requeue", id, "--from", "locate");
    }

    [Fact]
    public async Task Submit_Csv_AcceptsEveryLine()
    {
        string csv = folder.File("cohort.csv");
        await File.WriteAllTextAsync(csv, "project_name,study_uid,series_uid,study_date\nchest-ct,1.2.3,1.2.3.4\\1.2.3.5,2026-01-31\nneuro-mr,1.2.4,,\n");
        Assert.Equal(2, (await JsonAsync("study", "submit", "--csv", csv))["studies"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("project is not a", "study", "submit", "--project", "chestct", "--study-uid", "1.2.3")]
    [InlineData("--mrn and --accession", "study", "submit", "--project", "chest-ct", "--mrn", "x")]
    [InlineData("exactly one of", "study", "submit")]
    [InlineData("--study-date", "study", "submit", "--project", "chest-ct", "--study-uid", "1.2.3", "--study-date", "31.01.2026")]
    [InlineData("there is no such study", "study", "show", "0123456789abcdef0123456789abcdef")]
    [InlineData("there is no such project", "project", "show", "nothing")]
    [InlineData("limit", "study", "list", "--limit", "0")]
    public async Task Verb_ThatCannotBeDone_SaysWhyInOneLine(string expected, params string[] args)
    {
        string error = await OutputAsync(ExitCode.Failed, args);
        Assert.Contains(expected, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Project_PausedAndResumed_IsShown()
    {
        Assert.Contains("paused", await OutputAsync(ExitCode.Done, "project", "pause", "neuro-mr"));
        Assert.Contains("neuro-mr\tpaused", await OutputAsync(ExitCode.Done, "project", "list"));
        Assert.Contains("running", await OutputAsync(ExitCode.Done, "project", "resume", "neuro-mr"));
    }

    [Fact]
    public async Task Archive_ThatIsDown_IsToldByEcho()
    {
        Assert.Contains("vna\t0\t", await OutputAsync(ExitCode.Done, "archive", "list"));
        Assert.Contains("cannot be reached", await OutputAsync(ExitCode.Partly, "archive", "echo", "vna"));
    }

    [Fact]
    public async Task Verb_WithoutNode_NamesTheServer()
    {
        string server = $"http://127.0.0.1:{FreePort.Next()}";
        StringWriter error = new();
        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync(Root(), ["study", "list", "--server", server], TextWriter.Null, error));
        Assert.Contains(server, error.ToString());
    }

    private async Task<JsonNode> JsonAsync(params string[] args) => JsonNode.Parse(await OutputAsync(ExitCode.Done, [.. args, "--json"]))!;

    private async Task<string> OutputAsync(int exitCode, params string[] args)
    {
        StringWriter output = new();
        int code = await CommandLine.RunAsync(Root(), [.. args, "--server", node!.HttpAddress.ToString()], output, output);
        Assert.True(exitCode == code, $"exit code {code}: {output}");
        return output.ToString();
    }

    private static RootCommand Root()
    {
        RootCommand root = [];
        StudyVerbs.AddTo(root);
        ProjectVerbs.AddTo(root);
        ArchiveVerbs.AddTo(root);
        return root;
    }
}
