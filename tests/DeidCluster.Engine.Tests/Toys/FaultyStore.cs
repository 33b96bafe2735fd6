namespace DeidCluster.Engine.Tests.Toys;

/// <summary>A store that one node sees through a bad line: it can be cut off, or lose the answers to commits that did take place.</summary>
public sealed class FaultyStore(IActorStore inner) : IActorStore
{
    private int answersToLose;

    public volatile bool IsCut;

    public int ShardCount => inner.ShardCount;

    public int CommitsInvoked { get; private set; }

    public void LoseNextAnswers(int count) => Interlocked.Exchange(ref answersToLose, count);

    public Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation) => Line().JoinAsync(member, leaseTime, cancellation);

    public Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation) =>
        Line().HeartbeatAsync(incarnation, leaseTime, cancellation);

    public Task DrainAsync(string incarnation, CancellationToken cancellation) => Line().DrainAsync(incarnation, cancellation);

    public Task LeaveAsync(string incarnation, CancellationToken cancellation) => Line().LeaveAsync(incarnation, cancellation);

    public Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation) =>
        Line().ClaimShardAsync(incarnation, shard, observedToken, cancellation);

    public Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation) =>
        Line().ReleaseShardAsync(incarnation, shard, token, cancellation);

    public Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation) => Line().PostAsync(mail, cancellation);

    public Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation) =>
        Line().ReadDueMailAsync(shards, now, limit, cancellation);

    public Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation) => Line().NextDueAsync(shards, cancellation);

    public Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation) => Line().LoadAsync(actor, cancellation);

    public Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation) =>
        Line().ReadJournalAsync(actor, afterVersion, limit, cancellation);

    public Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation) => Line().ReadActiveAsync(shard, cancellation);

    public async Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        CommitsInvoked++;
        IReadOnlyList<TurnOutcome> outcomes = await Line().CommitAsync(group, cancellation);
        return Interlocked.Decrement(ref answersToLose) < 0 ? outcomes : throw new StoreUnavailableException("The answer was lost.");
    }

    public Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation) => Line().ReadReplyAsync(mailId, cancellation);

    public Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation) =>
        Line().RestoreMailAsync(shard, knownKinds, cancellation);

    public Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation) => Line().ReadQuarantineAsync(limit, cancellation);

    public Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation) => Line().ReleaseQuarantineAsync(actor, cancellation);

    public Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation) => Line().AskAsync(query, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private IActorStore Line() => IsCut ? throw new StoreUnavailableException("The line is cut.") : inner;
}
