using DeidCluster.Engine;
using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>
/// The store of a cluster: any number of processes on one PostgreSQL. Every operation is one round trip. Leases are judged by the
/// server's clock; a group of turns is fenced by a lock on its shards' rows, which a take-over must wait for.
/// </summary>
public sealed class PostgresStore : IActorStore, IStudyIndex, IRetirementIndex, IPoisonCabinet, IVerifiableStore
{
    private readonly PostgresSessions sessions;
    private readonly PostgresStoreSettings settings;
    private readonly MailAlarm alarm;
    private readonly TimeProvider? time;

    private PostgresStore(PostgresSessions sessions, PostgresStoreSettings settings, int shardCount, TimeProvider? time)
    {
        this.sessions = sessions;
        this.settings = settings;
        this.time = time;
        ShardCount = shardCount;
        alarm = new MailAlarm(sessions);
    }

    /// <inheritdoc/>
    public int ShardCount { get; }

    /// <summary>
    /// Connects, and creates or migrates the installation's schema where that is needed and allowed. <paramref name="time"/> replaces the server's
    /// clock, for tests.
    /// </summary>
    public static async Task<PostgresStore> OpenAsync(PostgresStoreSettings settings, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        PostgresSessions sessions = new(settings);
        try
        {
            int shardCount = await PostgresFailure.GuardAsync(() => PostgresMigrations.ApplyAsync(sessions, settings, cancellation));
            return new PostgresStore(sessions, settings, shardCount, time);
        }
        catch
        {
            await sessions.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation)
    {
        await sessions.ExecuteAsync(MemberStatements.Join(member, sessions.Name, Now, leaseTime), cancellation);
        alarm.Join(member.Incarnation);
    }

    /// <inheritdoc/>
    public async Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation)
    {
        MembershipView view = await sessions.QueryAsync(
            [.. MemberStatements.Heartbeat(incarnation, Now, leaseTime), MailStatements.Expire(Clock)],
            reader => MemberStatements.ReadHeartbeatAsync(reader, cancellation), cancellation);
        alarm.See(incarnation, view);
        return view;
    }

    /// <inheritdoc/>
    public Task DrainAsync(string incarnation, CancellationToken cancellation) => sessions.ExecuteAsync([MemberStatements.Drain(incarnation)], cancellation);

    /// <inheritdoc/>
    public async Task LeaveAsync(string incarnation, CancellationToken cancellation)
    {
        await sessions.ExecuteAsync(MemberStatements.Leave(incarnation), cancellation);
        alarm.Leave(incarnation);
    }

    /// <inheritdoc/>
    public async Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation)
    {
        try
        {
            return await sessions.QueryAsync(
                MemberStatements.Claim(incarnation, shard, observedToken, Now, settings.ClaimLockTimeout),
                async reader =>
                {
                    await reader.NextResultAsync(cancellation);
                    return await reader.ReadAsync(cancellation) ? reader.GetInt64(0) : (long?)null;
                },
                cancellation);
        }
        catch (StoreUnavailableException refusal) when (refusal.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            // Somebody who has expired holds the row; after this he does not, and the next heartbeat claims again.
            await sessions.RowsAsync(MemberStatements.EndSessionsOfExpired(Now), row => row.GetInt64(0), cancellation);
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation) =>
        await sessions.ExecuteAsync([MemberStatements.Release(incarnation, shard, token)], cancellation) == 1;

    /// <inheritdoc/>
    public async Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation)
    {
        if (mail.Count == 0)
        {
            return;
        }

        await sessions.ExecuteAsync([MailStatements.Post(mail, ShardCount), MailStatements.TakeBackAnswered(mail)], cancellation);
        alarm.Ring(mail.Select(letter => letter.To.Shard(ShardCount)));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation) =>
        sessions.RowsAsync(MailStatements.ReadDue(shards, now, limit), MailStatements.Read, cancellation);

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation) =>
        (await sessions.RowsAsync(MailStatements.NextDue(shards), row => row.TimeOrNull(0), cancellation))[0];

    /// <inheritdoc/>
    public Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation) =>
        sessions.QueryAsync([JournalStatements.Load(actor)], reader => JournalStatements.ReadHistoryAsync(reader, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation) =>
        sessions.RowsAsync(JournalStatements.Read(actor, afterVersion, limit), JournalStatements.ReadRow, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation) =>
        sessions.RowsAsync(JournalStatements.ReadActive(shard), row => row.Actor(0), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        IReadOnlyList<TurnOutcome> outcomes = await new TurnGroup(sessions, ShardCount, Clock + settings.ReplyRetention).CommitAsync(group, cancellation);
        alarm.Ring(group.SelectMany(turn => turn.Mail).Select(letter => letter.To.Shard(ShardCount)));
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation) =>
        (await sessions.RowsAsync(MailStatements.ReadReply(mailId), row => new MessageBody(row.GetString(0), row.GetString(1)), cancellation)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation) =>
        sessions.ExecuteAsync([MailStatements.Restore(shard, knownKinds)], cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation) =>
        sessions.RowsAsync(JournalStatements.ReadQuarantine(limit), JournalStatements.ReadQuarantined, cancellation);

    /// <inheritdoc/>
    public Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation) =>
        sessions.QueryAsync(JournalStatements.ReleaseQuarantine(actor, ShardCount), reader => reader.ReadAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PoisonedMail>> ReadPoisonAsync(bool withVerdicts, int limit, CancellationToken cancellation) =>
        sessions.RowsAsync(PoisonStatements.Read(withVerdicts, limit), PoisonStatements.ReadRow, cancellation);

    /// <inheritdoc/>
    public async Task<MessageBody?> ReadPoisonBodyAsync(Guid mailId, CancellationToken cancellation) =>
        (await sessions.RowsAsync(PoisonStatements.ReadBody(mailId), row => new MessageBody(row.GetString(0), row.GetString(1)), cancellation)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<bool> JudgePoisonAsync(Guid mailId, PoisonVerdict verdict, CancellationToken cancellation) =>
        sessions.QueryAsync([PoisonStatements.Judge(mailId, verdict)], reader => reader.ReadAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation) => query switch
    {
        AdmissionQueue queue => await sessions.RowsAsync(StudyStatements.Waiting(queue), StudyStatements.Read, cancellation),
        PermitQueue queue => await sessions.QueryAsync<IReadOnlyList<object>>(
            [StudyStatements.Waiting(queue), StudyStatements.Shares()],
            async reader =>
            {
                List<object> rows = [.. await PostgresSessions.RowsAsync(reader, StudyStatements.Read, cancellation)];
                await reader.NextResultAsync(cancellation);
                return [.. rows, .. await PostgresSessions.RowsAsync(reader, StudyStatements.ReadShare, cancellation)];
            },
            cancellation),
        RetirableStudies finished => await sessions.RowsAsync(TombstoneStatements.Retirable(finished), TombstoneStatements.ReadRetirable, cancellation),
        ClaimOwners owners => await sessions.RowsAsync(LedgerStatements.Owners(owners), LedgerStatements.ReadClaim, cancellation),
        _ => throw new InvalidOperationException($"The store has no answer to {query.GetType().Name}."),
    };

    /// <inheritdoc/>
    public IDisposable? WakeOnMail(Action wake) => alarm.Subscribe(wake);

    /// <inheritdoc/>
    public async Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation) =>
        StudyStatements.Page(filter, await sessions.RowsAsync(StudyStatements.List(filter), StudyStatements.Read, cancellation));

    /// <inheritdoc/>
    public async Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation) =>
        (await sessions.RowsAsync(StudyStatements.Find(studyId), StudyStatements.Read, cancellation)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation) =>
        sessions.RowsAsync(LedgerStatements.Of(studyId), LedgerStatements.Read, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation) =>
        sessions.RowsAsync(StudyStatements.Count(), StudyStatements.ReadCount, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation) =>
        sessions.RowsAsync(StudyStatements.Projects(), StudyStatements.ReadProject, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation) =>
        sessions.RowsAsync(StudyStatements.Archives(), StudyStatements.ReadArchive, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation) =>
        sessions.RowsAsync(LedgerStatements.Linkage(project), LedgerStatements.ReadLinkage, cancellation);

    /// <inheritdoc/>
    public async Task<TombstoneRow?> FindTombstoneAsync(string studyId, CancellationToken cancellation) =>
        (await sessions.RowsAsync(TombstoneStatements.Find(studyId), TombstoneStatements.Read, cancellation)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Project, long Studies)>> CountTombstonesAsync(CancellationToken cancellation) =>
        sessions.RowsAsync(TombstoneStatements.Count(), row => (row.GetString(0), row.GetInt64(1)), cancellation);

    /// <inheritdoc/>
    public async Task<(long Studies, DateTimeOffset? Oldest)> CountRetirableAsync(string project, DateTimeOffset before, CancellationToken cancellation) =>
        (await sessions.RowsAsync(TombstoneStatements.CountRetirable(project, before), row => (row.GetInt64(0), row.TimeOrNull(1)), cancellation))[0];

    /// <inheritdoc/>
    public async Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation) =>
        (await sessions.QueryAsync(
            LedgerStatements.Fix(proposal), reader => PostgresSessions.RowsAsync(reader, LedgerStatements.ReadIdentity, cancellation), cancellation))[0];

    /// <inheritdoc/>
    public async Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation) =>
        (await sessions.RowsAsync(LedgerStatements.FindIdentity(project, subjectKey), LedgerStatements.ReadIdentity, cancellation)).FirstOrDefault();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoreFinding>> VerifyAsync(CancellationToken cancellation)
    {
        List<StoreFinding> findings = [];
        foreach ((string rule, string meaning, string sql) in StoreChecks.All)
        {
            IReadOnlyList<(long, string)> rows = await sessions.RowsAsync(
                Statement.Of(StoreChecks.Counted(sql)), row => (row.GetInt64(0), row.GetString(1)), cancellation);
            findings.AddRange(StoreChecks.Finding(rule, meaning, rows) is { } finding ? [finding] : []);
        }

        return findings;
    }

    /// <summary>Stops listening and closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await alarm.DisposeAsync();
        await sessions.DisposeAsync();
    }

    /// <summary>The clock that replaces the server's; null for the server's own.</summary>
    private DateTimeOffset? Now => time?.GetUtcNow();

    /// <summary>This node's clock, for what need not be exact: when receipts expire.</summary>
    private DateTimeOffset Clock => Now ?? TimeProvider.System.GetUtcNow();
}
