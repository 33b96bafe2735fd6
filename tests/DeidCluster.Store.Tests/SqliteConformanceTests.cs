using DeidCluster.Engine;
using DeidCluster.Store.Sqlite;
using DeidCluster.TestKit;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Tests;

/// <summary>The conformance suite on SQLite.</summary>
public sealed class SqliteConformanceTests : SqlConformance
{
    private readonly TestFolder folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Dispose();
    }

    protected override async Task DamageAsync(string sql)
    {
        await using SqliteConnection connection = new($"Data Source={folder.File("store.db")};Pooling=False");
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    protected override async Task<IActorStore> OpenAsync() =>
        await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = ShardCount }, Time);
}
