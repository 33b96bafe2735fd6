namespace DeidCluster.Engine.Tests.Toys;

/// <summary>All journals, added up.</summary>
public sealed class Books
{
    private long balances;
    private long deposited;
    private long sent;
    private long received;
    private long worksStarted;
    private long remindersSet;
    private long remindersHeard;

    private readonly HashSet<long> tokens = [];

    public HashSet<Guid> Deposits { get; } = [];

    public int Events { get; private set; }

    public int Transfers { get; private set; }

    public int WorksDone { get; private set; }

    public int Tokens => tokens.Count;

    /// <summary>Lets one host finish what is open in <paramref name="store"/>, then reads all journals.</summary>
    public static async Task<Books> CloseAsync(IActorStore store)
    {
        await using ActorSystem system = BankProcess.Host(store);
        system.Start();
        int[] shards = [.. Enumerable.Range(0, store.ShardCount)];
        await BankHost.UntilAsync(
            async () => system.IsReady && system.ShardsHeld == store.ShardCount && await store.NextDueAsync(shards, CancellationToken.None) is null && system.EffectsRunning.Count == 0
                && (await Task.WhenAll(shards.Select(shard => store.ReadActiveAsync(shard, CancellationToken.None)))).All(active => active.Count == 0),
            "all mail is consumed and all effects are done");
        Assert.Empty(await store.ReadQuarantineAsync(1, CancellationToken.None));
        return await ReadAsync(store);
    }

    private static async Task<Books> ReadAsync(IActorStore store)
    {
        Books books = new();
        for (int account = 0; account < BankProcess.Accounts; account++)
        {
            await books.AddAsync(store, BankHost.Account(BankProcess.Name(account)));
        }

        return books;
    }

    public void AssertBalanced()
    {
        Assert.Equal(sent, received);
        Assert.Equal(deposited + (WorksDone * Interest.Earned), balances);
        Assert.Equal(worksStarted, WorksDone);
        Assert.Equal(remindersSet, remindersHeard);
    }

    private async Task AddAsync(IActorStore store, ActorId account)
    {
        MessageTypes types = AccountDecider.Types();
        AccountDecider rules = new();
        Account state = rules.Initial(account);
        IReadOnlyList<JournalRow> rows = await store.ReadJournalAsync(account, 0, int.MaxValue, CancellationToken.None);
        HashSet<Guid> causes = [];
        foreach (JournalRow row in rows)
        {
            Assert.Equal(state.Version + 1, row.Version);
            Assert.True(causes.Add(row.Cause), "One mail makes one event here: it was consumed twice.");
            IEvent happened = (IEvent)types.Read(row.Body);
            state = rules.Evolve(state, happened);
            Add(happened, row);
        }

        Events += rows.Count;
        balances += state.Balance;
    }

    private void Add(IEvent happened, JournalRow row)
    {
        tokens.Add(row.Token);
        switch (happened)
        {
            case Deposited deposit:
                Deposits.Add(row.Cause);
                deposited += deposit.Amount;
                break;
            case Sent transfer:
                Transfers++;
                sent += transfer.Amount;
                break;
            case Received transfer:
                received += transfer.Amount;
                break;
            case WorkStarted:
                worksStarted++;
                break;
            case WorkFinished:
                WorksDone++;
                break;
            case ReminderSet:
                remindersSet++;
                break;
            case Reminded:
                remindersHeard++;
                break;
        }
    }
}
