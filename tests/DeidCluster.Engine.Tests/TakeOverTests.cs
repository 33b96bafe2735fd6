using DeidCluster.Engine.Tests.Toys;

namespace DeidCluster.Engine.Tests;

/// <summary>Two hosts on one store: they share the shards, and one that is cut off can neither write nor block the other.</summary>
public class TakeOverTests
{
    private const int Shards = 8;

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task SecondHost_GetsItsShare_AndGivesItBackWhenItLeaves()
    {
        await using BankHost bank = await BankHost.OpenAsync(Shards * 4);
        ActorSystem first = bank.Start();
        await BankHost.UntilAsync(() => first.ShardsHeld == Shards * 4, "the first has all shards");
        ActorSystem second = bank.Start();
        await BankHost.UntilAsync(() => first.ShardsHeld > 0 && second.ShardsHeld > 0 && first.ShardsHeld + second.ShardsHeld == Shards * 4, "the shards are shared");
        for (int account = 0; account < 20; account++)
        {
            Assert.Equal(1, (await first.AskAsync<Balance>(BankHost.Account($"a{account}"), new Deposit(1), BankHost.Deadline, None))!.Amount);
        }

        await second.StopAsync();
        await BankHost.UntilAsync(() => first.ShardsHeld == Shards * 4, "the first has all shards again");
        for (int account = 0; account < 20; account++)
        {
            Assert.Equal(2, (await first.AskAsync<Balance>(BankHost.Account($"a{account}"), new Deposit(1), BankHost.Deadline, None))!.Amount);
        }
    }

    [Fact]
    public async Task CutOffHost_IsTakenOver_AndStopsItsEffects_AndComesBackAsAnother()
    {
        await using BankHost bank = await BankHost.OpenAsync(Shards);
        FaultyStore line = new(bank.Store);
        ScriptedEffect lost = new();
        ActorSystem first = bank.Start(store: line, handlers: lost);
        await first.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt before = await lost.AttemptAsync(0);
        string incarnation = Assert.Single(first.LiveMembers);

        line.IsCut = true;
        await BankHost.UntilAsync(() => !before.Context.Lease(), "the cut-off host stops trusting its lease");
        ScriptedEffect taken = new();
        ActorSystem second = bank.Start(handlers: taken);
        ScriptedEffect.Attempt after = await taken.AttemptAsync(0);
        Assert.True(before.Cancellation.IsCancellationRequested);
        Assert.True(after.Context.Id.Token > before.Context.Id.Token);
        after.Outcome.SetResult(new FinishWork(5));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(second, "a")).Amount == 5, "the other host books the outcome");

        line.IsCut = false;
        await BankHost.UntilAsync(() => first.LiveMembers.Count == 2 && !first.LiveMembers.Contains(incarnation), "the first is back as another incarnation");
        await BankHost.UntilAsync(() => first.ShardsHeld > 0 && first.ShardsHeld + second.ShardsHeld == Shards, "the shards are shared");
        Assert.Equal(5, (await BankHost.BalanceAsync(first, "a")).Amount);
    }

    [Fact]
    public async Task HostInDoubt_StopsItsEffects_AndResumesThemUnderTheSameLease()
    {
        await using BankHost bank = await BankHost.OpenAsync(Shards);
        FaultyStore line = new(bank.Store);
        ScriptedEffect work = new();
        // The store would wait ten minutes; the host itself trusts a heartbeat for a second only.
        ActorSystem system = bank.Start(
            bank.Settings with { LeaseTime = TimeSpan.FromMinutes(10), LeaseMargin = TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1) }, line, handlers: work);
        await system.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt before = await work.AttemptAsync(0);
        string incarnation = Assert.Single(system.LiveMembers);
        line.IsCut = true;
        await BankHost.UntilAsync(() => before.Cancellation.IsCancellationRequested, "the host doubts its lease and stops the effect");
        Assert.False(before.Context.Lease());
        line.IsCut = false;
        (await work.AttemptAsync(1)).Outcome.SetResult(new FinishWork(3));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(system, "a")).Amount == 3, "the outcome is booked");
        Assert.Equal(incarnation, Assert.Single(system.LiveMembers));
    }

    [Fact]
    public async Task Turn_OfAHostThatLostItsShard_IsFenced()
    {
        await using BankHost bank = await BankHost.OpenAsync(shardCount: 1);
        ActorSystem system = bank.Start(bank.Settings with { HeartbeatInterval = TimeSpan.FromSeconds(60), LeaseTime = TimeSpan.FromSeconds(300), LeaseMargin = TimeSpan.Zero });
        Assert.Equal(1, (await system.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None))!.Amount);

        // Its member row vanishes, as after an expiry that it has not noticed, and another takes the shard.
        await bank.Store.LeaveAsync(system.LiveMembers[0], None);
        await bank.Store.JoinAsync(new Member("other", "other", "1"), TimeSpan.FromSeconds(300), None);
        MembershipView view = await bank.Store.HeartbeatAsync("other", TimeSpan.FromSeconds(300), None);
        Assert.NotNull(await bank.Store.ClaimShardAsync("other", 0, view.Shards[0].Token, None));

        await system.PostAsync(BankHost.Account("a"), new Deposit(1), None);
        await BankHost.UntilAsync(() => system.Counters.Fenced == 1 && system.ShardsHeld == 0, "the turn is fenced");
        Assert.Single(await bank.Store.ReadJournalAsync(BankHost.Account("a"), 0, 10, None));
        Assert.Single(await bank.Store.ReadDueMailAsync([0], DateTimeOffset.UtcNow, 10, None));
    }
}
