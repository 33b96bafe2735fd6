using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>`deid archive`: list, echo.</summary>
public static class ArchiveVerbs
{
    private static readonly Argument<string> Name = new("ARCHIVE") { Description = "The archive's name." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root) => root.Add(ApiVerb.Group(
        "archive", "Look at the archives of a node.",
        ApiVerb.Create("list", "List the archives, their permits and their breakers.", [],
            (_, client, cancellation) => client.GetAsync("api/v1/archives", cancellation), ShowList),
        ApiVerb.Create("echo", "Ask an archive whether it answers (C-ECHO from the node).", [Name],
            (parsed, client, cancellation) => client.PostAsync(
                $"api/v1/archives/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/echo", new JsonObject(), cancellation),
            ShowEcho)));

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
