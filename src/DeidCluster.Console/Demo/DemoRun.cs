using DeidCluster.Console.Api;
using DeidCluster.Console.Dicom;
using DeidCluster.Node;
using DeidCluster.Simulator;

namespace DeidCluster.Console.Demo;

/// <summary>What a demo is told.</summary>
/// <param name="Folder">The folder of its own, new or empty.</param>
/// <param name="Studies">How many study requests; never fewer than the cases that each show one thing.</param>
/// <param name="ImageSize">Rows and columns of CT, MR and DX images. Pixels.</param>
/// <param name="Keep">True leaves the node running at the end, until it is stopped from outside.</param>
internal sealed record DemoOptions(string Folder, int Studies, int ImageSize, bool Keep);

/// <summary>The main job on embedded defaults: archives, node, cohort, progress, report. All it writes stays under its folder.</summary>
internal sealed class DemoRun(DemoOptions options, DemoScreen screen, TextWriter json)
{
    private readonly NodeFolder folder = new(options.Folder);

    /// <summary>Runs the demo; the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (File.Exists(folder.Root))
        {
            throw new UsageException($"{folder.Root} is a file; the demo wants a folder of its own");
        }

        if (Directory.Exists(folder.Root) && Directory.EnumerateFileSystemEntries(folder.Root).Any())
        {
            throw new UsageException($"{folder.Root} is not empty; the demo wants a folder of its own");
        }

        IReadOnlyList<DemoCase> cases = DemoCohort.Create(new SampleStudies(new SampleOptions { ImageSize = options.ImageSize }), options.Studies);
        screen.Say($"{cases.Count} study requests, all under {folder.Root}");
        await using DemoArchives archives = await DemoArchives.StartAsync(Path.Combine(folder.Root, "archives"), cases, cancellation);
        await folder.WriteAsync(archives.ForNode, cancellation);
        await using DeidNode node = await DeidNode.StartAsync(NodeConfiguration.Read(folder.NodeFile), cancellation, CodecWorkerVerb.Options());
        archives.Know(NodeFolder.AeTitle, node.DicomEndPoint.Port);
        screen.Say($"archives: {string.Join(", ", archives.ForNode.Select(archive => $"{archive.AeTitle} on 127.0.0.1:{archive.Port}"))}");
        screen.Say($"node: {node.HttpAddress}, DICOM {NodeFolder.AeTitle} on {node.DicomEndPoint}");

        foreach (DemoCase early in cases.Where(demoCase => demoCase.PushedBefore > 0))
        {
            await archives.PushAsync([.. early.Samples[0].Instances.Take(early.PushedBefore)], node.DicomEndPoint.Port, cancellation);
        }

        using ApiClient client = new(node.HttpAddress.ToString());
        NodeApi api = new(client);
        IReadOnlyList<DemoOutcome> outcomes = await screen.WatchAsync(DemoCohort.FollowAsync(api, cases, cancellation));
        return await FinishAsync(node, archives, api, cases, outcomes, cancellation);
    }

    private async Task<int> FinishAsync(
        DeidNode node, DemoArchives archives, NodeApi api, IReadOnlyList<DemoCase> cases, IReadOnlyList<DemoOutcome> outcomes, CancellationToken cancellation)
    {
        string linkage = Path.Combine(folder.Root, "linkage");
        Directory.CreateDirectory(linkage);
        foreach (string project in NodeFolder.Projects)
        {
            string text = (await api.LinkageAsync(project, cancellation))?.ToJsonString(ApiClient.Json) ?? "";
            await File.WriteAllTextAsync(Path.Combine(linkage, project + ".json"), text, cancellation);
        }

        DemoCheck check = await DemoCheck.RunAsync(folder, cases, archives.InstancesSent, cancellation);
        bool passed = check.Passed && outcomes.Count == cases.Count && outcomes.All(outcome => outcome.Difference is null);
        string report = Path.Combine(folder.Root, "report.json");
        await DemoReport.WriteAsync(report, outcomes, check, passed, cancellation);
        screen.Report(outcomes);
        screen.Say(check.ToString());
        screen.Say($"de-identified files: {folder.Delivered}");
        screen.Say($"linkage tables:      {linkage} (identifying)");
        screen.Say($"report:              {report}");
        screen.Say($"API and dashboard:   {node.HttpAddress}{(options.Keep ? "" : " (stopped now; --keep leaves it running)")}");
        screen.Say(passed ? "every study ended as expected and verification passed" : "NOT as expected");
        await json.WriteLineAsync(await File.ReadAllTextAsync(report, cancellation));
        if (options.Keep)
        {
            screen.Say("the node stays; Ctrl+C stops it");
            await WaitForCancellationAsync(cancellation);
        }

        return passed ? ExitCode.Done : ExitCode.Partly;
    }

    private static async Task WaitForCancellationAsync(CancellationToken cancellation)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
    }
}
