using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>`deid project retention`: what would be retired, and retiring it now.</summary>
internal static class RetentionVerb
{
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Tell what would be retired, and change nothing." };
    private static readonly Option<int?> KeepDays = new("--keep-days") { Description = "Another rule than the project's: days since a study was finished. Wants --then." };
    private static readonly Option<string?> Then = new("--then") { Description = "archive (to a file, then delete) or purge (delete)." };

    public static Command Create(Argument<string> project, Option<string> why, Func<ParseResult, string> path)
    {
        Then.AcceptOnlyFromAmong("archive", "purge");
        return ApiVerb.Create(
            "retention",
            """
            Retire journals and ledgers of finished studies now, by the project's rule or another one. A tombstone of each is left, so that nothing is delivered twice.
            Exit code: 0 asked, 2 refused, 1 no node answers.
            Example: deid project retention chest-ct --keep-days 90 --then archive --dry-run
            """,
            [project, why, DryRun, KeepDays, Then],
            (parsed, client, cancellation) => parsed.GetValue(DryRun)
                ? client.GetAsync($"{path(parsed)}/retention{(parsed.GetValue(KeepDays) is { } days ? $"?keepDays={days}" : "")}", cancellation)
                : client.PostAsync(
                    $"{path(parsed)}/retention",
                    new JsonObject { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(why), ["keepDays"] = parsed.GetValue(KeepDays), ["then"] = parsed.GetValue(Then) },
                    cancellation),
            Show);
    }

    private static int Show(JsonNode? answer, Screen screen)
    {
        if (answer.Text("refusal") is { } refusal)
        {
            screen.Line($"refused: {refusal}");
            return ExitCode.Partly;
        }

        screen.Line(answer.Text("retirable") is { } retirable
            ? $"{answer.Text("project")}\t{retirable} studies would be retired{(answer.Text("oldest") is { } oldest ? $", finished since {oldest}" : "")}; {answer.Text("retired")} are already"
            : $"{answer.Text("project")}\t{answer.Text("asked")} studies are being retired ({answer.Text("rule")}){(answer.Flag("more") ? "; more follow" : "")}");
        return ExitCode.Done;
    }
}
