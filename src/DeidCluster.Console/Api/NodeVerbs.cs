using System.CommandLine;
using System.Text.Json;
using DeidCluster.Console.Dicom;
using DeidCluster.Node;

namespace DeidCluster.Console.Api;

/// <summary>`deid node`: run.</summary>
public static class NodeVerbs
{
    private static readonly Option<string> Config = new("--config") { Description = "node.yaml, or the folder that it lies in.", Required = true };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Tell where the node listens in JSON, for scripts." };

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
            await await Task.WhenAny(stopped.Task, node.Completion);
            return stopped.Task.IsCompleted ? ExitCode.Done : ExitCode.Failed;
        });
        root.Add(new Command("node", "Run a node of the cluster.") { run });
    }
}
