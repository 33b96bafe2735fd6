using System.Text;
using System.Text.Json;
using DeidCluster.Deid;

namespace DeidCluster.Console.Files;

/// <summary>The report of a run over files as JSON.</summary>
internal static class OfflineReportJson
{
    /// <summary>The report as UTF-8 bytes; <paramref name="withFiles"/> adds every input by its relative path, which can identify.</summary>
    public static byte[] Write(OfflineReport report, bool withFiles)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = withFiles }))
        {
            json.WriteStartObject();
            json.WriteString("project", report.Project);
            json.WriteString("version", report.Version);
            json.WriteString("keyId", report.KeyId);
            json.WriteString("edition", report.Edition);
            json.WriteString("tool", report.Tool);
            json.WriteString("startedAt", report.StartedAt);
            json.WriteNumber("seconds", Math.Round(report.Seconds, 3));
            json.WriteNumber("bytes", report.Bytes);
            json.WriteNumber("megabytesPerSecond", Math.Round(report.MegabytesPerSecond, 1));
            json.WriteStartObject("counts");
            json.WriteNumber("files", report.Files.Count);
            foreach (OfflineOutcome outcome in Enum.GetValues<OfflineOutcome>())
            {
                json.WriteNumber(Word(outcome), report.Count(outcome));
            }

            json.WriteEndObject();
            WriteActions(json, report.Actions);
            WriteRules(json, report.Rules);
            json.WriteStartArray("reasons");
            foreach ((OfflineOutcome outcome, string reason, int files) in report.Reasons)
            {
                json.WriteStartObject();
                json.WriteString("outcome", Word(outcome));
                json.WriteString("reason", reason);
                json.WriteNumber("files", files);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("verification");
            json.WriteNumber("identifiersSearched", report.IdentifiersSearched);
            json.WriteNumber("identifiersWholeValueOnly", report.IdentifiersWholeValueOnly);
            json.WriteEndObject();
            if (withFiles)
            {
                json.WriteStartArray("files");
                foreach (OfflineFile file in report.Files)
                {
                    Write(json, file);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The report as one text.</summary>
    public static string Text(OfflineReport report, bool withFiles) => Encoding.UTF8.GetString(Write(report, withFiles));

    private static void WriteActions(Utf8JsonWriter json, DeidentifyCounts actions)
    {
        json.WriteStartObject("actions");
        json.WriteNumber("kept", actions.Kept);
        json.WriteNumber("removed", actions.Removed);
        json.WriteNumber("emptied", actions.Emptied);
        json.WriteNumber("replaced", actions.Replaced);
        json.WriteNumber("uids", actions.Uids);
        json.WriteNumber("dates", actions.Dates);
        json.WriteNumber("texts", actions.Texts);
        json.WriteEndObject();
    }

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyList<RuleUse> rules)
    {
        json.WriteStartArray("rules");
        foreach (RuleUse use in rules)
        {
            json.WriteStartObject();
            json.WriteString("at", use.Rule.Origin);
            json.WriteString("select", use.Rule.Selector.Text);
            json.WriteString("action", use.Rule.Action.Word);
            json.WriteNumber("elements", use.Elements);
            json.WriteBoolean("weaker", use.Rule.IsWeaker);
            if (use.Rule.Reason is not null)
            {
                json.WriteString("reason", use.Rule.Reason);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, OfflineFile file)
    {
        json.WriteStartObject();
        json.WriteString("input", file.Input);
        json.WriteString("outcome", Word(file.Outcome));
        if (file.Reason is not null)
        {
            json.WriteString("reason", file.Reason);
        }

        if (file.Output is not null)
        {
            json.WriteString("output", file.Output);
        }

        json.WriteNumber("bytes", file.Bytes);
        if (file.Findings.Count > 0)
        {
            json.WriteStartArray("findings");
            foreach (Finding finding in file.Findings)
            {
                json.WriteStartObject();
                json.WriteString("path", finding.Path);
                json.WriteString("kind", Word(finding.Kind));
                json.WriteString("message", finding.Message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Word<T>(T member) where T : struct, Enum => YamlMap.Kebab(member.ToString());
}
