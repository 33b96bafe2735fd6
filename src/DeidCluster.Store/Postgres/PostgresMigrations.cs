using System.Globalization;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>Makes the schema of an installation, or brings it up to date: one process at a time, all scripts in one transaction.</summary>
internal static class PostgresMigrations
{
    private const string ShardCountSetting = "shard_count";

    /// <summary>Applies what is missing, where <paramref name="settings"/> allow it; the number of shards.</summary>
    public static async Task<int> ApplyAsync(PostgresSessions sessions, PostgresStoreSettings settings, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await sessions.OpenAsync(cancellation);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        if (settings.Migrates)
        {
            await RunAsync(connection, $"SELECT pg_advisory_xact_lock(hashtextextended('deidcluster {sessions.Schema}', 0))", cancellation);
            await RunAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {sessions.Schema}", cancellation);
            await RunAsync(
                connection,
                $"CREATE TABLE IF NOT EXISTS {sessions.Schema}.migration (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())",
                cancellation);
        }

        IReadOnlyList<MigrationScript> pending = MigrationScripts.Pending("Postgres", await AppliedAsync(connection, cancellation));
        if (pending.Count > 0 && !settings.Migrates)
        {
            throw new InvalidOperationException("There is no store, or an older one, and this node may not migrate it: run `deid store migrate` with the owner's role.");
        }

        foreach (MigrationScript script in pending)
        {
            await RunAsync(connection, script.Sql, cancellation);
            await RunAsync(connection, $"INSERT INTO migration (name, sha256) VALUES ('{script.Name}', '{script.Sha256}')", cancellation);
        }

        if (settings is { Migrates: true, NodeRole: { } role })
        {
            await GrantAsync(connection, sessions.Schema, role, cancellation);
        }

        int shardCount = await FixShardsAsync(connection, settings, cancellation);
        await transaction.CommitAsync(cancellation);
        return shardCount;
    }

    /// <summary>What a node needs and no more: rows, not the schema.</summary>
    private static async Task GrantAsync(NpgsqlConnection connection, string schema, string role, CancellationToken cancellation)
    {
        string quoted = new NpgsqlCommandBuilder().QuoteIdentifier(role);
        await RunAsync(connection, $"GRANT USAGE ON SCHEMA {schema} TO {quoted}", cancellation);
        await RunAsync(connection, $"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {quoted}", cancellation);
        await RunAsync(connection, $"REVOKE INSERT, UPDATE, DELETE ON {schema}.migration, {schema}.setting FROM {quoted}", cancellation);
        await RunAsync(connection, $"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {quoted}", cancellation);
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlCommand exists = new("SELECT to_regclass('migration') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellation) is not true)
        {
            return [];
        }

        await using NpgsqlCommand command = new("SELECT name, sha256 FROM migration", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        Dictionary<string, string> applied = [];
        while (await reader.ReadAsync(cancellation))
        {
            applied.Add(reader.GetString(0), reader.GetString(1));
        }

        return applied;
    }

    private static async Task<int> FixShardsAsync(NpgsqlConnection connection, PostgresStoreSettings settings, CancellationToken cancellation)
    {
        await using NpgsqlCommand read = new($"SELECT value FROM setting WHERE name = '{ShardCountSetting}'", connection);
        if (await read.ExecuteScalarAsync(cancellation) is string stored)
        {
            return int.Parse(stored, CultureInfo.InvariantCulture);
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.ShardCount);
        await RunAsync(connection, $"INSERT INTO setting VALUES ('{ShardCountSetting}', '{settings.ShardCount}')", cancellation);
        await RunAsync(connection, $"INSERT INTO shard (shard, owner, token) SELECT shard, NULL, 0 FROM generate_series(0, {settings.ShardCount - 1}) AS shard", cancellation);
        return settings.ShardCount;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
