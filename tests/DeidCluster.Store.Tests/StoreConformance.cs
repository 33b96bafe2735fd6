using DeidCluster.Engine;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>What every driver of the store must do. A driver's test class derives from this and says how its store is opened.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    protected const int ShardCount = 4;

    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    protected static readonly CancellationToken None = CancellationToken.None;

    private static readonly int[] AllShards = [.. Enumerable.Range(0, ShardCount)];

    protected ManualTime Time { get; } = new(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));

    protected IActorStore Store { get; private set; } = null!;

    protected IStudyIndex Index => (IStudyIndex)Store;

    /// <summary>A store that is empty, with <see cref="ShardCount"/> shards and the clock <see cref="Time"/>.</summary>
    protected abstract Task<IActorStore> OpenAsync();

    public async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync() => await Store.DisposeAsync();

    [ConformanceFact]
    public async Task Member_RenewsItsLease_AndExpiresForEver()
    {
        await Store.JoinAsync(new Member("m1", "one", "1"), Lease, None);
        Time.Advance(Lease / 2);
        MembershipView view = await Store.HeartbeatAsync("m1", Lease, None);
        Assert.Equal(["m1"], view.LiveMembers);
        Assert.Equal(Time.GetUtcNow(), view.Now);
        Time.Advance(Lease);
        Assert.True((await Store.HeartbeatAsync("m1", Lease, None)).Expired);
        Assert.True((await Store.HeartbeatAsync("m1", Lease, None)).Expired);
        Assert.True((await Store.HeartbeatAsync("nobody", Lease, None)).Expired);
    }

    [ConformanceFact]
    public async Task Shard_IsTakenByCompareAndSet_FromNobodyOrTheDeadOnly()
    {
        await Store.JoinAsync(new Member("m1", "one", "1"), Lease, None);
        await Store.JoinAsync(new Member("m2", "two", "1"), Lease, None);
        long free = await TokenAsync("m1", 0);
        Assert.Equal(free + 1, await Store.ClaimShardAsync("m1", 0, free, None));
        Assert.Null(await Store.ClaimShardAsync("m2", 0, free, None));
        Assert.Null(await Store.ClaimShardAsync("m2", 0, free + 1, None));
        Time.Advance(Lease / 2);
        await Store.HeartbeatAsync("m2", Lease, None);
        Time.Advance(Lease / 2);
        MembershipView view = await Store.HeartbeatAsync("m2", Lease, None);
        Assert.Null(view.Shards[0].Owner);
        Assert.Null(await Store.ClaimShardAsync("m1", 0, free + 1, None));
        Assert.Equal(free + 2, await Store.ClaimShardAsync("m2", 0, free + 1, None));
    }

    [ConformanceFact]
    public async Task Shard_ClaimedByMany_GoesToOne()
    {
        string[] members = [.. Enumerable.Range(0, 8).Select(number => $"m{number}")];
        foreach (string member in members)
        {
            await Store.JoinAsync(new Member(member, member, "1"), Lease, None);
        }

        long observed = await TokenAsync("m0", 2);
        long?[] tokens = await Task.WhenAll(members.Select(member => Store.ClaimShardAsync(member, 2, observed, None)));
        Assert.Single(tokens, token => token is not null);
    }

    [ConformanceFact]
    public async Task Shard_ReleasedOrLeft_HasANewToken()
    {
        long held = await HoldAsync("m1", 1);
        Assert.False(await Store.ReleaseShardAsync("m1", 1, held - 1, None));
        Assert.True(await Store.ReleaseShardAsync("m1", 1, held, None));
        Assert.False(await Store.ReleaseShardAsync("m1", 1, held, None));
        Assert.Equal(held + 2, await Store.ClaimShardAsync("m1", 1, held + 1, None));
        await Store.LeaveAsync("m1", None);
        await Store.JoinAsync(new Member("m2", "two", "1"), Lease, None);
        Assert.Equal(held + 3, await TokenAsync("m2", 1));
    }

    [ConformanceFact]
    public async Task DrainingMember_KeepsItsShards_AndIsNobodysTarget()
    {
        long token = await HoldAsync("m1", 0);
        await Store.JoinAsync(new Member("m2", "two", "1"), Lease, None);
        await Store.DrainAsync("m1", None);
        MembershipView view = await Store.HeartbeatAsync("m2", Lease, None);
        Assert.Equal(["m2"], view.LiveMembers);
        Assert.Equal(new ShardRow(0, "m1", token), view.Shards[0]);
        Assert.Null(await Store.ClaimShardAsync("m2", 0, token, None));
        Assert.False((await Store.HeartbeatAsync("m1", Lease, None)).Expired);
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(new Turn { Actor = ActorOn(0), Token = token, ExpectedVersion = 0, Events = [Row(1, token)] }));
        Assert.True(await Store.ReleaseShardAsync("m1", 0, token, None));
        Assert.Equal(token + 2, await Store.ClaimShardAsync("m2", 0, token + 1, None));
        await Store.LeaveAsync("m1", None);
        await Store.JoinAsync(new Member("m1", "one", "1"), Lease, None);
        Assert.Equal(["m1", "m2"], (await Store.HeartbeatAsync("m2", Lease, None)).LiveMembers);
    }

    [ConformanceFact]
    public async Task Mail_IsSeenWhenDue_InOrderOfDueTimeThenArrival_ForItsShardsOnly()
    {
        ActorId actor = ActorOn(0);
        Mail late = NewMail(actor, Time.GetUtcNow().AddMinutes(1));
        Mail second = NewMail(actor, Time.GetUtcNow());
        Mail third = NewMail(actor, Time.GetUtcNow());
        Mail first = NewMail(actor, Time.GetUtcNow().AddSeconds(-1));
        await Store.PostAsync([late, second, third, first, NewMail(ActorOn(1), Time.GetUtcNow())], None);
        Assert.Equal([first.Id, second.Id, third.Id], await DueAsync([0]));
        Assert.Equal([first.Id, second.Id], (await Store.ReadDueMailAsync([0], Time.GetUtcNow(), 2, None)).Select(mail => mail.Id));
        Assert.Equal(first.DueAt, await Store.NextDueAsync([0], None));
        Assert.Null(await Store.NextDueAsync([3], None));
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(late.Id, (await DueAsync([0]))[^1]);
    }

    [ConformanceFact]
    public async Task UrgentMail_IsReadBeforeAnyBacklog_OnceItIsDue()
    {
        ActorId actor = ActorOn(0);
        Mail[] backlog = [.. Enumerable.Range(0, 20).Select(_ => NewMail(actor, Time.GetUtcNow().AddMinutes(-1)))];
        Mail urgent = NewMail(actor, Time.GetUtcNow()) with { Urgent = true }, second = NewMail(ActorOn(1), Time.GetUtcNow()) with { Urgent = true };
        Mail later = NewMail(actor, Time.GetUtcNow().AddMinutes(1)) with { Urgent = true };
        await Store.PostAsync([.. backlog, urgent, second, later], None);
        Assert.Equal([urgent.Id, second.Id, backlog[0].Id], (await Store.ReadDueMailAsync([0, 1], Time.GetUtcNow(), 3, None)).Select(mail => mail.Id));
        Assert.Equal([urgent.Id], (await Store.ReadDueMailAsync([0], Time.GetUtcNow(), 1, None)).Select(mail => mail.Id));
        Assert.Equal([urgent.Id, .. backlog.Select(mail => mail.Id)], await DueAsync([0]));
        Assert.Equal(backlog[0].DueAt, await Store.NextDueAsync([0], None));
        Assert.Equal(second.DueAt, await Store.NextDueAsync([1], None));
    }

    [ConformanceFact]
    public async Task Mail_ComesBackAsItWasPosted()
    {
        ActorId actor = ActorOn(0);
        Mail mail = new(
            Guid.NewGuid(), actor, new MessageBody("kind", """{"text":"naïve 日本 \u0000"}"""), Time.GetUtcNow(), ActorOn(1), new EffectId(actor, 3, 4), true,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true);
        await Store.PostAsync([mail], None);
        Assert.Equal(mail, Assert.Single(await Store.ReadDueMailAsync([0], Time.GetUtcNow(), 10, None)));
    }

    [ConformanceFact]
    public async Task Mail_PostedTwice_IsOne_EvenAfterItWasConsumed()
    {
        ActorId actor = ActorOn(0);
        long token = await HoldAsync("m1", 0);
        Mail mail = NewMail(actor, Time.GetUtcNow());
        await Store.PostAsync([mail, mail], None);
        await Store.PostAsync([mail], None);
        Assert.Single(await DueAsync([0]));
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(new Turn { Actor = actor, Token = token, ExpectedVersion = 0, Consumed = [mail.Id] }));
        await Store.PostAsync([mail], None);
        Assert.Empty(await DueAsync([0]));
    }

    [ConformanceFact]
    public async Task Turn_WritesAllOrNothing()
    {
        ActorId actor = ActorOn(0), other = ActorOn(1);
        long token = await HoldAsync("m1", 0);
        Mail incoming = NewMail(actor, Time.GetUtcNow());
        Mail outgoing = NewMail(other, Time.GetUtcNow(), actor);
        await Store.PostAsync([incoming], None);
        Turn turn = new()
        {
            Actor = actor,
            Token = token,
            ExpectedVersion = 0,
            Consumed = [incoming.Id],
            Events = [Row(1, token), Row(2, token)],
            Snapshot = new Snapshot(1, "schema", "{}"),
            Mail = [outgoing],
            Replies = [(incoming.Id, new MessageBody("reply", "{}"))],
            Rows = [Rows.Study("s1", Time.GetUtcNow())],
            Active = true,
        };
        Assert.Equal(TurnOutcome.Conflict, await CommitAsync(turn with { ExpectedVersion = 1, Events = [Row(2, token)] }));
        Assert.Equal(TurnOutcome.Conflict, await CommitAsync(turn with { Consumed = [incoming.Id, Guid.NewGuid()] }));
        Assert.Equal([incoming.Id], await DueAsync(AllShards));
        Assert.Null(await Index.FindAsync("s1", None));
        Assert.Null(await Store.ReadReplyAsync(incoming.Id, None));

        Assert.Equal(TurnOutcome.Committed, await CommitAsync(turn));
        Assert.Equal([outgoing.Id], await DueAsync(AllShards));
        Assert.Equal(new MessageBody("reply", "{}"), await Store.ReadReplyAsync(incoming.Id, None));
        Assert.Equal([actor], await Store.ReadActiveAsync(0, None));
        ActorHistory history = await Store.LoadAsync(actor, None);
        Assert.Equal(new Snapshot(1, "schema", "{}"), history.Snapshot);
        Assert.Equal(turn.Events[1], Assert.Single(history.Events));
        Assert.Equal(turn.Events, await Store.ReadJournalAsync(actor, 0, 10, None));
        Assert.NotNull(await Index.FindAsync("s1", None));
        Assert.Equal(TurnOutcome.Conflict, await CommitAsync(turn));
    }

    [ConformanceFact]
    public async Task Group_WithAStaleToken_FencesThatShardOnly()
    {
        long first = await HoldAsync("m1", 0);
        long second = (await Store.ClaimShardAsync("m1", 1, await TokenAsync("m1", 1), None))!.Value;
        await Store.ReleaseShardAsync("m1", 0, first, None);
        Mail mail = NewMail(ActorOn(0), Time.GetUtcNow());
        await Store.PostAsync([mail], None);
        // The turn without events matters: guarding only the journal would let it through.
        IReadOnlyList<TurnOutcome> outcomes = await Store.CommitAsync(
            [
                new Turn { Actor = ActorOn(0), Token = first, ExpectedVersion = 0, Consumed = [mail.Id] },
                new Turn { Actor = ActorOn(0, 1), Token = first, ExpectedVersion = 0, Events = [Row(1, first)] },
                new Turn { Actor = ActorOn(1), Token = second, ExpectedVersion = 0, Events = [Row(1, second)] },
            ],
            None);
        Assert.Equal([TurnOutcome.Fenced, TurnOutcome.Fenced, TurnOutcome.Committed], outcomes);
        Assert.Equal([mail.Id], await DueAsync([0]));
        Assert.Empty((await Store.LoadAsync(ActorOn(0, 1), None)).Events);
    }

    [ConformanceFact]
    public async Task Claim_OfAnotherStudy_FailsItsTurnAlone_UntilItIsReleased()
    {
        long token = await HoldAsync("m1", 0);
        ClaimRow mine = new("p", "1.2.3", "s1"), theirs = new("p", "1.2.3", "s2");
        IReadOnlyList<TurnOutcome> outcomes = await Store.CommitAsync(
            [
                new Turn { Actor = ActorOn(0), Token = token, ExpectedVersion = 0, Events = [Row(1, token)], Rows = [mine] },
                new Turn { Actor = ActorOn(0, 1), Token = token, ExpectedVersion = 0, Events = [Row(1, token)], Rows = [theirs, Rows.Study("s2", Time.GetUtcNow())] },
                new Turn { Actor = ActorOn(0, 2), Token = token, ExpectedVersion = 0, Events = [Row(1, token)], Rows = [theirs with { Project = "q" }] },
            ],
            None);
        Assert.Equal([TurnOutcome.Committed, TurnOutcome.ClaimTaken, TurnOutcome.Committed], outcomes);
        Assert.Null(await Index.FindAsync("s2", None));
        Assert.Equal([mine], await Store.AskAsync(new ClaimOwners("p", ["1.2.3", "9"]), None));

        Turn again = new() { Actor = ActorOn(0), Token = token, ExpectedVersion = 1, Events = [Row(2, token)], Rows = [mine] };
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(again));
        Turn release = new() { Actor = ActorOn(0), Token = token, ExpectedVersion = 2, Events = [Row(3, token)], Rows = [new ClaimRelease("s1")] };
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(release));
        Turn second = new() { Actor = ActorOn(0, 1), Token = token, ExpectedVersion = 0, Events = [Row(1, token)], Rows = [theirs] };
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(second));
    }

    [ConformanceFact]
    public async Task Turn_WithAGapInItsVersions_IsAMistake()
    {
        long token = await HoldAsync("m1", 0);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => CommitAsync(new Turn { Actor = ActorOn(0), Token = token, ExpectedVersion = 0, Events = [Row(2, token)] }));
    }

    [ConformanceFact]
    public async Task QuarantinedActor_IsVisible_AndItsMailWaits()
    {
        ActorId bad = ActorOn(0), good = ActorOn(0, 1);
        long token = await HoldAsync("m1", 0);
        Mail before = NewMail(bad, Time.GetUtcNow()), fine = NewMail(good, Time.GetUtcNow());
        await Store.PostAsync([before, fine], None);
        Quarantine quarantine = new(before.Id, "SomeException", "Rules.Decide", Time.GetUtcNow());
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(new Turn { Actor = bad, Token = token, ExpectedVersion = 0, Quarantine = quarantine }));
        Mail after = NewMail(bad, Time.GetUtcNow());
        await Store.PostAsync([after], None);
        Assert.Equal([fine.Id], await DueAsync([0]));
        Assert.Equal([new QuarantinedActor(bad, quarantine)], await Store.ReadQuarantineAsync(10, None));
        Assert.True(await Store.ReleaseQuarantineAsync(bad, None));
        Assert.False(await Store.ReleaseQuarantineAsync(bad, None));
        Assert.Equal([before.Id, fine.Id, after.Id], await DueAsync([0]));
    }

    [ConformanceFact]
    public async Task PoisonedMail_IsVisible_AndWaitsForAVerdict_WhileItsActorGoesOn()
    {
        ActorId actor = ActorOn(0);
        long token = await HoldAsync("m1", 0);
        IPoisonCabinet cabinet = (IPoisonCabinet)Store;
        Mail bad = NewMail(actor, Time.GetUtcNow()), other = NewMail(actor, Time.GetUtcNow());
        await Store.PostAsync([bad, other], None);
        Poison poison = new(bad.Id, "SomeException < Inner", "Rules.Decide", "Rules.Decide < Turn.Take", 3, Time.GetUtcNow());
        Turn turn = new() { Actor = actor, Token = token, ExpectedVersion = 0, Poison = poison };
        Assert.Equal(TurnOutcome.Conflict, await CommitAsync(turn with { Poison = poison with { MailId = Guid.NewGuid() } }));
        Assert.Equal(TurnOutcome.Fenced, await CommitAsync(turn with { Token = token - 1 }));
        Assert.Empty(await cabinet.ReadPoisonAsync(true, 10, None));
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(turn));
        Assert.Equal([other.Id], await DueAsync([0]));
        Assert.Equal([new PoisonedMail(actor, "kind", poison, null)], await cabinet.ReadPoisonAsync(false, 10, None));
        Assert.Equal(bad.Body, await cabinet.ReadPoisonBodyAsync(bad.Id, None));
        Assert.Null(await cabinet.ReadPoisonBodyAsync(other.Id, None));

        PoisonVerdict replay = new(false, "anna", "mended", Time.GetUtcNow());
        Assert.True(await cabinet.JudgePoisonAsync(bad.Id, replay, None));
        Assert.False(await cabinet.JudgePoisonAsync(bad.Id, replay, None));
        Assert.False(await cabinet.JudgePoisonAsync(other.Id, replay, None));
        Assert.Empty(await cabinet.ReadPoisonAsync(false, 10, None));
        Assert.Equal([new PoisonedMail(actor, "kind", poison, replay)], await cabinet.ReadPoisonAsync(true, 10, None));
        Assert.Equal([bad.Id, other.Id], await DueAsync([0]));

        Assert.Equal(TurnOutcome.Committed, await CommitAsync(turn));
        PoisonVerdict drop = new(true, "anna", "no use", Time.GetUtcNow());
        Assert.True(await cabinet.JudgePoisonAsync(bad.Id, drop, None));
        Assert.Equal(drop, Assert.Single(await cabinet.ReadPoisonAsync(true, 10, None)).Verdict);
        Assert.Equal([other.Id], await DueAsync([0]));
        Assert.Null(await cabinet.ReadPoisonBodyAsync(bad.Id, None));
    }

    [ConformanceFact]
    public async Task MailSetAside_ComesBackWhenItsKindIsKnown()
    {
        ActorId actor = ActorOn(0);
        long token = await HoldAsync("m1", 0);
        Mail mail = NewMail(actor, Time.GetUtcNow());
        await Store.PostAsync([mail], None);
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(new Turn { Actor = actor, Token = token, ExpectedVersion = 0, SetAside = [mail.Id] }));
        Assert.Empty(await DueAsync([0]));
        Assert.Equal(0, await Store.RestoreMailAsync(0, ["other"], None));
        Assert.Equal(0, await Store.RestoreMailAsync(1, ["kind"], None));
        Assert.Equal(1, await Store.RestoreMailAsync(0, ["other", "kind"], None));
        Assert.Equal([mail.Id], await DueAsync([0]));
    }

    protected async Task<long> HoldAsync(string member, int shard)
    {
        await Store.JoinAsync(new Member(member, member, "1"), Lease, None);
        return (await Store.ClaimShardAsync(member, shard, await TokenAsync(member, shard), None))!.Value;
    }

    protected async Task<long> TokenAsync(string member, int shard) =>
        (await Store.HeartbeatAsync(member, Lease, None)).Shards.Single(row => row.Shard == shard).Token;

    protected async Task<TurnOutcome> CommitAsync(Turn turn) => Assert.Single(await Store.CommitAsync([turn], None));

    /// <summary>The <paramref name="number"/>th actor that lives on <paramref name="shard"/>.</summary>
    protected static ActorId ActorOn(int shard, int number = 0) =>
        Enumerable.Range(0, int.MaxValue).Select(key => new ActorId("study", $"k{key}")).Where(actor => actor.Shard(ShardCount) == shard).ElementAt(number);

    protected static Mail NewMail(ActorId to, DateTimeOffset dueAt, ActorId? sender = null) =>
        new(Guid.NewGuid(), to, new MessageBody("kind", "{}"), dueAt, sender);

    protected JournalRow Row(long version, long token) => new(version, new MessageBody("event", "{}"), Time.GetUtcNow(), token, Guid.NewGuid());

    private async Task<List<Guid>> DueAsync(int[] shards) =>
        [.. (await Store.ReadDueMailAsync(shards, Time.GetUtcNow(), 100, None)).Select(mail => mail.Id)];
}
