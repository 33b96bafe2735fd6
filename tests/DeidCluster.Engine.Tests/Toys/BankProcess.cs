using DeidCluster.Store.Sqlite;

namespace DeidCluster.Engine.Tests.Toys;

/// <summary>
/// A bank in a process of its own, which works until it is killed. Each deposit that the store has accepted is told on standard output,
/// after its commit: from then on it must never be lost.
/// </summary>
public static class BankProcess
{
    public const int Accounts = 12;
    public const string Accepted = "accepted ";

    private const int TransferMax = 20;

    public static string Name(int account) => $"a{account}";

    public static async Task RunAsync(string storePath)
    {
        await using SqliteStore store = await SqliteStore.OpenAsync(storePath, new SqliteStoreSettings { ShardCount = 16 });
        await using ActorSystem system = Host(store);
        system.Start();
        using StreamWriter output = new(Console.OpenStandardOutput()) { AutoFlush = true };
        Random random = new();
        while (true)
        {
            ActorId one = BankHost.Account(Name(random.Next(Accounts)));
            Guid deposit = await system.PostAsync(one, new Deposit(random.Next(TransferMax)), CancellationToken.None);
            await output.WriteLineAsync($"{Accepted}{deposit:n}");
            ActorId other = BankHost.Account(Name(random.Next(Accounts)));
            await system.PostAsync(
                [
                    (one, new Transfer(Name(random.Next(Accounts)), random.Next(TransferMax))),
                    (other, new StartWork(Interest.Name)),
                    (other, new Remind(DateTimeOffset.UtcNow.AddMilliseconds(random.Next(TransferMax)))),
                ],
                CancellationToken.None);
        }
    }

    public static ActorSystem Host(IActorStore store) => new(
        store, AccountDecider.Types(), [AccountDecider.ActorKind], [new Interest()],
        new ActorSystemSettings { PollInterval = TimeSpan.FromMilliseconds(50), SnapshotEveryEvents = 20 });
}
