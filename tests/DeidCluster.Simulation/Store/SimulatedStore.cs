using DeidCluster.Engine;
using DeidCluster.Store;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>
/// The store in memory: what the drivers do with SQL, done with dictionaries, in one step for each call and with the same answers. It passes the
/// same conformance suite. Deterministic: nothing depends on hash codes, threads or the real clock.
/// </summary>
public class SimulatedStore(int shardCount, TimeProvider time, TimeSpan? replyRetention = null) : IActorStore, IStudyIndex, IRetirementIndex, IPoisonCabinet, IVerifiableStore
{
    private readonly Members members = new(shardCount);
    private readonly Mailboxes mailboxes = new(shardCount, replyRetention ?? TimeSpan.FromDays(7));
    private readonly Journals journals = new();
    private readonly StudyTables tables = new();

    /// <inheritdoc/>
    public int ShardCount => shardCount;

    /// <summary>Journals and who is active, for checkers.</summary>
    internal Journals Journals => journals;

    /// <summary>Mail, replies and receipts, for checkers.</summary>
    internal Mailboxes Mailboxes => mailboxes;

    /// <summary>Index, ledger, claims and identities, for checkers.</summary>
    internal StudyTables Tables => tables;

    /// <summary>Members and shards, for checkers.</summary>
    internal Members Membership => members;

    private DateTimeOffset Now => Micro(time.GetUtcNow());

    /// <inheritdoc/>
    public Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation)
    {
        members.Join(member, Now, leaseTime);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation)
    {
        mailboxes.Expire(Now);
        return Task.FromResult(members.Heartbeat(incarnation, Now, leaseTime));
    }

    /// <inheritdoc/>
    public Task DrainAsync(string incarnation, CancellationToken cancellation)
    {
        members.Drain(incarnation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LeaveAsync(string incarnation, CancellationToken cancellation)
    {
        members.Leave(incarnation);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation) =>
        Task.FromResult(members.Claim(incarnation, shard, observedToken, Now));

    /// <inheritdoc/>
    public Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation) =>
        Task.FromResult(members.Release(incarnation, shard, token));

    /// <inheritdoc/>
    public Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation)
    {
        foreach (Mail letter in mail)
        {
            mailboxes.Post(letter);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation) =>
        Task.FromResult(mailboxes.Due(shards, now, limit));

    /// <inheritdoc/>
    public Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation) => Task.FromResult(mailboxes.NextDue(shards));

    /// <inheritdoc/>
    public Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation) => Task.FromResult(journals.Load(actor));

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation) =>
        Task.FromResult(journals.Read(actor, afterVersion, limit));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ActorId>>([.. journals.Active(shard).Where(actor => !mailboxes.IsQuarantined(actor))]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        foreach (Turn turn in group)
        {
            AssertWritable(turn);
        }

        return Task.FromResult<IReadOnlyList<TurnOutcome>>([.. group.Select(Commit)]);
    }

    /// <inheritdoc/>
    public Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation) => Task.FromResult(mailboxes.Reply(mailId));

    /// <inheritdoc/>
    public Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation) =>
        Task.FromResult(mailboxes.Restore(shard, knownKinds));

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation) => Task.FromResult(mailboxes.Quarantined(limit));

    /// <inheritdoc/>
    public Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation) => Task.FromResult(mailboxes.ReleaseQuarantine(actor));

    /// <inheritdoc/>
    public Task<IReadOnlyList<PoisonedMail>> ReadPoisonAsync(bool withVerdicts, int limit, CancellationToken cancellation) =>
        Task.FromResult(mailboxes.Poisoned(withVerdicts, limit));

    /// <inheritdoc/>
    public Task<MessageBody?> ReadPoisonBodyAsync(Guid mailId, CancellationToken cancellation) => Task.FromResult(mailboxes.PoisonBody(mailId));

    /// <inheritdoc/>
    public Task<bool> JudgePoisonAsync(Guid mailId, PoisonVerdict verdict, CancellationToken cancellation) => Task.FromResult(mailboxes.Judge(mailId, verdict));

    /// <inheritdoc/>
    public Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<object>>(query switch
    {
        AdmissionQueue queue => [.. tables.Waiting(queue)],
        PermitQueue queue => [.. tables.Waiting(queue), .. tables.Projects.Where(project => project.Share != 1).Select(project => new ProjectShare(project.Project, project.Share))],
        RetirableStudies finished => [.. tables.Retirable(finished)],
        ClaimOwners owners => [.. tables.Owners(owners)],
        _ => throw new InvalidOperationException($"The store has no answer to {query.GetType().Name}."),
    });

    /// <inheritdoc/>
    public Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation) => Task.FromResult(tables.List(filter));

    /// <inheritdoc/>
    public Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation) => Task.FromResult(tables.Find(studyId));

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation) => Task.FromResult(tables.Ledger(studyId));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation) => Task.FromResult(tables.Count());

    /// <inheritdoc/>
    public Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation) => Task.FromResult(tables.Projects);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation) => Task.FromResult(tables.Archives);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation) => Task.FromResult(tables.Linkage(project));

    /// <inheritdoc/>
    public Task<TombstoneRow?> FindTombstoneAsync(string studyId, CancellationToken cancellation) => Task.FromResult(tables.Tombstone(studyId));

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Project, long Studies)>> CountTombstonesAsync(CancellationToken cancellation) => Task.FromResult(tables.CountTombstones());

    /// <inheritdoc/>
    public Task<(long Studies, DateTimeOffset? Oldest)> CountRetirableAsync(string project, DateTimeOffset before, CancellationToken cancellation) =>
        Task.FromResult(tables.CountRetirable(project, before));

    /// <inheritdoc/>
    public Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation) => Task.FromResult(tables.Fix(proposal));

    /// <inheritdoc/>
    public Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation) => Task.FromResult(tables.Identity(project, subjectKey));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreFinding>> VerifyAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<StoreFinding>>([.. SimulatedChecks.Findings(this)]);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The fence: true when the shard has this token. Virtual for the simulation alone, which shows that it is found when it is missing.</summary>
    protected virtual bool HoldsToken(int shard, long token) => members.Token(shard) == token;

    private TurnOutcome Commit(Turn turn)
    {
        if (!HoldsToken(turn.Actor.Shard(shardCount), turn.Token))
        {
            return TurnOutcome.Fenced;
        }

        if (journals.Version(turn.Actor) != turn.ExpectedVersion
            || turn.Consumed.Distinct().Count() != turn.Consumed.Count
            || !turn.Consumed.All(id => mailboxes.Has(id, turn.Actor))
            || (turn.Poison is { } poison && !mailboxes.Waits(poison.MailId, turn.Actor))
            || !turn.SetAside.All(id => mailboxes.Waits(id, turn.Actor)))
        {
            return TurnOutcome.Conflict;
        }

        if (turn.Quarantine is null && !tables.CanClaim(turn.Rows))
        {
            return TurnOutcome.ClaimTaken;
        }

        Write(turn);
        return TurnOutcome.Committed;
    }

    private void Write(Turn turn)
    {
        DateTimeOffset now = Now;
        foreach (Guid id in turn.Consumed)
        {
            mailboxes.Consume(id, now);
        }

        foreach (Guid id in turn.SetAside)
        {
            mailboxes.SetAside(id);
        }

        if (turn.Poison is { } poison)
        {
            mailboxes.Poison(turn.Actor, poison);
            return;
        }

        if (turn.Quarantine is { } quarantine)
        {
            mailboxes.Quarantine(turn.Actor, quarantine);
            return;
        }

        if (turn.Events.Count > 0)
        {
            journals.Append(turn.Actor, turn.Actor.Shard(shardCount), turn.Events, turn.Active);
        }

        if (turn.HistoryStart is { } start)
        {
            journals.Forget(turn.Actor, start);
        }

        if (turn.Snapshot is not null)
        {
            journals.Keep(turn.Actor, turn.Snapshot);
        }

        foreach (Mail mail in turn.Mail)
        {
            mailboxes.Post(mail);
        }

        foreach ((Guid mailId, MessageBody body) in turn.Replies)
        {
            mailboxes.Answer(mailId, body, now);
        }

        foreach (RowWrite row in turn.Rows)
        {
            tables.Write(row);
        }
    }

    /// <summary>What a driver refuses as our own mistake, before anything of the group is written.</summary>
    private static void AssertWritable(Turn turn)
    {
        for (int index = 0; index < turn.Events.Count; index++)
        {
            if (turn.Events[index].Version != turn.ExpectedVersion + index + 1)
            {
                throw new InvalidOperationException($"A turn on version {turn.ExpectedVersion} appends version {turn.Events[index].Version}.");
            }
        }

        if (turn.Rows.FirstOrDefault(row => !StudyTables.Knows(row)) is { } unknown)
        {
            throw new InvalidOperationException($"The store has no table for {unknown.GetType().Name}.");
        }
    }

    private static DateTimeOffset Micro(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));
}
