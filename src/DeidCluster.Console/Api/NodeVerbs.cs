using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Console.Dicom;
using DeidCluster.Node;

namespace DeidCluster.Console.Api;

/// <summary>`deid node`: run, drain.</summary>
public static class NodeVerbs
{
    private static readonly Option<string> Config = new("--config") { Description = "node.yaml, or the folder that it lies in.", Required = true };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Tell where the node listens in JSON, for scripts." };

    private static readonly Option<string> Why = new("--why") { Description = "The reason, for the node's log.", DefaultValueFactory = _ => "by an operator" };

    private static readonly Option<int?> Seconds = new("--seconds") { Description = "How long what runs may take to end; what is left then is handed over. Else as its configuration says." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        Command run = new("run", "Run a node until Ctrl+C or SIGTERM.\nExit code: 0 stopped as asked, 1 it could not start.") { Config, AsJson };
        run.SetAction(async (parsed, cancellation) =>
        {
            await using DeidNode node = await DeidNode.StartAsync(NodeConfiguration.Read(parsed.GetValue(Config)!), cancellation, CodecWorkerVerb.Options());
            TextWriter output = parsed.InvocationConfiguration.Output;
            await output.WriteLineAsync(parsed.GetValue(AsJson)
                ? JsonSerializer.Serialize(new { api = node.HttpAddress, dicom = node.DicomEndPoint.ToString() })
                : $"node listens: API {node.HttpAddress}, DICOM {node.DicomEndPoint}");
            TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = cancellation.Register(stopped.SetResult);
            await await Task.WhenAny(stopped.Task, node.Drained, node.Completion);
            return stopped.Task.IsCompleted || node.Drained.IsCompleted ? ExitCode.Done : ExitCode.Failed;
        });
        root.Add(new Command("node", "Run a node of the cluster, and take it out of work.") { run, Drain() });
    }

    private static Command Drain()
    {
        Command drain = ApiVerb.Create(
            "drain",
            """
            Take a node out of work: it starts nothing more, finishes or hands over what runs, gives its shards to the others, and ends. No study loses an attempt.
            Exit code: 0 it drains, 1 no node answers.
            Example: deid node drain --server http://127.0.0.1:8042 --why "update of the machine"
            """,
            [Why, Seconds],
            (parsed, client, cancellation) => client.PostAsync(
                "api/v1/node/drain", new JsonObject { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(Why), ["seconds"] = parsed.GetValue(Seconds) }, cancellation),
            (answer, screen) =>
            {
                screen.Line($"{answer.Text("node")}\t{answer.Text("state")}\t{answer.Text("shards")} shards to give back, {answer.Rows("effects").Count()} steps to end");
                return ExitCode.Done;
            });
        ApiVerb.AddOptions(drain);
        return drain;
    }
}
