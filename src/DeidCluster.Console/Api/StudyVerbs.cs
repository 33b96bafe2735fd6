using System.CommandLine;
using System.Text.Json.Nodes;
using DeidCluster.Studies;

namespace DeidCluster.Console.Api;

/// <summary>`deid study`: submit, list, show, retry, requeue, cancel, priority.</summary>
public static class StudyVerbs
{
    private static readonly Argument<string> Id = new("ID") { Description = "The study's public id, as lists show it." };
    private static readonly Option<string> Why = new("--why") { Description = "The reason, for the study's history.", DefaultValueFactory = _ => "by an operator" };
    private static readonly Option<string?> Project = new("--project") { Description = "Only this project." };
    private static readonly Option<StudyStatus[]> State = new("--state") { Description = "Only these states.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, 1 to 1000.", DefaultValueFactory = _ => 100 };
    private static readonly Option<string?> Cursor = new("--cursor") { Description = "Go on where a list ended; it tells the cursor." };
    private static readonly Option<string?> Mrn = new("--mrn") { Description = "Only studies requested with this MRN." };
    private static readonly Option<string?> Accession = new("--accession") { Description = "Only studies requested with this accession number." };
    private static readonly Option<string?> StudyUid = new("--study-uid") { Description = "Only studies with this StudyInstanceUID." };
    private static readonly Option<bool> Identities = new("--identities") { Description = "Show identifying values too." };
    private static readonly Option<StudyStep> From = new("--from") { Description = "locate, fetch, anonymize, verify or deliver.", Required = true };
    private static readonly Argument<int> Priority = new("PRIORITY") { Description = "0 (last) to 9 (first)." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root) => root.Add(ApiVerb.Group(
        "study", "Submit studies to a node, look at them, and act on them.\nExit code: 0 done, 2 the study refused or some were refused, 1 the request was refused or no node answers.",
        SubmitVerb.Create(),
        ApiVerb.Create("list", "List studies, newest first.", [Project, State, Limit, Cursor, Mrn, Accession, StudyUid], ListAsync, ShowList),
        ApiVerb.Create("show", "Show one study with its history and its ledger.", [Id, Identities], ShowAsync, ShowStudy),
        Act("retry", "Try a waiting or held step again now.", [Id, Why], (_, _) => { }),
        Act("requeue", "Start again from a step, with the same identities.", [Id, From, Why],
            (parsed, body) => body["from"] = parsed.GetValue(From).ToString().ToLowerInvariant()),
        Act("cancel", "Stop a study for good.", [Id, Why], (_, _) => { }),
        Act("priority", "Change a study's place in the waiting lines.", [Id, Priority, Why], (parsed, body) => body["priority"] = parsed.GetValue(Priority))));

    private static Command Act(string name, string description, IEnumerable<Symbol> symbols, Action<ParseResult, JsonObject> fill) => ApiVerb.Create(
        name, description, symbols,
        (parsed, client, cancellation) =>
        {
            JsonObject body = new() { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(Why) };
            fill(parsed, body);
            return client.PostAsync($"api/v1/studies/{Uri.EscapeDataString(parsed.GetValue(Id)!)}/{name}", body, cancellation);
        },
        ShowReply);

    private static Task<JsonNode?> ListAsync(ParseResult parsed, ApiClient client, CancellationToken cancellation)
    {
        if (parsed.GetValue(Mrn) is null && parsed.GetValue(Accession) is null && parsed.GetValue(StudyUid) is null)
        {
            IEnumerable<string> query = parsed.GetValue(State)!.Select(state => $"&state={state.ToString().ToLowerInvariant()}");
            string project = parsed.GetValue(Project) is { } name ? "&project=" + Uri.EscapeDataString(name) : "";
            string cursor = parsed.GetValue(Cursor) is { } text ? "&cursor=" + Uri.EscapeDataString(text) : "";
            return client.GetAsync($"api/v1/studies?limit={parsed.GetValue(Limit)}{cursor}{project}{string.Concat(query)}", cancellation);
        }

        // Identifiers travel in a body: URLs stand in logs.
        var search = new
        {
            project = parsed.GetValue(Project), mrn = parsed.GetValue(Mrn), accessionNumber = parsed.GetValue(Accession),
            studyUid = parsed.GetValue(StudyUid), states = parsed.GetValue(State), limit = parsed.GetValue(Limit), cursor = parsed.GetValue(Cursor),
        };
        return client.PostAsync("api/v1/studies/search", search, cancellation);
    }

    private static Task<JsonNode?> ShowAsync(ParseResult parsed, ApiClient client, CancellationToken cancellation) => client.GetAsync(
        $"api/v1/studies/{Uri.EscapeDataString(parsed.GetValue(Id)!)}{(parsed.GetValue(Identities) ? "?identities=true" : "")}", cancellation);

    private static int ShowList(JsonNode? answer, Screen screen)
    {
        screen.Table(
            ["study", "project", "state", "priority", "confirmed", "rejected", "archive", "reason"],
            answer.Rows("studies").Select(study => (IReadOnlyList<string?>)
            [
                study.Text("studyId"), study.Text("project"), study.Text("status"), study.Text("priority"),
                $"{study["counts"].Number("confirmed")} of {study["counts"].Number("total")}", study["counts"].Number("rejected").ToString(),
                study.Text("archive"), study.Text("reason"),
            ]));
        if (answer.Text("next") is { } next)
        {
            screen.Line($"There are more: --cursor {next}");
        }

        return ExitCode.Done;
    }

    private static int ShowStudy(JsonNode? answer, Screen screen)
    {
        JsonNode? study = (answer as JsonObject)?["study"] ?? answer;
        screen.Table(["", ""], ((study as JsonObject) ?? [])
            .Select(member => (IReadOnlyList<string?>)[member.Key, member.Value is JsonObject inner ? Members(inner) : member.Value?.ToString()]));
        if ((answer as JsonObject)?["tombstone"] is JsonObject tombstone)
        {
            screen.Line("");
            screen.Line("Its record was retired; what is left of it:");
            screen.Table(["", ""], tombstone.Select(member => (IReadOnlyList<string?>)[member.Key, member.Value?.ToString()]));
        }

        screen.Line("");
        screen.Table(["version", "at", "what happened", "details"], answer.Members("history").Select(row => (IReadOnlyList<string?>)
            [row.Text("version"), row.Text("at"), row.Text("kind"), Members(row["details"] as JsonObject)]));
        screen.Line("");
        screen.Table(["state", "modality", "archive", "result", "reason"], answer.Members("ledger").Select(row => (IReadOnlyList<string?>)
            [row.Text("state"), row.Text("modality"), row.Text("archive"), row.Text("newSopInstanceUid"), row.Text("reason")]));
        return ExitCode.Done;
    }

    private static int ShowReply(JsonNode? answer, Screen screen)
    {
        string? refusal = answer.Text("refusal");
        screen.Line($"{answer.Text("studyId")}\t{answer.Text("status")}\t{refusal ?? (answer.Flag("changed") ? "done" : "nothing to do")}");
        return refusal is null ? ExitCode.Done : ExitCode.Partly;
    }

    /// <summary>Members in a line; counts of nothing and objects inside are left to --json.</summary>
    private static string Members(JsonObject? members) => string.Join(", ", (members ?? [])
        .Where(member => member.Value is JsonValue value && value.ToString() is not ("0" or ""))
        .Select(member => $"{member.Key} {member.Value}"));
}
