using DeidCluster.Engine.Tests.Toys;
using DeidCluster.Store.Sqlite;

namespace DeidCluster.Engine.Tests;

public class SmokeTests
{
    [Fact]
    public async Task Ask_OnAFreshStore_IsAnswered()
    {
        string folder = Directory.CreateTempSubdirectory("deid").FullName;
        await using SqliteStore store = await SqliteStore.OpenAsync(Path.Combine(folder, "s.db"));
        await using ActorSystem system = new(store, AccountDecider.Types(), [AccountDecider.ActorKind], [], new ActorSystemSettings());
        system.Start();
        Balance? b = await system.AskAsync<Balance>(new ActorId("account", "a"), new Deposit(5), TimeSpan.FromSeconds(10), default);
        Assert.Equal(5, b!.Amount);
    }
}
