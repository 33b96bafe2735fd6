using DeidCluster.Store.Postgres;
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

    /// <summary>How long a member of a bank outlives its last heartbeat.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private const int ShardCount = 16;

    /// <summary>Works on the SQLite file, or on the PostgreSQL server, that <paramref name="storeName"/> names.</summary>
    public static async Task RunAsync(string storeName)
    {
        await using IActorStore store = await OpenAsync(storeName);
        await using ActorSystem system = Host(store);
        system.Start();
        using StreamWriter output = new(Console.OpenStandardOutput()) { AutoFlush = true };
        Random random = new();
        while (true)
        {
            try
            {
                await WorkAsync(system, random, output);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50)); // nothing was accepted
            }
        }
    }

    private static async Task WorkAsync(ActorSystem system, Random random, StreamWriter output)
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

    /// <summary>The store that <paramref name="storeName"/> names: a connection string, or a file.</summary>
    public static async Task<IActorStore> OpenAsync(string storeName) => storeName.StartsWith("Host=", StringComparison.Ordinal)
        ? await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = storeName, ShardCount = ShardCount, StatementTimeout = Lease })
        : await SqliteStore.OpenAsync(storeName, new SqliteStoreSettings { ShardCount = ShardCount });

    public static ActorSystem Host(IActorStore store) => new(
        store, AccountDecider.Types(), [AccountDecider.ActorKind], [new Interest()],
        new ActorSystemSettings
        {
            LeaseTime = Lease,
            LeaseMargin = TimeSpan.FromSeconds(1),
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            PollInterval = TimeSpan.FromMilliseconds(50),
            SnapshotEveryEvents = 20,
        });

    /// <summary>Adds the deposit that a line of <see cref="RunAsync"/> tells of.</summary>
    public static void Take(string? line, HashSet<Guid> accepted)
    {
        // A last line may have been cut in the middle.
        if (line is not null && line.StartsWith(Accepted, StringComparison.Ordinal)
            && Guid.TryParseExact(line[Accepted.Length..], "n", out Guid deposit))
        {
            accepted.Add(deposit);
        }
    }
}
