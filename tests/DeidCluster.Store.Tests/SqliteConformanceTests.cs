using DeidCluster.Engine;
using DeidCluster.Store.Sqlite;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>The conformance suite on SQLite.</summary>
public sealed class SqliteConformanceTests : GeneratedConformance
{
    private readonly TestFolder folder = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        folder.Dispose();
    }

    protected override async Task<IActorStore> OpenAsync() =>
        await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = ShardCount }, Time);
}
