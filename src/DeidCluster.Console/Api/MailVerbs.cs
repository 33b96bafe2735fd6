using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>`deid mail`: list, show, replay, drop.</summary>
public static class MailVerbs
{
    private static readonly Argument<string> Id = new("ID") { Description = "The mail's id, as the list shows it." };
    private static readonly Option<string> Why = new("--why") { Description = "The reason; kept with who decided.", Required = true };
    private static readonly Option<bool> All = new("--all") { Description = "Also what was decided about before." };
    private static readonly Option<bool> Identities = new("--identities") { Description = "Show the body too, which may identify a person." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root) => root.Add(ApiVerb.Group(
        "mail", "Mail to an actor that was set aside because handling it failed each time; the actor goes on without it.\nExit code: 0 done, 1 there is no such mail or no node answers.",
        ApiVerb.Create("list", "List what waits for a decision, oldest first.", [All],
            (parsed, client, cancellation) => client.GetAsync($"api/v1/mail{(parsed.GetValue(All) ? "?all=true" : "")}", cancellation), ShowList),
        ApiVerb.Create("show", "Show one with where it failed.", [Id, Identities],
            (parsed, client, cancellation) => client.GetAsync($"{Path(parsed)}{(parsed.GetValue(Identities) ? "?identities=true" : "")}", cancellation), ShowMail),
        Judge("replay", "Put it back into its mailbox, after the mistake was mended."),
        Judge("drop", "Delete it for good; who and why stay known.")));

    private static Command Judge(string name, string description) => ApiVerb.Create(
        name, description, [Id, Why],
        (parsed, client, cancellation) => client.PostAsync(
            $"{Path(parsed)}/{name}", new JsonObject { ["by"] = Environment.UserName, ["why"] = parsed.GetValue(Why) }, cancellation),
        ShowMail);

    private static string Path(ParseResult parsed) => "api/v1/mail/" + Uri.EscapeDataString(parsed.GetValue(Id)!);

    private static int ShowList(JsonNode? answer, Screen screen)
    {
        screen.Table(["id", "at", "actor", "kind", "tries", "verdict", "exception"], answer.Rows("mail").Select(mail => (IReadOnlyList<string?>)
        [
            mail.Text("id"), mail.Text("at"), mail.Text("actor"), mail.Text("kind"), mail.Text("tries"), mail.Text("verdict"), $"{mail.Text("exception")} in {mail.Text("where")}",
        ]));
        return ExitCode.Done;
    }

    private static int ShowMail(JsonNode? answer, Screen screen)
    {
        screen.Table(["", ""], ((answer as JsonObject) ?? []).Select(member => (IReadOnlyList<string?>)[member.Key, member.Value?.ToString()]));
        return ExitCode.Done;
    }
}
