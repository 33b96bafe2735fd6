using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;
using Npgsql;

namespace DeidCluster.Store.Tests;

/// <summary>The conformance suite on PostgreSQL.</summary>
[RequiresPostgres]
public sealed class PostgresConformanceTests(PostgresFixture server) : SqlConformance, IClassFixture<PostgresFixture>
{
    private readonly PostgresStoreSettings settings = server.Peer is null ? new PostgresStoreSettings { ConnectionString = "" } : server.NewStore(ShardCount);

    protected override async Task DamageAsync(string sql)
    {
        await using NpgsqlConnection connection = new($"{settings.ConnectionString};Search Path={settings.Schema}");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    protected override async Task<IActorStore> OpenAsync() => await PostgresStore.OpenAsync(settings, Time);
}
