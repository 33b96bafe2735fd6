using System.Collections.Concurrent;
using DeidCluster.Store.Sqlite;

namespace DeidCluster.Engine.Tests.Toys;

/// <summary>A store in a folder of its own, and any number of hosts of accounts on it.</summary>
public sealed class BankHost : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly List<ActorSystem> systems = [];

    private BankHost(string folder, SqliteStore store)
    {
        this.folder = folder;
        Store = store;
    }

    public SqliteStore Store { get; }

    public ConcurrentQueue<EngineNotice> Notices { get; } = new();

    public static async Task<BankHost> OpenAsync(int shardCount = 8)
    {
        string folder = Directory.CreateTempSubdirectory("deid-engine-").FullName;
        SqliteStore store = await SqliteStore.OpenAsync(Path.Combine(folder, "store.db"), new SqliteStoreSettings { ShardCount = shardCount });
        return new BankHost(folder, store);
    }

    public ActorSystemSettings Settings => new()
    {
        LeaseTime = TimeSpan.FromSeconds(3),
        LeaseMargin = TimeSpan.FromSeconds(1),
        HeartbeatInterval = TimeSpan.FromMilliseconds(200),
        PollInterval = TimeSpan.FromMilliseconds(50),
        StopGrace = TimeSpan.FromSeconds(5),
        Notice = Notices.Enqueue,
    };

    /// <summary>A started host.</summary>
    public ActorSystem Start(ActorSystemSettings? settings = null, IActorStore? store = null, MessageTypes? types = null, params IEffectHandler[] handlers)
    {
        ActorSystem system = new(store ?? Store, types ?? AccountDecider.Types(), [AccountDecider.ActorKind], handlers, settings ?? Settings);
        systems.Add(system);
        system.Start();
        return system;
    }

    /// <summary>The committed balance of an account.</summary>
    public static async Task<Balance> BalanceAsync(ActorSystem system, string account) =>
        await system.AskAsync<Balance>(Account(account), new ReadBalance(), Deadline, CancellationToken.None)
        ?? throw new TimeoutException("No balance in time.");

    public static ActorId Account(string name) => new(AccountDecider.Kind, name);

    /// <summary>Asks again and again, since what is waited for happens in another task; fails at the deadline.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            try
            {
                await poll.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not in time: {what}");
            }
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public async ValueTask DisposeAsync()
    {
        foreach (ActorSystem system in systems)
        {
            await system.DisposeAsync();
        }

        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
