using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>One PostgreSQL server for the tests of a class; each store has a schema of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private int schemas;

    /// <summary>The server; null when there is none on this machine, and then nothing asks for it.</summary>
    public PostgresPeer? Peer { get; private set; }

    public async Task InitializeAsync()
    {
        if (PostgresPeer.Missing is null)
        {
            Peer = await PostgresPeer.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (Peer is not null)
        {
            await Peer.DisposeAsync();
        }
    }

    /// <summary>Settings for a store that is empty.</summary>
    public PostgresStoreSettings NewStore(int shardCount) => new()
    {
        ConnectionString = Peer!.ConnectionString, Schema = $"store_{Interlocked.Increment(ref schemas)}", ShardCount = shardCount,
    };
}
