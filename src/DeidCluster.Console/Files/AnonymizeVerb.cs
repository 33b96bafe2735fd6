using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.Deid;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>`deid anonymize`: de-identifies and verifies files as a node would, without one.</summary>
internal static class AnonymizeVerb
{
    private const int ThreadsMax = 256;

    private static readonly Option<string> Project = new("--project") { Description = "The project file, e.g. cluster-config/projects/basic.yaml.", Required = true };
    private static readonly Option<string> KeyFile = new("--key-file") { Description = "The project's secret key; make one with 'deid project key new'.", Required = true };

    private static readonly Option<string[]> In = new("--in")
    {
        Description = "Files and folders to read; folders with everything below them.",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Out = new("--out") { Description = "The folder for results.", Required = true };

    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Files worked on at a time.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<string> Report = new("--report") { Description = "A JSON file with the outcome of each input. It names inputs: keep it on the identifiable side." };
    private static readonly Option<string> Mapping = new("--mapping") { Description = "A folder that keeps the identity of each subject, so that later runs give the same." };
    private static readonly Option<bool> KeepPaths = new("--keep-paths") { Description = "Keep relative paths instead of naming results by their new UIDs. Paths can identify." };
    private static readonly Option<bool> Durable = new("--durable") { Description = "Flush each result to the disk before it gets its name; slower." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts." };

    public static Command Create()
    {
        Command verb = new("anonymize", """
            De-identify files, verify each result, and write what passed.
            Exit code: 0 all done, 2 some files held or rejected, 1 nothing could be done.
            Example: deid anonymize --project cluster-config/projects/basic.yaml --key-file basic.key --in scans/ --out clean/ --report report.json
            """)
        {
            Project, KeyFile, In, Out, Threads, Report, Mapping, KeepPaths, Durable, AsJson,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        int threads = parsed.GetValue(Threads);
        if (threads is < 1 or > ThreadsMax)
        {
            throw new UsageException($"--threads is 1 to {ThreadsMax}");
        }

        await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
        OfflineRun run = new(
            new OfflineOptions
            {
                Project = ProjectFile.Read(parsed.GetValue(Project)!),
                Key = ProjectKeys.Read(parsed.GetValue(KeyFile)!),
                Inputs = parsed.GetValue(In)!,
                OutputFolder = parsed.GetValue(Out)!,
                MappingFolder = parsed.GetValue(Mapping),
                Threads = threads,
                Codecs = codecs,
                IsDurable = parsed.GetValue(Durable),
                KeepPaths = parsed.GetValue(KeepPaths),
            },
            TimeProvider.System);
        OfflineReport report;
        using (ProgressLine progress = new(System.Console.Error, TimeProvider.System))
        {
            report = await run.RunAsync(progress, cancellation);
        }

        if (parsed.GetValue(Report) is { } path)
        {
            await File.WriteAllBytesAsync(path, OfflineReportJson.Write(report, withFiles: true), cancellation);
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        await output.WriteLineAsync(parsed.GetValue(AsJson) ? OfflineReportJson.Text(report, withFiles: false) : Summary(report, parsed.GetValue(Report)));
        return report.AllDone ? ExitCode.Done : ExitCode.Partly;
    }

    private static string Summary(OfflineReport report, string? reportPath)
    {
        List<string> lines =
        [
            $"{report.Files.Count} files: {report.Count(OfflineOutcome.Done)} done, {report.Count(OfflineOutcome.Duplicate)} duplicate, "
                + $"{report.Count(OfflineOutcome.Rejected)} rejected, {report.Count(OfflineOutcome.Held)} held",
            FormattableString.Invariant($"{report.Bytes / 1e6:F1} MB in {report.Seconds:F1} s, {report.MegabytesPerSecond:F1} MB/s"),
            $"verified: {report.IdentifiersSearched} identifiers searched for; {report.IdentifiersWholeValueOnly} short or common words compared with whole values only",
        ];
        lines.AddRange(report.Reasons
            .Where(reason => reason.Outcome != OfflineOutcome.Duplicate)
            .Select(reason => $"  {reason.Files,6}  {reason.Outcome.ToString().ToLowerInvariant()}: {reason.Reason}"));
        lines.AddRange(report.Rules
            .Where(use => use.Rule.IsWeaker)
            .Select(use => $"weaker than the profile: {use.Rule.Action.Word} {use.Rule.Selector.Text} ({use.Rule.Origin}), {use.Elements} elements: {use.Rule.Reason}"));
        if (!report.AllDone && reportPath is null)
        {
            lines.Add("name a --report to see which files were held or rejected");
        }

        return string.Join(Environment.NewLine, lines);
    }
}
