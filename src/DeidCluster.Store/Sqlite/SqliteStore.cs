using System.Globalization;
using DeidCluster.Engine;
using DeidCluster.Studies;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>
/// The store of one machine: one file, one process, any number of actor systems in it. Writes go through one connection that commits
/// many callers together; reads have short-lived turns on a few others.
/// </summary>
public sealed class SqliteStore : IActorStore, IStudyIndex, IRetirementIndex, IPoisonCabinet, IVerifiableStore
{
    private const string ShardCountSetting = "shard_count";

    private readonly FileStream fileLock;
    private readonly SqliteWriter writer;
    private readonly SqliteReaders readers;
    private readonly SqliteStoreSettings settings;
    private readonly TimeProvider time;

    private SqliteStore(FileStream fileLock, SqliteSession session, string path, int shardCount, SqliteStoreSettings settings, TimeProvider time)
    {
        this.fileLock = fileLock;
        this.settings = settings;
        this.time = time;
        ShardCount = shardCount;
        writer = new SqliteWriter(session);
        readers = new SqliteReaders(path, settings.ReadersMax);
    }

    /// <inheritdoc/>
    public int ShardCount { get; }

    /// <summary>Opens the store at <paramref name="path"/>, and creates or migrates it where that is needed.</summary>
    public static Task<SqliteStore> OpenAsync(
        string path, SqliteStoreSettings? settings = null, TimeProvider? time = null, CancellationToken cancellation = default) =>
        Task.Run(() => Open(path, settings ?? new SqliteStoreSettings(), time ?? TimeProvider.System), cancellation);

    /// <inheritdoc/>
    public Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation) =>
        writer.WriteAsync(session => MemberRows.Join(session, member, Now, leaseTime), cancellation);

    /// <inheritdoc/>
    public Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation) =>
        writer.WriteAsync(
            session =>
            {
                MailRows.Expire(session, Now);
                return MemberRows.Heartbeat(session, incarnation, Now, leaseTime);
            },
            cancellation);

    /// <inheritdoc/>
    public Task DrainAsync(string incarnation, CancellationToken cancellation) =>
        writer.WriteAsync(session => MemberRows.Drain(session, incarnation), cancellation);

    /// <inheritdoc/>
    public Task LeaveAsync(string incarnation, CancellationToken cancellation) =>
        writer.WriteAsync(session => MemberRows.Leave(session, incarnation), cancellation);

    /// <inheritdoc/>
    public Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation) =>
        writer.WriteAsync(session => MemberRows.Claim(session, incarnation, shard, observedToken, Now), cancellation);

    /// <inheritdoc/>
    public Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation) =>
        writer.WriteAsync(session => MemberRows.Release(session, incarnation, shard, token), cancellation);

    /// <inheritdoc/>
    public Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation) =>
        writer.WriteAsync(
            session =>
            {
                foreach (Mail letter in mail)
                {
                    MailRows.Post(session, letter, letter.To.Shard(ShardCount));
                }

                return mail.Count;
            },
            cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation) =>
        readers.ReadAsync(session => MailRows.ReadDue(session, shards, now, limit), cancellation);

    /// <inheritdoc/>
    public Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation) =>
        readers.ReadAsync(session => MailRows.NextDue(session, shards), cancellation);

    /// <inheritdoc/>
    public Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation) =>
        readers.ReadAsync(session => JournalRows.Load(session, actor), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation) =>
        readers.ReadAsync(session => JournalRows.Read(session, actor, afterVersion, limit), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation) =>
        readers.ReadAsync(session => JournalRows.ReadActive(session, shard), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation) =>
        writer.WriteAsync(session => TurnRows.Commit(session, group, ShardCount, Now + settings.ReplyRetention), cancellation);

    /// <inheritdoc/>
    public Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation) =>
        readers.ReadAsync(session => MailRows.ReadReply(session, mailId), cancellation);

    /// <inheritdoc/>
    public Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation) =>
        writer.WriteAsync(session => MailRows.Restore(session, shard, knownKinds), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation) =>
        readers.ReadAsync(session => QuarantineRows.Read(session, limit), cancellation);

    /// <inheritdoc/>
    public Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation) =>
        writer.WriteAsync(session => QuarantineRows.Release(session, actor, actor.Shard(ShardCount)), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PoisonedMail>> ReadPoisonAsync(bool withVerdicts, int limit, CancellationToken cancellation) =>
        readers.ReadAsync(session => PoisonRows.Read(session, withVerdicts, limit), cancellation);

    /// <inheritdoc/>
    public Task<MessageBody?> ReadPoisonBodyAsync(Guid mailId, CancellationToken cancellation) =>
        readers.ReadAsync(session => PoisonRows.ReadBody(session, mailId), cancellation);

    /// <inheritdoc/>
    public Task<bool> JudgePoisonAsync(Guid mailId, PoisonVerdict verdict, CancellationToken cancellation) =>
        writer.WriteAsync(session => PoisonRows.Judge(session, mailId, verdict), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation) =>
        readers.ReadAsync(
            session => query switch
            {
                AdmissionQueue queue => StudyRows.Waiting(session, queue),
                PermitQueue queue => [.. StudyRows.Waiting(session, queue), .. GuardRows.Shares(session)],
                RetirableStudies finished => TombstoneRows.Retirable(session, finished),
                ClaimOwners owners => LedgerRows.Owners(session, owners),
                _ => throw new InvalidOperationException($"The store has no answer to {query.GetType().Name}."),
            },
            cancellation);

    /// <inheritdoc/>
    public Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation) =>
        readers.ReadAsync(session => StudyRows.List(session, filter), cancellation);

    /// <inheritdoc/>
    public Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation) =>
        readers.ReadAsync(session => StudyRows.Find(session, studyId), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation) =>
        readers.ReadAsync(session => LedgerRows.Of(session, studyId), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation) => readers.ReadAsync(StudyRows.Count, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation) => readers.ReadAsync(GuardRows.Projects, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation) => readers.ReadAsync(GuardRows.Archives, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation) =>
        readers.ReadAsync(session => LedgerRows.Linkage(session, project), cancellation);

    /// <inheritdoc/>
    public Task<TombstoneRow?> FindTombstoneAsync(string studyId, CancellationToken cancellation) =>
        readers.ReadAsync(session => TombstoneRows.Find(session, studyId), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Project, long Studies)>> CountTombstonesAsync(CancellationToken cancellation) =>
        readers.ReadAsync(TombstoneRows.Count, cancellation);

    /// <inheritdoc/>
    public Task<(long Studies, DateTimeOffset? Oldest)> CountRetirableAsync(string project, DateTimeOffset before, CancellationToken cancellation) =>
        readers.ReadAsync(session => TombstoneRows.CountRetirable(session, project, before), cancellation);

    /// <inheritdoc/>
    public Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation) =>
        writer.WriteAsync(session => IdentityRows.Fix(session, proposal), cancellation);

    /// <inheritdoc/>
    public Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation) =>
        readers.ReadAsync(session => IdentityRows.Find(session, project, subjectKey), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoreFinding>> VerifyAsync(CancellationToken cancellation) =>
        readers.ReadAsync<IReadOnlyList<StoreFinding>>(
            session =>
            [
                .. StoreChecks.All
                    .Select(check => StoreChecks.Finding(
                        check.Rule, check.Meaning, session.Query(StoreChecks.Counted(check.Sql), row => (row.GetInt64(0), row.GetString(1)))))
                    .OfType<StoreFinding>(),
            ],
            cancellation);

    /// <summary>Commits what waits, closes the file and gives its lock up.</summary>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await readers.DisposeAsync();
        await fileLock.DisposeAsync();
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private static SqliteStore Open(string path, SqliteStoreSettings settings, TimeProvider time)
    {
        FileStream fileLock = StoreFile.Lock(path);
        SqliteSession? session = null;
        try
        {
            StoreFile.Create(path);
            session = SqliteSession.OpenWriter(path);
            session.Execute("BEGIN IMMEDIATE");
            Migrations.Apply(session, time.GetUtcNow().Text());
            int shardCount = FixShards(session, settings.ShardCount);
            MemberRows.Bury(session);
            session.Execute("COMMIT");
            return new SqliteStore(fileLock, session, path, shardCount, settings, time);
        }
        catch (Exception failure)
        {
            session?.Dispose();
            fileLock.Dispose();
            if (failure is SqliteException sqlite && SqliteFailure.IsOfTheWorld(sqlite))
            {
                throw SqliteFailure.Unavailable(sqlite);
            }

            throw;
        }
    }

    private static int FixShards(SqliteSession session, int shardCount)
    {
        if (session.Scalar("SELECT value FROM setting WHERE name = $1", ShardCountSetting) is string stored)
        {
            return int.Parse(stored, CultureInfo.InvariantCulture);
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardCount);
        session.Execute("INSERT INTO setting VALUES ($1, $2)", ShardCountSetting, shardCount.ToString(CultureInfo.InvariantCulture));
        for (int shard = 0; shard < shardCount; shard++)
        {
            session.Execute("INSERT INTO shard (shard, owner, token) VALUES ($1, NULL, 0)", shard);
        }

        return shardCount;
    }
}
