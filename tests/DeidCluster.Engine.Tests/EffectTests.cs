using DeidCluster.Engine.Tests.Toys;

namespace DeidCluster.Engine.Tests;

/// <summary>Effects: started by the state, identified, cancelled when no longer wanted, resumed after a restart.</summary>
public class EffectTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Effect_ThatTheStateNames_RunsAndItsOutcomeIsATurn()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect work = new();
        ActorSystem system = bank.Start(handlers: work);
        await system.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt attempt = await work.AttemptAsync(0);
        Assert.True(attempt.Context.Lease());
        Assert.Equal(1, attempt.Context.Id.Version);
        Assert.Single(system.EffectsRunning);
        await attempt.Context.Report(new ReportWork(), None);
        attempt.Outcome.SetResult(new FinishWork(9));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(system, "a")).Amount == 9, "the outcome is booked");
        Assert.Equal(
            ["work-started", "work-reported", "work-finished"],
            (await bank.Store.ReadJournalAsync(BankHost.Account("a"), 0, 10, None)).Select(row => row.Body.Kind));
        Assert.Empty(system.EffectsRunning);
        Assert.Single(work.Attempts);
    }

    [Fact]
    public async Task Effect_ThatIsNoLongerWanted_IsCancelled_AndItsReportsAreDropped()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect work = new();
        ActorSystem system = bank.Start(handlers: work);
        await system.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt attempt = await work.AttemptAsync(0);
        await system.PostAsync(BankHost.Account("a"), new StopWork(), None);
        await BankHost.UntilAsync(() => attempt.Cancellation.IsCancellationRequested, "the effect is cancelled");
        await attempt.Context.Report(new ReportWork(), None);
        await BankHost.UntilAsync(() => system.Counters.MailsDropped == 1, "the late report is dropped");
        Assert.Equal(2, (await BankHost.BalanceAsync(system, "a")).Version);
    }

    [Fact]
    public async Task Effect_PendingAtAStop_RunsAgainAfterAStart_AndCountsOnce()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect work = new();
        ActorSystem first = bank.Start(handlers: work);
        await first.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        ScriptedEffect.Attempt before = await work.AttemptAsync(0);
        await first.StopAsync();
        Assert.True(before.Cancellation.IsCancellationRequested);

        ActorSystem second = bank.Start(handlers: work);
        ScriptedEffect.Attempt after = await work.AttemptAsync(1);
        Assert.Equal(before.Context.Id.Version, after.Context.Id.Version);
        Assert.True(after.Context.Id.Token > before.Context.Id.Token);
        after.Outcome.SetResult(new FinishWork(9));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(second, "a")).Amount == 9, "the outcome is booked");
    }

    [Fact]
    public async Task Effect_ThatTakesTooLong_IsStopped_AndItsActorHearsOfItOnce()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect slow = new(), patient = new("patient");
        ActorSystem system = bank.Start(
            bank.Settings with { EffectTimes = new Dictionary<string, TimeSpan> { ["scripted"] = TimeSpan.FromMilliseconds(200) } }, handlers: [slow, patient]);
        await system.PostAsync([(BankHost.Account("slow"), new StartWork("scripted")), (BankHost.Account("patient"), new StartWork("patient"))], None);
        ScriptedEffect.Attempt attempt = await slow.AttemptAsync(0);
        ScriptedEffect.Attempt other = await patient.AttemptAsync(0);
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(system, "slow")).Amount == -1, "the time-out is booked");
        Assert.True(attempt.Cancellation.IsCancellationRequested);
        Assert.False(other.Cancellation.IsCancellationRequested);
        Assert.Equal((1, 0), (system.Counters.Effects["scripted"].TimedOut, system.Counters.Effects["patient"].TimedOut));
        Assert.Contains(bank.Notices, notice => notice.Kind == EngineNoticeKind.EffectTimedOut);
        Assert.Single(slow.Attempts);
        other.Outcome.SetResult(new FinishWork(1));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(system, "patient")).Amount == 1, "the other effect ends as it does");
    }

    [Fact]
    public async Task Effects_OfOneKind_WaitForAPlace()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect work = new();
        ActorSystem system = bank.Start(bank.Settings with { EffectsMax = new Dictionary<string, int> { ["scripted"] = 2 } }, handlers: work);
        await system.PostAsync([.. Enumerable.Range(0, 5).Select(number => (BankHost.Account($"a{number}"), (ICommand)new StartWork("scripted")))], None);
        await BankHost.UntilAsync(() => system.EffectsRunning.Count == 5, "all are wanted");
        await work.AttemptAsync(1);
        for (int number = 0; number < 5; number++)
        {
            Assert.True(system.EffectsRunning.Count(effect => !effect.Waiting) <= 2);
            (await work.AttemptAsync(number)).Outcome.SetResult(new FinishWork(1));
        }

        await BankHost.UntilAsync(() => system.EffectsRunning.Count == 0, "all are done");
    }

    [Fact]
    public async Task Effect_ThatThrows_QuarantinesItsActor()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ScriptedEffect work = new();
        ActorSystem system = bank.Start(handlers: work);
        await system.PostAsync(BankHost.Account("a"), new StartWork("scripted"), None);
        (await work.AttemptAsync(0)).Outcome.SetException(new FormatException("A secret."));
        await BankHost.UntilAsync(async () => (await bank.Store.ReadQuarantineAsync(10, None)).Count == 1, "the actor is set aside");
        Quarantine quarantine = (await bank.Store.ReadQuarantineAsync(10, None))[0].Quarantine;
        Assert.Equal("FormatException", quarantine.ExceptionType);
        Assert.DoesNotContain(bank.Notices, notice => notice.ToString().Contains("secret", StringComparison.Ordinal));

        Assert.True(await system.ReleaseQuarantineAsync(BankHost.Account("a"), None));
        (await work.AttemptAsync(1)).Outcome.SetResult(new FinishWork(1));
        await BankHost.UntilAsync(async () => (await BankHost.BalanceAsync(system, "a")).Amount == 1, "the effect ran again after the release");
    }

    [Fact]
    public async Task Effect_WithoutAHandler_QuarantinesItsActor()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start();
        await system.PostAsync(BankHost.Account("a"), new StartWork("nobody"), None);
        await BankHost.UntilAsync(() => system.Counters.Quarantined == 1, "the actor is set aside");
    }
}
