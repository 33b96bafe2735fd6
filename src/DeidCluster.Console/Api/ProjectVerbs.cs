using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>`deid project`: list, show, pause, resume, limit, retention.</summary>
public static class ProjectVerbs
{
    private static readonly Argument<string> Name = new("PROJECT") { Description = "The project's name." };
    private static readonly Option<string> Why = new("--why") { Description = "The reason, for the project's history.", DefaultValueFactory = _ => "by an operator" };

    private static readonly Option<int?> InFlight = new("--in-flight") { Description = "Studies worked on at a time, over all nodes." };
    private static readonly Option<int?> PerDay = new("--per-day") { Description = "Studies begun on one day; 0 for no limit." };
    private static readonly Option<int?> HeldToPause = new("--held-to-pause") { Description = "Held studies in a row that pause the project; 0 for never." };

    private static readonly Option<int?> Share = new("--share") { Description = "Its share of each archive beside other projects, 1 to 100." };

    private static readonly Dictionary<Option, string> MemberOf = new() { [InFlight] = "inFlightMax", [PerDay] = "studiesPerDay", [HeldToPause] = "heldToPause", [Share] = "share" };

    /// <summary>Adds the group to <paramref name="root"/>, beside the verbs on project files where they are there.</summary>
    public static void AddTo(RootCommand root)
    {
        Command[] verbs =
        [
            ApiVerb.Create("list", "List the projects of a node.", [], (_, client, cancellation) => client.GetAsync("api/v1/projects", cancellation), ShowList),
            ApiVerb.Create("show", "Show one project and its studies by state.", [Name],
                (parsed, client, cancellation) => client.GetAsync(Path(parsed), cancellation), ShowProject),
            Act("pause", "Admit no further study of a project."),
            Act("resume", "Admit studies again."),
            Act("limit", """
                Set how much a project may take; what is not given stays. Stands until its file says something else than before.
                Example: deid project limit chest-ct --in-flight 20 --why "deadline on Friday"
                """, InFlight, PerDay, HeldToPause, Share),
            RetentionVerb.Create(Name, Why, Path),
        ];
        if (root.Subcommands.FirstOrDefault(command => command.Name == "project") is not { } group)
        {
            root.Add(ApiVerb.Group("project", "Look at a node's projects, pause and resume them.", verbs));
            return;
        }

        foreach (Command verb in verbs)
        {
            group.Add(verb);
        }

        ApiVerb.AddOptions(group);
    }

    private static Command Act(string name, string description, params Option<int?>[] limits) => ApiVerb.Create(
        name, description, [Name, Why, .. limits],
        (parsed, client, cancellation) =>
        {
            JsonObject body = new() { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(Why) };
            foreach (Option<int?> limit in limits)
            {
                body[MemberOf[limit]] = parsed.GetValue(limit);
            }

            return client.PostAsync($"{Path(parsed)}/{name}", body, cancellation);
        },
        (answer, screen) =>
        {
            string state = answer.Flag("paused") ? "paused" : "running";
            screen.Line(answer.Text("refusal") is { } refusal ? $"refused: {refusal}" : $"{answer.Text("project")}\t{state}");
            return answer.Text("refusal") is null ? ExitCode.Done : ExitCode.Partly;
        });

    private static string Path(ParseResult parsed) => "api/v1/projects/" + Uri.EscapeDataString(parsed.GetValue(Name)!);

    private static int ShowList(JsonNode? answer, Screen screen)
    {
        screen.Table(["project", "state", "in flight", "limit", "reason"], answer.Rows("projects").Select(project => (IReadOnlyList<string?>)
        [
            project.Text("project"), project.Flag("paused") ? "paused" : "running", project.Text("inFlight"), project.Text("inFlightMax"), project.Text("reason"),
        ]));
        return ExitCode.Done;
    }

    private static int ShowProject(JsonNode? answer, Screen screen)
    {
        screen.Table(["", ""], ((answer as JsonObject) ?? [])
            .SelectMany(member => member.Value is JsonObject inner ? inner.AsEnumerable() : [member])
            .Where(member => member.Value is JsonValue)
            .Select(member => (IReadOnlyList<string?>)[member.Key, member.Value!.ToString()]));
        return ExitCode.Done;
    }
}
