using DeidCluster.Engine.Tests.Toys;
using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;

namespace DeidCluster.Engine.Tests;

/// <summary>A node that is told to drain finishes or hands over what runs, gives its shards back, and costs nobody an attempt.</summary>
public class DrainTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task DrainingHost_FinishesWhatRuns_AndHandsTheRestOver()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        await DrainAsync(bank, bank.Store);
    }

    [PostgresFact]
    public async Task DrainingHost_FinishesWhatRuns_AndHandsTheRestOver_OnPostgres()
    {
        await using PostgresPeer server = await PostgresPeer.StartAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = server.ConnectionString, ShardCount = 8 });
        await using BankHost bank = await BankHost.OpenAsync();
        await DrainAsync(bank, store);
    }

    [Fact]
    public async Task DrainingHost_WhoseEffectDoesNotEnd_HandsItOverAtTheDeadline()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect stuck = new(), taken = new();
        ActorSystem first = bank.Start(handlers: stuck);
        await first.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt attempt = await stuck.AttemptAsync(0);
        ActorSystem second = bank.Start(bank.Settings with { EffectsMaxDefault = 1 }, handlers: taken);
        await first.DrainAsync(TimeSpan.FromMilliseconds(300), None);
        Assert.True(attempt.Cancellation.IsCancellationRequested);
        Assert.Equal(0, first.ShardsHeld);
        (await taken.AttemptAsync(0)).Outcome.SetResult(new FinishWork(4));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(second, "a")).Amount == 4, "the other host books the outcome");
        Assert.Equal(
            ["work-started", "work-finished"], (await bank.Store.ReadJournalAsync(BankHost.Account("a"), 0, 10, None)).Select(row => row.Body.Kind));
    }

    [Fact]
    public async Task OnlyHost_Drains_AndTheNextOneGoesOn()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem only = bank.Start();
        Assert.Equal(1, (await only.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None))!.Amount);
        await only.DrainAsync(Long, None);
        Assert.Equal((0, false, true), (only.ShardsHeld, only.IsReady, only.IsDraining));
        await only.PostAsync(BankHost.Account("a"), new Deposit(1), None);
        await only.StopAsync();
        Assert.Equal(2, (await BankHost.BalanceAsync(bank.Start(), "a")).Amount);
    }

    private static async Task DrainAsync(BankHost bank, IActorStore store)
    {
        ScriptedEffect ending = new(), taken = new();
        ActorSystem first = bank.Start(bank.Settings with { EffectsMaxDefault = 1 }, store, handlers: ending);
        await first.PostAsync(BankHost.Account("runs"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt running = await ending.AttemptAsync(0);
        await first.PostAsync(BankHost.Account("waits"), new StartWork("scripted"), None);
        await BankHost.UntilAsync(() => first.EffectsRunning.Count == 2, "the second effect waits for a place");

        ActorSystem second = bank.Start(store: store, handlers: taken);
        int held = first.ShardsHeld;
        Task drained = first.DrainAsync(Long, None);
        ScriptedEffect.Attempt handedOver = await taken.AttemptAsync(0);
        Assert.Equal(BankHost.Account("waits"), handedOver.Context.Id.Actor);
        await BankHost.UntilAsync(() => first.ShardsHeld <= 1, "all shards but one are given back");
        Assert.False(running.Cancellation.IsCancellationRequested);
        Assert.True(running.Context.Lease());
        Assert.Equal(1, first.ShardsHeld);

        running.Outcome.SetResult(new FinishWork(7));
        await drained;
        Assert.Equal(0, first.ShardsHeld);
        handedOver.Outcome.SetResult(new FinishWork(5));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(second, "waits")).Amount == 5, "the other host books the outcome");
        Assert.Equal(7, (await BankHost.BalanceAsync(second, "runs")).Amount);
        Assert.Single(taken.Attempts);
        Assert.Single(ending.Attempts);
        Assert.True(held > 0);
        await first.StopAsync();
        Assert.Contains(bank.Notices, notice => notice.Kind == EngineNoticeKind.Drained);
    }
}
