using System.CommandLine;
using System.Text.Json;
using DeidCluster.Console;
using DeidCluster.Console.Demo;
using DeidCluster.TestKit;
using Xunit.Abstractions;

namespace DeidCluster.EndToEnd.Tests;

public sealed class DemoTests(ITestOutputHelper log) : IDisposable
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(4);
    private readonly TestFolder folder = new();

    [Fact]
    public async Task Demo_OnThisMachine_EndsAsExpectedAndStaysInItsFolder()
    {
        RootCommand root = [];
        DemoVerb.AddTo(root);
        StringWriter output = new();
        string where = folder.File("demo");
        int code = await CommandLine.RunAsync(root, ["demo", "--out", where], output, output).WaitAsync(TimeMax);
        log.WriteLine(output.ToString());
        Assert.True(code == ExitCode.Done, output.ToString());

        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(where, "report.json")));
        Assert.True(report.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal(
            ["archives", "cluster-config", "delivered", "linkage", "node", "report.json", "secrets"],
            Directory.EnumerateFileSystemEntries(where).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Demo_InAFolderThatIsNotEmpty_IsRefused()
    {
        await File.WriteAllTextAsync(folder.File("something"), "");
        RootCommand root = [];
        DemoVerb.AddTo(root);
        StringWriter error = new();
        Assert.Equal(ExitCode.Failed, await CommandLine.RunAsync(root, ["demo", "--out", folder.Path], TextWriter.Null, error));
        Assert.Contains("is not empty", error.ToString());
    }

    public void Dispose() => folder.Dispose();
}
