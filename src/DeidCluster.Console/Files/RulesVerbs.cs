using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.Deid;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>`deid rules`: tries a project's rules before they are live. Nothing is written.</summary>
internal static class RulesVerbs
{
    private static readonly Argument<string> Input = new("FILE") { Description = "A DICOM file." };
    private static readonly Argument<string[]> Inputs = new("DIR") { Description = "Files and folders; folders with everything below them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> Project = new("--project") { Description = "The project file.", Required = true };
    private static readonly Option<string> Old = new("--old") { Description = "The project file as it is.", Required = true };
    private static readonly Option<string> New = new("--new") { Description = "The project file as it would be.", Required = true };
    private static readonly Option<string?> KeyFile = new("--key-file") { Description = "The project's secret, to see the identities that it would give; without it a key for this run alone." };
    private static readonly Option<bool> All = new("--all") { Description = "Numbers and UIDs too." };
    private static readonly Option<bool> KeptOnly = new("--kept") { Description = "Only values that are the source's own." };
    private static readonly Option<bool> Masked = new("--mask") { Description = "Show the shapes of values instead of them: Xxxx 999." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "JSON, one object a line." };
    private static readonly Option<string> Of = new("--of") { Description = "project or rules.", DefaultValueFactory = _ => "project" };

    public static Command Create()
    {
        Command explain = new("explain", """
            Say for each element of a file what becomes of it, and which rule or row of the standard's table decided. Values are not shown.
            Exit code: 0 the file would leave, 2 it would be rejected or held.
            Example: deid rules explain image.dcm --project chest-ct.yaml
            """) { Input, Project, KeyFile, AsJson };
        explain.SetAction(ExplainAsync);
        Command test = new("test", """
            List all distinct values that would leave, once each with their number, for a person to review.
            Exit code: 0 all files would leave, 2 some would be rejected or held.
            Example: deid rules test scans/ --project chest-ct.yaml --kept
            """) { Inputs, Project, KeyFile, All, KeptOnly, Masked, AsJson };
        test.SetAction(TestAsync);
        Command impact = new("impact", """
            Say what a change of a project changes in the results.
            Exit code: 0 nothing, 2 something.
            Example: deid rules impact --old chest-ct.yaml --new proposal/chest-ct.yaml scans/
            """) { Old, New, Inputs, KeyFile, AsJson };
        impact.SetAction(ImpactAsync);
        Command schema = new("schema", "Print the JSON schema of project or rule files, for editors. Example: deid rules schema --of rules") { Of };
        schema.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(Of) switch
            {
                "project" => ProjectSchema.Project(),
                "rules" => ProjectSchema.RuleFile(),
                _ => throw new UsageException("--of is project or rules"),
            });
            return ExitCode.Done;
        });
        return new Command("rules", "Try a project's rules before they are live.") { explain, test, impact, schema };
    }

    private static async Task<int> ExplainAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
        using DicomFile file = DicomFile.Open(parsed.GetValue(Input)!);
        ProjectTrial trial = new(ProjectFile.Read(parsed.GetValue(Project)!), Key(parsed), codecs);
        (DeidentifyResult result, IReadOnlyList<ElementExplanation> elements) = await trial.ExplainAsync(file, cancellation);
        TextWriter output = parsed.InvocationConfiguration.Output;
        string? reason = Reason(result);
        foreach (ElementExplanation element in elements)
        {
            string keyword = DicomDictionary.Find(element.Tag)?.Keyword ?? element.PrivateCreator ?? "";
            if (parsed.GetValue(AsJson))
            {
                JsonLine.Write(output, json =>
                {
                    json.WriteString("path", element.Path);
                    json.WriteString("keyword", keyword);
                    json.WriteString("vr", element.Vr.Letters());
                    json.WriteString("treatment", YamlMap.Kebab(element.Treatment.ToString()));
                    json.WriteNumber("rule", element.RuleIndex + 1);
                    json.WriteString("reason", element.Reason);
                });
            }
            else
            {
                await output.WriteLineAsync($"{YamlMap.Kebab(element.Treatment.ToString()),-12} {element.Path} {keyword} {element.Vr.Letters()}  {element.Reason}");
            }
        }

        if (reason is not null)
        {
            await output.WriteLineAsync(parsed.GetValue(AsJson) ? System.Text.Json.JsonSerializer.Serialize(new { outcome = reason }) : reason);
        }

        return reason is null ? ExitCode.Done : ExitCode.Partly;
    }

    private static async Task<int> TestAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
        ProjectTrial trial = new(ProjectFile.Read(parsed.GetValue(Project)!), Key(parsed), codecs);
        RuleReview review = await RuleReview.TakeAsync(trial, parsed.GetValue(Inputs)!, parsed.GetValue(All), cancellation);
        TextWriter output = parsed.InvocationConfiguration.Output;
        bool asJson = parsed.GetValue(AsJson);
        IEnumerable<LeavingValue> values = review.Values.Where(value => value.IsKept || !parsed.GetValue(KeptOnly));
        if (parsed.GetValue(Masked))
        {
            // Values of one shape are one.
            values = values.GroupBy(value => value with { Value = ValueMask.Of(value.Value), Count = 0 }, (value, same) => value with { Count = same.Sum(one => one.Count) });
        }

        foreach (LeavingValue value in values)
        {
            if (asJson)
            {
                JsonLine.Write(output, json =>
                {
                    json.WriteString("path", value.Path);
                    json.WriteString("keyword", value.Keyword);
                    json.WriteString("vr", value.Vr.Letters());
                    json.WriteNumber("count", value.Count);
                    json.WriteBoolean("kept", value.IsKept);
                    json.WriteString("value", value.Value);
                });
            }
            else
            {
                await output.WriteLineAsync($"{value.Count,8}  {(value.IsKept ? "kept" : "made")}  {value.Path} {value.Keyword} {value.Vr.Letters()}  {value.Value}");
            }
        }

        if (asJson)
        {
            JsonLine.Write(output, json =>
            {
                json.WriteNumber("files", review.Files);
                json.WriteNumber("leave", review.Done);
                json.WriteBoolean("truncated", review.IsTruncated);
                json.WriteStartObject("reasons");
                foreach ((string reason, int count) in review.Reasons)
                {
                    json.WriteNumber(reason, count);
                }

                json.WriteEndObject();
            });
        }
        else
        {
            await output.WriteLineAsync($"{review.Files} files, {review.Done} would leave{(review.IsTruncated ? $"; more than {RuleReview.ValuesMax} distinct values, the rest is not shown" : "")}");
            foreach ((string reason, int count) in review.Reasons.OrderByDescending(entry => entry.Value))
            {
                await output.WriteLineAsync($"{count,8}  {reason}");
            }
        }

        return review.Done == review.Files ? ExitCode.Done : ExitCode.Partly;
    }

    private static async Task<int> ImpactAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
        ProjectKeys key = Key(parsed);
        ProjectTrial before = new(ProjectFile.Read(parsed.GetValue(Old)!), key, codecs);
        ProjectTrial after = new(ProjectFile.Read(parsed.GetValue(New)!), key, codecs);
        RuleImpact impact = await RuleImpact.TakeAsync(before, after, parsed.GetValue(Inputs)!, cancellation);
        TextWriter output = parsed.InvocationConfiguration.Output;
        foreach (ImpactChange change in impact.Changes)
        {
            if (parsed.GetValue(AsJson))
            {
                JsonLine.Write(output, json =>
                {
                    json.WriteString("path", change.Path);
                    json.WriteString("keyword", change.Keyword);
                    json.WriteString("change", change.Change);
                    json.WriteNumber("files", change.Files);
                });
            }
            else
            {
                await output.WriteLineAsync($"{change.Files,8}  {(change.Path.Length == 0 ? "" : $"{change.Path} {change.Keyword}: ")}{change.Change}");
            }
        }

        if (!parsed.GetValue(AsJson))
        {
            await output.WriteLineAsync($"{impact.Files} files, {impact.FilesChanged} with another result");
        }

        return impact.FilesChanged == 0 ? ExitCode.Done : ExitCode.Partly;
    }

    private static ProjectKeys Key(ParseResult parsed) => parsed.GetValue(KeyFile) is { } path ? ProjectKeys.Read(path) : ProjectKey.Generate("trial");

    private static string? Reason(DeidentifyResult result) => result switch
    {
        DeidentifyResult.Rejected rejected => $"rejected: {rejected.Reason}",
        DeidentifyResult.Held held => $"held: {held.Reason}",
        _ => null,
    };
}
