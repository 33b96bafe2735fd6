using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>`deid archive`: list, echo, pause, resume, limit.</summary>
public static class ArchiveVerbs
{
    private static readonly Argument<string> Name = new("ARCHIVE") { Description = "The archive's name." };
    private static readonly Option<string> Why = new("--why") { Description = "The reason, for the archive's history.", DefaultValueFactory = _ => "by an operator" };
    private static readonly Option<int?> Associations = new("--associations") { Description = "Studies that may ask it at a time, over all nodes." };
    private static readonly Option<double?> StudiesPerSecond = new("--studies-per-second") { Description = "Studies begun per second, on average; 0 for no limit." };
    private static readonly Option<double?> InstancesPerSecond = new("--instances-per-second") { Description = "Instances fetched per second, on average; 0 for no limit." };
    private static readonly Option<int?> Utilisation = new("--utilisation") { Description = "Percent of the time that a place is used." };
    private static readonly Option<string?> Closed = new("--closed") { Description = "Hours in which nothing is asked, such as \"mon-fri 08:00-20:00\"; \"\" for none." };
    private static readonly Option<string?> TimeZone = new("--time-zone") { Description = "The zone of these hours." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root) => root.Add(ApiVerb.Group(
        "archive", "Look at the archives of a node, pause and resume them, and set their limits.",
        ApiVerb.Create("list", "List the archives, their permits and their breakers.", [],
            (_, client, cancellation) => client.GetAsync("api/v1/archives", cancellation), ShowList),
        ApiVerb.Create("echo", "Ask an archive whether it answers (C-ECHO from the node).", [Name],
            (parsed, client, cancellation) => client.PostAsync(
                $"api/v1/archives/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/echo", new JsonObject(), cancellation),
            ShowEcho),
        Act("pause", "Ask an archive nothing more."),
        Act("resume", "Ask an archive again."),
        Act("limit", """
            Set how hard an archive is worked; what is not given stays. Stands until archives.yaml says something else than before.
            Example: deid archive limit pacs --studies-per-second 0.5 --closed "mon-fri 08:00-20:00" --time-zone Europe/Berlin --why "day shift"
            """, Associations, StudiesPerSecond, InstancesPerSecond, Utilisation, Closed, TimeZone)));

    private static Command Act(string name, string description, params Option[] limits) => ApiVerb.Create(
        name, description, [Name, Why, .. limits],
        (parsed, client, cancellation) =>
        {
            JsonObject body = new() { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(Why) };
            if (limits.Length > 0)
            {
                body["associationsMax"] = parsed.GetValue(Associations);
                body["studiesPerSecond"] = parsed.GetValue(StudiesPerSecond);
                body["instancesPerSecond"] = parsed.GetValue(InstancesPerSecond);
                body["utilisationPercent"] = parsed.GetValue(Utilisation);
                body["closed"] = parsed.GetValue(Closed);
                body["timeZone"] = parsed.GetValue(TimeZone);
            }

            return client.PostAsync($"api/v1/archives/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/{name}", body, cancellation);
        },
        (answer, screen) =>
        {
            string state = answer.Flag("paused") ? "paused" : "asked";
            screen.Line(answer.Text("refusal") is { } refusal ? $"refused: {refusal}" : $"{answer.Text("archive")}\t{state}");
            return answer.Text("refusal") is null ? ExitCode.Done : ExitCode.Partly;
        });

    private static int ShowList(JsonNode? answer, Screen screen)
    {
        screen.Table(["archive", "permits", "limit", "breaker", "reason"], answer.Rows("archives").Select(archive => (IReadOnlyList<string?>)
        [
            archive.Text("archive"), archive.Text("permitsGranted"), archive.Text("permitsMax"), archive.Text("breaker"), archive.Text("reason"),
        ]));
        return ExitCode.Done;
    }

    private static int ShowEcho(JsonNode? answer, Screen screen)
    {
        screen.Line($"{answer.Text("archive")}\t{(answer.Flag("ok") ? "answers" : answer.Text("reason") ?? "does not answer")}");
        return answer.Flag("ok") ? ExitCode.Done : ExitCode.Partly;
    }
}
