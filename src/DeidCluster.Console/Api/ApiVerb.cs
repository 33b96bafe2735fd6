using System.CommandLine;
using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>What every verb over the API has: which node, and whether the answer is shown as JSON.</summary>
internal static class ApiVerb
{
    private const string ServerVariable = "DEID_SERVER";
    private const string TokenVariable = "DEID_TOKEN";

    private static readonly Option<string> Server = new("--server")
    {
        Description = $"The node's address; else the environment variable {ServerVariable}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } server ? server : ApiClient.DefaultServer,
        Recursive = true,
    };

    private static readonly Option<FileInfo?> TokenFile = new("--token-file")
    {
        Description = $"A file with the node's token, where it wants one; else the environment variable {TokenVariable}.", Recursive = true,
    };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts.", Recursive = true };

    /// <summary>A group of verbs that share the options of the API.</summary>
    public static Command Group(string name, string description, params Command[] verbs)
    {
        Command group = new(name, description);
        AddOptions(group);
        foreach (Command verb in verbs)
        {
            group.Add(verb);
        }

        return group;
    }

    /// <summary>Gives <paramref name="group"/> and its verbs the options of the API.</summary>
    public static void AddOptions(Command group)
    {
        group.Add(Server);
        group.Add(TokenFile);
        group.Add(AsJson);
    }

    /// <summary>A verb: calls the node, shows the answer, and answers the exit code.</summary>
    public static Command Create(
        string name, string description, IEnumerable<Symbol> symbols,
        Func<ParseResult, ApiClient, CancellationToken, Task<JsonNode?>> call, Func<JsonNode?, Screen, int> show)
    {
        Command verb = new(name, description);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                verb.Add(argument);
            }
            else
            {
                verb.Add((Option)symbol);
            }
        }

        verb.SetAction(async (parsed, cancellation) =>
        {
            using ApiClient client = new(parsed.GetValue(Server)!, await TokenAsync(parsed, cancellation));
            JsonNode? answer = await call(parsed, client, cancellation);
            TextWriter output = parsed.InvocationConfiguration.Output;
            bool asJson = parsed.GetValue(AsJson);
            if (asJson)
            {
                await output.WriteLineAsync(answer?.ToJsonString(ApiClient.Json) ?? "null");
            }

            return show(answer, new Screen(asJson ? TextWriter.Null : output));
        });
        return verb;
    }

    private static async Task<string?> TokenAsync(ParseResult parsed, CancellationToken cancellation) => parsed.GetValue(TokenFile) is { } file
        ? (await File.ReadAllTextAsync(file.FullName, cancellation)).Trim()
        : Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null;
}
