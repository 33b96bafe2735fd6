using System.Diagnostics;
using DeidCluster.Engine.Tests.Toys;
using DeidCluster.TestKit;

namespace DeidCluster.Engine.Tests;

public class ThroughputTests
{
    private const int Accounts = 500;
    private const int DepositsEach = 20;
    private const int PostsAtOnce = 100;

    [Fact]
    public async Task Turns_OfManyActors_AreCommittedInGroups()
    {
        await using BankHost bank = await BankHost.OpenAsync(shardCount: 256);
        ActorSystem system = bank.Start();
        Stopwatch clock = Stopwatch.StartNew();
        await BankHost.BalanceAsync(system, "first");
        TimeSpan ready = clock.Elapsed;
        clock.Restart();
        for (int round = 0; round < DepositsEach; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Accounts).Chunk(PostsAtOnce).Select(chunk => system.PostAsync(
                [.. chunk.Select(account => (BankHost.Account($"a{account}"), (ICommand)new Deposit(1)))], CancellationToken.None)));
        }

        TimeSpan posted = clock.Elapsed;
        await BankHost.UntilAsync(() => system.Counters.Mails >= (Accounts * DepositsEach) + 1, "all mail is consumed");
        double seconds = clock.Elapsed.TotalSeconds;
        EngineCounters done = system.Counters;
        Facts.Say(
            $"engine throughput: {done.Mails / seconds:F0} mails/s, {done.Turns / seconds:F0} turns/s, {done.Turns} turns in {done.Commits} commits, "
            + $"ready after {ready.TotalMilliseconds:F0} ms, posted in {posted.TotalMilliseconds:F0} ms");
        Assert.True(done.Commits < done.Turns, "Turns of many actors share a commit.");
        Assert.Equal(DepositsEach, (await BankHost.BalanceAsync(system, "a7")).Amount);
    }
}
