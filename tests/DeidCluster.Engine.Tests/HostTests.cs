using DeidCluster.Engine.Tests.Toys;

namespace DeidCluster.Engine.Tests;

/// <summary>What an actor system promises to the actors that it hosts.</summary>
public class HostTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Ask_IsAnswered_WithWhatWasCommitted()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start();
        Balance? reply = await system.AskAsync<Balance>(BankHost.Account("a"), new Deposit(5), BankHost.Deadline, None);
        Assert.Equal(new Balance(5, 1), reply);
        Assert.Single(await bank.Store.ReadJournalAsync(BankHost.Account("a"), 0, 10, None));
    }

    [Fact]
    public async Task Ask_WithoutAReply_IsNullAfterItsTime()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start();
        Assert.Null(await system.AskAsync<Balance>(BankHost.Account("a"), new StopWork(), TimeSpan.FromMilliseconds(200), None));
    }

    [Fact]
    public async Task Mail_PostedBeforeAnyHost_IsHandledOnceOneStarts()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        Mail mail = new(Guid.NewGuid(), BankHost.Account("a"), AccountDecider.Types().Write(new Deposit(3)), DateTimeOffset.UtcNow);
        await bank.Store.PostAsync([mail], None);
        await bank.Store.PostAsync([mail], None);
        ActorSystem system = bank.Start();
        Assert.Equal(3, (await BankHost.BalanceAsync(system, "a")).Amount);
        await bank.Store.PostAsync([mail], None);
        Assert.Equal(3, (await BankHost.BalanceAsync(system, "a")).Amount);
    }

    [Fact]
    public async Task Transfers_BetweenManyActors_KeepTheSum()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start();
        Random random = new(42);
        string[] names = [.. Enumerable.Range(0, 20).Select(number => $"a{number}")];
        await system.PostAsync([.. names.Select(name => (BankHost.Account(name), (ICommand)new Deposit(100)))], None);
        for (int round = 0; round < 30; round++)
        {
            await system.PostAsync(
                [.. Enumerable.Range(0, 20).Select(_ => (BankHost.Account(names[random.Next(20)]), (ICommand)new Transfer(names[random.Next(20)], random.Next(50))))],
                None);
        }

        await BankHost.UntilAsync(async () => await bank.Store.NextDueAsync([.. Enumerable.Range(0, 8)], None) is null, "all mail is consumed");
        Balance[] balances = await Task.WhenAll(names.Select(name => BankHost.BalanceAsync(system, name)));
        Assert.Equal(2000, balances.Sum(balance => balance.Amount));
        Assert.All(balances, balance => Assert.True(balance.Amount >= 0));
    }

    [Fact]
    public async Task Timer_IsHeardWhenDue_NotBefore()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start();
        DateTimeOffset at = DateTimeOffset.UtcNow.AddMilliseconds(700);
        await system.PostAsync(BankHost.Account("a"), new Remind(at), None);
        IReadOnlyList<JournalRow> rows = [];
        await BankHost.UntilAsync(
            async () => (rows = await bank.Store.ReadJournalAsync(BankHost.Account("a"), 0, 10, None)).Any(row => row.Body.Kind == "reminded"), "the reminder is heard");
        Assert.True(rows.Single(row => row.Body.Kind == "reminded").At >= at);
    }

    [Fact]
    public async Task Actor_PassivatedAndSnapshotted_ComesBackAsItWas()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem system = bank.Start(bank.Settings with { PassivateAfter = TimeSpan.Zero, SnapshotEveryEvents = 4, MailsPerTurnMax = 1 });
        for (int deposit = 1; deposit <= 10; deposit++)
        {
            Assert.Equal(new Balance(deposit, deposit), await system.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None));
        }

        ActorHistory history = await bank.Store.LoadAsync(BankHost.Account("a"), None);
        Assert.Equal(8, history.Snapshot!.Version);
        Assert.Equal(2, history.Events.Count);
    }

    [Fact]
    public async Task Snapshot_OfAnUnknownSchema_IsIgnored()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem before = bank.Start(bank.Settings with { SnapshotEveryEvents = 2, MailsPerTurnMax = 1 });
        for (int deposit = 0; deposit < 5; deposit++)
        {
            await before.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None);
        }

        await before.StopAsync();
        await using ActorSystem after = new(
            bank.Store, AccountDecider.Types(), [new ActorKind<Account>(AccountDecider.Kind, new AccountDecider(), "account/2")], [], bank.Settings);
        after.Start();
        Assert.Equal(new Balance(5, 5), await BankHost.BalanceAsync(after, "a"));
    }

    [Theory]
    [InlineData("decide")]
    [InlineData("evolve")]
    public async Task Mail_WhoseHandlingThrowsEachTime_IsSetAside_AndItsActorGoesOn(string where)
    {
        await using BankHost bank = await BankHost.OpenAsync(shardCount: 1);
        List<EngineNotice> notices = [];
        ActorSystem system = bank.Start(bank.Settings with { Notice = notices.Add });
        await system.PostAsync(
            [(BankHost.Account("bad"), new Deposit(1)), (BankHost.Account("bad"), new Explode(where)), (BankHost.Account("bad"), new Deposit(2))], None);
        await BankHost.UntilAsync(() => system.Counters.MailsPoisoned == 1, "the mail is set aside");
        Assert.Equal(3, (await BankHost.BalanceAsync(system, "bad")).Amount);
        Assert.Empty(await bank.Store.ReadQuarantineAsync(10, None));

        IPoisonCabinet cabinet = (IPoisonCabinet)bank.Store;
        PoisonedMail poisoned = Assert.Single(await cabinet.ReadPoisonAsync(false, 10, None));
        Assert.Equal((BankHost.Account("bad"), "explode", bank.Settings.TriesMax), (poisoned.Actor, poisoned.Kind, poisoned.Poison.Tries));
        Assert.Equal("InvalidOperationException", poisoned.Poison.ExceptionType);
        Assert.Equal($"AccountDecider.{where}", poisoned.Poison.Where, ignoreCase: true);
        Assert.StartsWith($"AccountDecider.{where}", poisoned.Poison.Trace, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(notices, notice => notice.Kind == EngineNoticeKind.MailPoisoned);

        // Put back, it is tried again, and set aside again; dropped, it is gone, and who did it stays known.
        Assert.True(await cabinet.JudgePoisonAsync(poisoned.Poison.MailId, new PoisonVerdict(false, "anna", "once more", DateTimeOffset.UtcNow), None));
        await BankHost.UntilAsync(() => system.Counters.MailsPoisoned == 2, "the mail is set aside again");
        Assert.True(await cabinet.JudgePoisonAsync(poisoned.Poison.MailId, new PoisonVerdict(true, "anna", "no use", DateTimeOffset.UtcNow), None));
        Assert.Equal("anna", Assert.Single(await cabinet.ReadPoisonAsync(true, 10, None)).Verdict!.By);
        Assert.Equal(3, (await BankHost.BalanceAsync(system, "bad")).Amount);
    }

    [Fact]
    public async Task Actor_WhoseJournalCannotBeReplayed_IsQuarantined_AndItsMailWaits()
    {
        await using BankHost bank = await BankHost.OpenAsync(shardCount: 1);
        ActorSystem before = bank.Start();
        await before.AskAsync<Balance>(BankHost.Account("bad"), new Deposit(1), BankHost.Deadline, None);
        await before.StopAsync();
        ActorSystem broken = new(bank.Store, AccountDecider.Types(), [new ActorKind<Account>(AccountDecider.Kind, new BrokenDecider(), "account/9")], [], bank.Settings);
        await using (broken)
        {
            broken.Start();
            await broken.PostAsync(BankHost.Account("bad"), new Deposit(2), None);
            await BankHost.UntilAsync(() => broken.Counters.Quarantined == 1, "the actor is set aside");
        }

        ActorSystem mended = bank.Start();
        Assert.True(await mended.ReleaseQuarantineAsync(BankHost.Account("bad"), None));
        Assert.Equal(3, (await BankHost.BalanceAsync(mended, "bad")).Amount);
    }

    [Fact]
    public async Task Actor_WithEventsOfANewerRelease_IsLeftToItsNodes_AndLosesNothing()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem newer = bank.Start();
        await newer.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None);
        await newer.StopAsync();

        // The older release knows the command, but not the event that the newer one has written.
        ActorSystem older = bank.Start(types: new MessageTypes().Add<Balance>("balance").Add<ReadBalance>("read-balance").Add<Deposit>("deposit"));
        await older.PostAsync(BankHost.Account("a"), new Deposit(2), None);
        await BankHost.UntilAsync(() => older.Counters.ActorsOfNewerReleases >= 1, "the actor is left alone");
        Assert.Equal(0, (await BankHost.BalanceAsync(older, "another")).Amount);
        Assert.Equal((0, 0), (older.Counters.Quarantined, older.Counters.MailsPoisoned));
        await older.StopAsync();
        Assert.Equal(3, (await BankHost.BalanceAsync(bank.Start(), "a")).Amount);
    }

    [Fact]
    public async Task Row_ThatTheStoreRefuses_QuarantinesItsActorAlone()
    {
        await using BankHost bank = await BankHost.OpenAsync(shardCount: 1);
        ActorSystem system = bank.Start();
        await system.PostAsync([(BankHost.Account("good"), new Deposit(1)), (BankHost.Account("bad"), new Explode("row")), (BankHost.Account("fine"), new Deposit(2))], None);
        await BankHost.UntilAsync(() => system.Counters.Quarantined == 1, "the actor is set aside");
        Assert.Equal(1, (await BankHost.BalanceAsync(system, "good")).Amount);
        Assert.Equal(2, (await BankHost.BalanceAsync(system, "fine")).Amount);
        Assert.Equal(BankHost.Account("bad"), Assert.Single(await bank.Store.ReadQuarantineAsync(10, None)).Actor);
        Assert.False(system.Completion.IsCompleted);
    }

    [Fact]
    public async Task Mail_OfAnUnknownKind_IsKeptForAReleaseThatKnowsIt()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        ActorSystem older = bank.Start(types: new MessageTypes().Add<Balance>("balance").Add<ReadBalance>("read-balance"));
        Mail mail = new(Guid.NewGuid(), BankHost.Account("a"), AccountDecider.Types().Write(new Deposit(3)), DateTimeOffset.UtcNow);
        await bank.Store.PostAsync([mail], None);
        Assert.Equal(0, (await BankHost.BalanceAsync(older, "a")).Amount);
        await BankHost.UntilAsync(() => older.Counters.MailsSetAside == 1, "the mail is kept aside");
        await older.StopAsync();
        Assert.Equal(3, (await BankHost.BalanceAsync(bank.Start(), "a")).Amount);
    }

    [Fact]
    public void Message_ThatIsTooLong_IsRefusedByKindAndLength_NotByContent()
    {
        MessageTypes types = new MessageTypes().Add<string>("text");
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => types.Write(new string('x', MessageTypes.BodyCharsMax)));
        Assert.Contains($"longer than {MessageTypes.BodyCharsMax}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("xxx", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commit_WhoseAnswerWasLost_IsNotDoneTwice()
    {
        await using BankHost bank = await BankHost.OpenAsync();
        FaultyStore line = new(bank.Store);
        ActorSystem system = bank.Start(store: line);
        await BankHost.BalanceAsync(system, "a");
        for (int deposit = 1; deposit <= 5; deposit++)
        {
            line.LoseNextAnswers(1);
            Assert.Equal(new Balance(deposit, deposit), await system.AskAsync<Balance>(BankHost.Account("a"), new Deposit(1), BankHost.Deadline, None));
        }

        await BankHost.UntilAsync(() => system.Counters.StoreFailures > 0, "answers were lost");
    }

    private sealed class BrokenDecider : IDecider<Account>
    {
        private readonly AccountDecider rules = new();

        public Account Initial(ActorId id) => rules.Initial(id);

        public IndexQuery? Ask(Account state, ICommand command) => null;

        public Decision Decide(Account state, ICommand command, TurnContext context) => rules.Decide(state, command, context);

        public Account Evolve(Account state, IEvent happened) => throw new InvalidOperationException("A journal that these rules cannot replay.");

        public EffectRequest? Next(Account state) => rules.Next(state);

        public IReadOnlyList<RowWrite> Project(Account state) => [];
    }
}
