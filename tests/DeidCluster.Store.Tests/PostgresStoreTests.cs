using System.Diagnostics;
using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.TestKit;
using Npgsql;

namespace DeidCluster.Store.Tests;

/// <summary>What only a server can do to a store: rights, locks, several processes, notifications, crashes.</summary>
public sealed class PostgresStoreTests(PostgresFixture server) : IClassFixture<PostgresFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [PostgresFact]
    public async Task Store_OpenedByManyAtOnce_IsMadeOnce_AndKeepsItsShards()
    {
        PostgresStoreSettings settings = server.NewStore(8);
        PostgresStore[] stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PostgresStore.OpenAsync(settings)));
        Assert.All(stores, store => Assert.Equal(8, store.ShardCount));
        await using PostgresStore later = await PostgresStore.OpenAsync(settings with { ShardCount = 99 });
        Assert.Equal(8, later.ShardCount);
        foreach (PostgresStore store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Connection_LostBetweenTwoCommands_IsAStoreThatIsAway()
    {
        await using NpgsqlConnection connection = new(server.NewStore(2).ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new("SELECT 1", connection);
        await connection.CloseAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => PostgresFailure.GuardAsync(() => command.ExecuteScalarAsync()));
    }

    [PostgresFact]
    public async Task Store_OfAnotherRelease_IsRefused()
    {
        PostgresStoreSettings settings = server.NewStore(2);
        await (await PostgresStore.OpenAsync(settings)).DisposeAsync();
        await SqlAsync($"UPDATE {settings.Schema}.migration SET sha256 = 'other' WHERE name = '001_engine.sql'");
        Assert.Contains("001_engine.sql", (await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresStore.OpenAsync(settings))).Message);
        await SqlAsync($"INSERT INTO {settings.Schema}.migration (name, sha256) VALUES ('999_future.sql', 'x')");
        Assert.Contains("newer release", (await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresStore.OpenAsync(settings))).Message);
    }

    [PostgresFact]
    public async Task NodeRole_WorksOnRows_ButMayNotTouchTheSchema()
    {
        PostgresStoreSettings owner = server.NewStore(2) with { NodeRole = "deid node" };
        await SqlAsync("CREATE ROLE \"deid node\" LOGIN");
        PostgresStoreSettings node = owner with
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(owner.ConnectionString) { Username = "deid node" }.ToString(), Migrates = false, NodeRole = null,
        };
        Assert.Contains("deid store migrate", (await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresStore.OpenAsync(node))).Message);
        await (await PostgresStore.OpenAsync(owner)).DisposeAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(node);
        await store.JoinAsync(new Member("m", "m", "1"), Deadline, None);
        Assert.Equal(1, await store.ClaimShardAsync("m", 0, 0, None));
        ActorId actor = Enumerable.Range(0, 100).Select(key => new ActorId("study", $"k{key}")).First(one => one.Shard(2) == 0);
        Mail mail = new(Guid.NewGuid(), actor, new MessageBody("kind", "{}"), DateTimeOffset.UnixEpoch);
        await store.PostAsync([mail], None);
        Turn turn = new()
        {
            Actor = actor, Token = 1, ExpectedVersion = 0, Consumed = [mail.Id],
            Events = [new JournalRow(1, new MessageBody("e", "{}"), DateTimeOffset.UnixEpoch, 1, mail.Id)], Rows = [Rows.Study("s", DateTimeOffset.UnixEpoch)],
        };
        Assert.Equal([TurnOutcome.Committed], await store.CommitAsync([turn], None));
        foreach (string forbidden in new[] { "DROP TABLE journal", "CREATE TABLE more (a int)", "DELETE FROM migration", "UPDATE setting SET value = '1'" })
        {
            await using NpgsqlConnection connection = new(node.ConnectionString + ";Search Path=" + node.Schema);
            await connection.OpenAsync();
            PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand(forbidden, connection).ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    [PostgresFact]
    public async Task OpenGroupOfAStoppedMember_DoesNotBlockItsTakeOver()
    {
        PostgresStoreSettings settings = server.NewStore(2) with { ClaimLockTimeout = TimeSpan.FromMilliseconds(200) };
        ManualTime time = new(DateTimeOffset.UnixEpoch.AddYears(60));
        await using PostgresStore stopped = await PostgresStore.OpenAsync(settings, time);
        await using PostgresStore taker = await PostgresStore.OpenAsync(settings, time);
        await stopped.JoinAsync(new Member("stopped", "one", "1"), Deadline, None);
        long? held = await stopped.ClaimShardAsync("stopped", 0, 0, None);

        // What the server holds for a process that stopped in the middle of a group: a lock on its shard, in a session of that process.
        string sessions = await ScalarAsync<string>($"SELECT sessions FROM {settings.Schema}.member");
        await using NpgsqlConnection open = new(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { ApplicationName = sessions, Pooling = false }.ToString());
        await open.OpenAsync();
        await using NpgsqlTransaction group = await open.BeginTransactionAsync();
        await new NpgsqlCommand($"SELECT * FROM {settings.Schema}.shard WHERE shard = 0 FOR SHARE", open, group).ExecuteNonQueryAsync();

        await taker.JoinAsync(new Member("taker", "two", "1"), Deadline * 3, None);
        Assert.Null(await taker.ClaimShardAsync("taker", 0, held!.Value, None));
        time.Advance(Deadline * 2);
        await taker.HeartbeatAsync("taker", Deadline, None);
        long startedAt = Stopwatch.GetTimestamp();
        long? taken = null;
        while (taken is null && Stopwatch.GetElapsedTime(startedAt) < Deadline)
        {
            taken = await taker.ClaimShardAsync("taker", 0, held.Value, None);
        }

        Assert.Equal(held + 1, taken);
        PostgresException ended = await Assert.ThrowsAsync<PostgresException>(() => new NpgsqlCommand("SELECT 1", open, group).ExecuteScalarAsync());
        Assert.Equal(PostgresErrorCodes.AdminShutdown, ended.SqlState);
    }

    [PostgresFact]
    public async Task MailOfAnotherProcess_WakesTheOwnerOfItsShard_AndNobodyElse()
    {
        PostgresStoreSettings settings = server.NewStore(2);
        await using PostgresStore owner = await PostgresStore.OpenAsync(settings);
        await using PostgresStore poster = await PostgresStore.OpenAsync(settings);
        using SemaphoreSlim woken = new(0), disturbed = new(0);
        await owner.JoinAsync(new Member("owner", "one", "1"), Deadline, None);
        await poster.JoinAsync(new Member("poster", "two", "1"), Deadline, None);
        await owner.ClaimShardAsync("owner", 0, 0, None);
        await poster.ClaimShardAsync("poster", 1, 0, None);
        await poster.HeartbeatAsync("poster", Deadline, None);
        using IDisposable? subscription = owner.WakeOnMail(() => woken.Release());
        using IDisposable? other = poster.WakeOnMail(() => disturbed.Release());
        await UntilListeningAsync(settings.Schema, 2);
        while (woken.Wait(0) || disturbed.Wait(0))
        {
            continue; // each wakes once when it begins to listen
        }

        ActorId actor = Enumerable.Range(0, 100).Select(key => new ActorId("study", $"k{key}")).First(one => one.Shard(2) == 0);
        ActorId own = Enumerable.Range(0, 100).Select(key => new ActorId("study", $"k{key}")).First(one => one.Shard(2) == 1);
        await poster.PostAsync([new Mail(Guid.NewGuid(), own, new MessageBody("kind", "{}"), DateTimeOffset.UtcNow)], None);
        await poster.PostAsync([new Mail(Guid.NewGuid(), actor, new MessageBody("kind", "{}"), DateTimeOffset.UtcNow)], None);
        Assert.True(await woken.WaitAsync(Deadline));
        Assert.Equal(0, disturbed.CurrentCount);
    }

    [PostgresFact]
    public async Task MailPostedAgain_WhileItIsConsumed_StaysConsumed()
    {
        PostgresStoreSettings settings = server.NewStore(1);
        await using PostgresStore store = await PostgresStore.OpenAsync(settings);
        await store.JoinAsync(new Member("m", "m", "1"), Deadline, None);
        long token = (await store.ClaimShardAsync("m", 0, 0, None))!.Value;
        ActorId actor = new("study", "k");
        for (int round = 0; round < 50; round++)
        {
            Mail mail = new(Guid.NewGuid(), actor, new MessageBody("kind", "{}"), DateTimeOffset.UnixEpoch);
            await store.PostAsync([mail], None);
            Task<IReadOnlyList<TurnOutcome>> consumed = store.CommitAsync([new Turn { Actor = actor, Token = token, ExpectedVersion = 0, Consumed = [mail.Id] }], None);
            await Task.WhenAll(consumed, store.PostAsync([mail], None), store.PostAsync([mail], None));
            Assert.Equal([TurnOutcome.Committed], await consumed);
            Assert.Empty(await store.ReadDueMailAsync([0], DateTimeOffset.UtcNow, 10, None));
        }
    }

    [PostgresFact]
    public async Task ServerThatCrashes_IsReportedAsUnavailable_AndWorkGoesOnAfterwards()
    {
        await using PostgresPeer peer = await PostgresPeer.StartAsync();
        await using PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = peer.ConnectionString, ShardCount = 1 });
        await store.JoinAsync(new Member("m", "m", "1"), TimeSpan.FromMinutes(5), None);
        Mail mail = new(Guid.NewGuid(), new ActorId("study", "k"), new MessageBody("kind", "{}"), DateTimeOffset.UnixEpoch);
        await store.PostAsync([mail], None);
        await peer.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.HeartbeatAsync("m", Deadline, None));
        await peer.StartAgainAsync();
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Assert.Equal(mail, Assert.Single(await store.ReadDueMailAsync([0], DateTimeOffset.UtcNow, 10, None)));
                break;
            }
            catch (StoreUnavailableException) when (Stopwatch.GetElapsedTime(startedAt) < Deadline)
            {
                continue; // pooled connections of before are found out one by one
            }
        }
    }

    [PostgresFact]
    public async Task Failures_TellNoValuesOfRows()
    {
        await using PostgresStore store = await PostgresStore.OpenAsync(server.NewStore(1));
        await store.JoinAsync(new Member("m", "m", "1"), Deadline, None);
        long token = (await store.ClaimShardAsync("m", 0, 0, None))!.Value;
        Turn turn = new() { Actor = new ActorId("study", "k"), Token = token, ExpectedVersion = 0, Rows = [Rows.Study("s", DateTimeOffset.UtcNow) with { IdMrn = "MRN-4711\0" }] };
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => store.CommitAsync([turn], None));
        Assert.DoesNotContain("4711", failure.ToString());
    }

    private async Task UntilListeningAsync(string schema, int members)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (await ScalarAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN \"{schema}\\_%' AND wait_event = 'ClientRead'") < members)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
        }
    }

    private async Task SqlAsync(string sql)
    {
        await using NpgsqlConnection connection = new(server.Peer!.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using NpgsqlConnection connection = new(server.Peer!.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
