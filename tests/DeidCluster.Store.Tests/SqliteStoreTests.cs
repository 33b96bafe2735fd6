using DeidCluster.Engine;
using DeidCluster.Store.Sqlite;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>What is particular to the embedded store: its file, its lock, its schema.</summary>
public class SqliteStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Store_InUse_IsRefusedToASecond_AndFreeAfterwards()
    {
        using TestFolder folder = new();
        await using (SqliteStore first = await SqliteStore.OpenAsync(folder.File("store.db")))
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => SqliteStore.OpenAsync(folder.File("store.db")));
        }

        await using SqliteStore second = await SqliteStore.OpenAsync(folder.File("store.db"));
    }

    [Fact]
    public async Task Store_OpenedAgain_KeepsItsShardCountAndRows_AndFencesFormerOwners()
    {
        using TestFolder folder = new();
        Mail mail = new(Guid.NewGuid(), new ActorId("study", "a"), new MessageBody("kind", "{}"), DateTimeOffset.UtcNow);
        long? token;
        await using (SqliteStore first = await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = 4 }))
        {
            await first.PostAsync([mail], None);
            await first.JoinAsync(new Member("m1", "one", "1"), TimeSpan.FromHours(1), None);
            token = await first.ClaimShardAsync("m1", mail.To.Shard(4), 0, None);
        }

        await using SqliteStore second = await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = 8 });
        Assert.Equal(4, second.ShardCount);
        Assert.Equal(mail, Assert.Single(await second.ReadDueMailAsync([0, 1, 2, 3], DateTimeOffset.UtcNow, 10, None)));
        Turn turn = new() { Actor = mail.To, Token = token!.Value, ExpectedVersion = 0, Consumed = [mail.Id] };
        Assert.Equal([TurnOutcome.Fenced], await second.CommitAsync([turn], None));
        Assert.True((await second.HeartbeatAsync("m1", TimeSpan.FromHours(1), None)).Expired);
    }

    [Fact]
    public async Task Store_MadeByAnotherRelease_IsRefused()
    {
        using TestFolder folder = new();
        await using (SqliteStore store = await SqliteStore.OpenAsync(folder.File("store.db")))
        {
        }

        foreach (string change in new[] { "UPDATE migration SET sha256 = 'x'", "INSERT INTO migration VALUES ('999_future.sql', 'x', 'x')" })
        {
            using (SqliteSession session = SqliteSession.OpenWriter(folder.File("store.db")))
            {
                session.Execute(change);
            }

            await Assert.ThrowsAsync<InvalidOperationException>(() => SqliteStore.OpenAsync(folder.File("store.db")));
        }
    }

    [Fact]
    public async Task File_ThatIsNoStore_IsUnavailable()
    {
        using TestFolder folder = new();
        await File.WriteAllTextAsync(folder.File("store.db"), new string('x', 8192));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SqliteStore.OpenAsync(folder.File("store.db")));
    }

    [Fact]
    public async Task File_IsDurableAtEachCommit_AndItsOwnersOnly()
    {
        using TestFolder folder = new();
        await using SqliteStore store = await SqliteStore.OpenAsync(folder.File("store.db"));
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in new[] { "store.db", "store.db-wal" })
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File(file)));
            }
        }

        using SqliteSession session = SqliteSession.OpenWriter(folder.File("store.db"));
        Assert.Equal("wal", session.Scalar("PRAGMA journal_mode"));
        Assert.Equal(2L, session.Scalar("PRAGMA synchronous"));
    }

    [Fact]
    public async Task Mistake_OfOneCaller_DoesNotFailTheOthersOfItsCommit()
    {
        using TestFolder folder = new();
        await using SqliteStore store = await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = 1 });
        await store.JoinAsync(new Member("m1", "one", "1"), TimeSpan.FromHours(1), None);
        long token = (await store.ClaimShardAsync("m1", 0, 0, None))!.Value;
        JournalRow row = new(1, new MessageBody("event", "{}"), DateTimeOffset.UtcNow, token, Guid.NewGuid());
        Task<IReadOnlyList<TurnOutcome>>[] commits = [.. Enumerable.Range(0, 50).Select(number => store.CommitAsync(
            [new Turn { Actor = new ActorId("study", $"a{number}"), Token = token, ExpectedVersion = 0, Events = [row with { Version = number == 20 ? 5 : 1 }] }], None))];
        for (int number = 0; number < commits.Length; number++)
        {
            if (number == 20)
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => commits[20]);
            }
            else
            {
                Assert.Equal([TurnOutcome.Committed], await commits[number]);
            }
        }
    }

    [Fact]
    public async Task Schema_MarksIdentifyingColumns()
    {
        using TestFolder folder = new();
        await using (SqliteStore store = await SqliteStore.OpenAsync(folder.File("store.db")))
        {
        }

        using SqliteSession session = SqliteSession.OpenReader(folder.File("store.db"));
        List<string> columns = session.Query(
            "SELECT column.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS column WHERE tables.type = 'table'", row => row.GetString(0));
        Assert.Equal(
            ["id_accession_number", "id_mrn", "id_procedure", "id_series_uid", "id_sop_instance_uid", "id_study_uid"],
            columns.Where(column => column.StartsWith("id_", StringComparison.Ordinal)).Distinct().Order());
        Facts.Say($"sqlite library: {session.Scalar("SELECT sqlite_version()")}");
    }
}
