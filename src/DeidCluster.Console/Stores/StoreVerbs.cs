using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Engine;
using DeidCluster.Node;
using DeidCluster.Store;

namespace DeidCluster.Console.Stores;

/// <summary>`deid store`: migrate, verify. They open the store themselves, without a node.</summary>
public static class StoreVerbs
{
    private static readonly Option<string> Config = new("--config") { Description = "node.yaml, or the folder that it lies in.", Required = true };
    private static readonly Option<string?> User = new("--user") { Description = "The PostgreSQL role to use instead of the node's, such as the owner of the schema." };
    private static readonly Option<string?> PasswordFile = new("--password-file") { Description = "A file with that role's password." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts." };

    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        Command migrate = new("migrate", """
            Make the store that node.yaml names, or bring it up to date; then nodes whose role may not change the schema can start.
            Example: deid store migrate --config cluster-config --user deid_owner --password-file owner.password
            """) { Config, User, PasswordFile };
        migrate.SetAction(async (parsed, cancellation) =>
        {
            StoreSettings settings = SettingsOf(parsed);
            settings = settings with { Postgres = settings.Postgres is { } postgres ? postgres with { Migrates = true } : null };
            await using IActorStore store = await OpenAsync(settings, cancellation);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"the store is up to date, {store.ShardCount} shards");
            return ExitCode.Done;
        });

        Command verify = new("verify", """
            Check what must hold between the rows of a store: journals without gaps, mail consumed once, deliveries explained. Changes nothing.
            An embedded store is checked while its node is stopped.
            Exit code: 0 all rules hold, 2 some are broken.
            Example: deid store verify --config cluster-config
            """) { Config, User, PasswordFile, AsJson };
        verify.SetAction(async (parsed, cancellation) =>
        {
            await using IActorStore store = await OpenAsync(SettingsOf(parsed), cancellation);
            IReadOnlyList<StoreFinding> findings = await ((IVerifiableStore)store).VerifyAsync(cancellation);
            Show(findings, parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output);
            return findings.Count == 0 ? ExitCode.Done : ExitCode.Partly;
        });
        root.Add(new Command("store", "Make, migrate and check the store of a node or a cluster.") { migrate, verify });
    }

    private static void Show(IReadOnlyList<StoreFinding> findings, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(new JsonObject
            {
                ["rules"] = StoreChecks.Rules.Count,
                ["broken"] = JsonSerializer.SerializeToNode(findings, JsonSerializerOptions.Web),
            }.ToJsonString());
            return;
        }

        foreach (StoreFinding finding in findings)
        {
            output.WriteLine($"{finding.Rule}: {finding.Broken} break the rule that {finding.Meaning}: {string.Join(", ", finding.Examples)}");
        }

        output.WriteLine($"{StoreChecks.Rules.Count} rules checked, {findings.Count} broken");
    }

    private static StoreSettings SettingsOf(ParseResult parsed)
    {
        StoreSettings settings = NodeConfiguration.ReadStore(parsed.GetValue(Config)!);
        if (parsed.GetValue(User) is null && parsed.GetValue(PasswordFile) is null)
        {
            return settings;
        }

        if (settings.Postgres is not { } postgres)
        {
            throw new UsageException("an embedded store has no roles: leave --user and --password-file out");
        }

        string? password = parsed.GetValue(PasswordFile) is { } file ? File.ReadAllText(file).TrimEnd('\r', '\n') : null;
        return settings with { Postgres = postgres.As(parsed.GetValue(User), password) };
    }

    private static async Task<IActorStore> OpenAsync(StoreSettings settings, CancellationToken cancellation)
    {
        try
        {
            return await settings.OpenAsync(TimeProvider.System, cancellation);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or InvalidOperationException)
        {
            throw new UsageException(failure.Message);
        }
    }
}
