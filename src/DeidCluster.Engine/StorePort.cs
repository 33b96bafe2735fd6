namespace DeidCluster.Engine;

/// <summary>
/// The one store under the engine: durability, transactions, fencing. All drivers pass one conformance suite. Times are of one
/// clock, the store's own, which each heartbeat tells; they are kept to the microsecond. Every method may throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IActorStore : IAsyncDisposable
{
    /// <summary>The number of shards, fixed when the store was created.</summary>
    int ShardCount { get; }

    /// <summary>Writes the member row of this process incarnation, live for <paramref name="leaseTime"/>.</summary>
    Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation);

    /// <summary>Renews the member's lease and tells who is live and which shards it holds. A member that had expired stays expired: <see cref="MembershipView.Expired"/>.</summary>
    Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation);

    /// <summary>
    /// Marks the member as draining: it stays live and keeps its shards, but <see cref="MembershipView.LiveMembers"/> lists it no more, so that others become
    /// the targets of its shards and take them as it gives them back. A store that cannot tell others lets them take over when the member leaves.
    /// </summary>
    Task DrainAsync(string incarnation, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Ends the member's lease and frees its shards at once.</summary>
    Task LeaveAsync(string incarnation, CancellationToken cancellation);

    /// <summary>Takes a shard by compare-and-set on its token, if its owner is not live and this member is; the new token, or null when another was first.</summary>
    Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation);

    /// <summary>Gives a shard back (owner none, token + 1) if it is still held with <paramref name="token"/>.</summary>
    Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation);

    /// <summary>Puts mail into mailboxes; durable when it returns. Any node may write to any mailbox. Mail with an id that is there already, or was consumed within the retention of replies, is ignored.</summary>
    Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation);

    /// <summary>The due mail of <paramref name="shards"/>, urgent mail first, then oldest due time first, then in order of arrival; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation);

    /// <summary>When the next mail of <paramref name="shards"/> is due; null when there is none.</summary>
    Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation);

    /// <summary>The latest snapshot, if any, and the journal behind it.</summary>
    Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation);

    /// <summary>Journal rows behind <paramref name="afterVersion"/>, in order; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation);

    /// <summary>The actors of a shard whose last turn left an effect pending: what a new owner resumes.</summary>
    Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation);

    /// <summary>
    /// Commits a group of turns of different actors in one transaction. Outcomes stand in the order of the turns. A stale token
    /// fences all turns of its shard; a conflict concerns its own turn only; the other turns of the group are committed.
    /// </summary>
    Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation);

    /// <summary>The reply to the mail with <paramref name="mailId"/>, or null while there is none.</summary>
    Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation);

    /// <summary>Puts mail of a shard that an older release set aside back into its mailbox, where its kind is one of <paramref name="knownKinds"/>; how many.</summary>
    Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation);

    /// <summary>The actors that are set aside because their own rules failed, latest first; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation);

    /// <summary>Lets a quarantined actor go on: its kept mail is due again. False when it was not quarantined.</summary>
    Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation);

    /// <summary>Answers a declared index query; never more rows than the query's own bound.</summary>
    Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation);

    /// <summary>Calls <paramref name="wake"/>, soon, when another process has put mail into a shard held here; a hint that may be lost, which polling makes up for. Ends with what it returns.</summary>
    IDisposable? WakeOnMail(Action wake) => null;
}

/// <summary>One running process. <paramref name="Incarnation"/> is new at each start and never the host's name.</summary>
public sealed record Member(string Incarnation, string Name, string Version);

/// <summary>What a heartbeat tells.</summary>
/// <param name="Expired">True when this member's lease had run out: it must stop, and join again as a new incarnation.</param>
/// <param name="LiveMembers">Incarnations that may hold shards: their lease has not run out and they are not draining; this one included.</param>
/// <param name="Shards">All shards with owner (null for none, or when the owner is not live) and token.</param>
/// <param name="Now">The store's own clock while it answered: the clock of the whole cluster.</param>
public sealed record MembershipView(bool Expired, IReadOnlyList<string> LiveMembers, IReadOnlyList<ShardRow> Shards, DateTimeOffset Now = default);

/// <summary>A shard, its live owner and its fencing token.</summary>
public readonly record struct ShardRow(int Shard, string? Owner, long Token);

/// <summary>A message as it is written: the registered kind and its JSON.</summary>
public sealed record MessageBody(string Kind, string Json);

/// <summary>One piece of mail.</summary>
/// <param name="Id">Unique for ever; posting it again changes nothing.</param>
/// <param name="To">The actor it is for.</param>
/// <param name="Body">The command.</param>
/// <param name="DueAt">Not seen before this time.</param>
/// <param name="Sender">The sending actor, or null for the world outside. Order is kept per sending actor only.</param>
/// <param name="Effect">The effect it is a result or progress of, if any.</param>
/// <param name="WantsReply">True when a reply row is to be written for it.</param>
/// <param name="TraceParent">W3C trace context, so that a study is one trace.</param>
/// <param name="Urgent">True when it is read before all mail that is not.</param>
public sealed record Mail(
    Guid Id, ActorId To, MessageBody Body, DateTimeOffset DueAt, ActorId? Sender = null, EffectId? Effect = null,
    bool WantsReply = false, string? TraceParent = null, bool Urgent = false);

/// <summary>One event as it stands in the journal.</summary>
public sealed record JournalRow(long Version, MessageBody Body, DateTimeOffset At, long Token, Guid Cause);

/// <summary>A cached state: never the truth, only quicker than replaying from the start.</summary>
public sealed record Snapshot(long Version, string Schema, string Json);

/// <summary>What <see cref="IActorStore.LoadAsync"/> returns.</summary>
public sealed record ActorHistory(Snapshot? Snapshot, IReadOnlyList<JournalRow> Events);

/// <summary>One actor's turn: what its consumed mail brought about, to be committed as a whole.</summary>
public sealed record Turn
{
    /// <summary>The actor.</summary>
    public required ActorId Actor { get; init; }

    /// <summary>The fencing token under which it was computed.</summary>
    public required long Token { get; init; }

    /// <summary>The journal version on which it was computed; another one in the store makes a <see cref="TurnOutcome.Conflict"/>.</summary>
    public required long ExpectedVersion { get; init; }

    /// <summary>Mail that this turn answers; it is deleted.</summary>
    public IReadOnlyList<Guid> Consumed { get; init; } = [];

    /// <summary>Mail of a kind that this release does not know: kept aside, neither answered nor lost (<see cref="IActorStore.RestoreMailAsync"/>).</summary>
    public IReadOnlyList<Guid> SetAside { get; init; } = [];

    /// <summary>Events to append, versions without a gap from <see cref="ExpectedVersion"/> + 1.</summary>
    public IReadOnlyList<JournalRow> Events { get; init; } = [];

    /// <summary>The version among <see cref="Events"/> with which the journal begins from now on; what was before is deleted, a snapshot too. Null to keep everything.</summary>
    public long? HistoryStart { get; init; }

    /// <summary>A state to cache, if the host wants one now.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>Outgoing mail.</summary>
    public IReadOnlyList<Mail> Mail { get; init; } = [];

    /// <summary>Replies by the id of the mail that they answer.</summary>
    public IReadOnlyList<(Guid MailId, MessageBody Body)> Replies { get; init; } = [];

    /// <summary>Index, ledger and claim rows.</summary>
    public IReadOnlyList<RowWrite> Rows { get; init; } = [];

    /// <summary>True when an effect is pending after this turn.</summary>
    public bool Active { get; init; }

    /// <summary>Set when one mail is set aside because its handling threw each time; the turn then does nothing else.</summary>
    public Poison? Poison { get; init; }

    /// <summary>Set when the actor is set aside because its own rules failed; its mail, present and future, is kept aside and not seen until it is released.</summary>
    public Quarantine? Quarantine { get; init; }
}

/// <summary>Why an actor was set aside: the type of the failure and where it was thrown, never a message that may identify a person.</summary>
/// <param name="MailId">The mail that did it; empty when an effect did.</param>
/// <param name="ExceptionType">The type of what was thrown.</param>
/// <param name="Where">Type and method.</param>
/// <param name="At">When.</param>
public sealed record Quarantine(Guid MailId, string ExceptionType, string Where, DateTimeOffset At);

/// <summary>An actor that was set aside.</summary>
public sealed record QuarantinedActor(ActorId Actor, Quarantine Quarantine);

/// <summary>What became of one turn of a group.</summary>
public enum TurnOutcome
{
    /// <summary>It is durable.</summary>
    Committed,

    /// <summary>The shard is not held with this token any more: the node must give it up. Nothing was written.</summary>
    Fenced,

    /// <summary>The journal has moved on: load again and decide again. Nothing was written.</summary>
    Conflict,

    /// <summary>A claim belongs to another actor: ask again and decide again. Nothing was written.</summary>
    ClaimTaken,
}

/// <summary>The store cannot be reached or refused to answer; whether a commit took place is unknown until the actor's version is read again.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
