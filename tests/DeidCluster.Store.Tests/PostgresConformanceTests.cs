using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>The conformance suite on PostgreSQL.</summary>
[RequiresPostgres]
public sealed class PostgresConformanceTests(PostgresFixture server) : GeneratedConformance, IClassFixture<PostgresFixture>
{
    protected override async Task<IActorStore> OpenAsync() => await PostgresStore.OpenAsync(server.NewStore(ShardCount), Time);
}
