using System.Diagnostics;
using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.Store.Sqlite;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>What the engine and its store cost, and how they grow: each number beside the floor that the disk and the server set in the same run.</summary>
internal static class ClusterArea
{
    private const int FloorSeconds = 3;
    private const int FloorClients = 8;
    private const int InFlightMax = 64;
    private const int EffectsMax = 32;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        await using PostgresPeer server = await PostgresPeer.StartAsync("shared_preload_libraries=pg_stat_statements", "max_wal_size=4GB");
        await Sql.RunAsync(server, "CREATE EXTENSION pg_stat_statements");
        (Table turns, Table cost) = await TurnsAsync(bench, server);
        return [turns, cost, await ClusterGrowth.SpeedUpAsync(bench, server), await ClusterGrowth.TakeOverAsync(server), await ClusterGrowth.BacklogAsync(bench, server)];
    }

    /// <summary>An empty store.</summary>
    public static async Task<PostgresStore> NewStoreAsync(PostgresPeer server)
    {
        await Sql.RunAsync(server, "DROP SCHEMA IF EXISTS deidcluster CASCADE");
        return await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = server.ConnectionString });
    }

    private static async Task<(Table Turns, Table Cost)> TurnsAsync(Bench bench, PostgresPeer server)
    {
        int studies = bench.Options.Studies;
        List<Row> rows = [];
        double one = await RowFloor.PgbenchAsync(server, bench.NewFolder(), clients: 1, FloorSeconds);
        double many = await RowFloor.PgbenchAsync(server, bench.NewFolder(), FloorClients, FloorSeconds);
        rows.Add(new Row("pgbench, single-row transactions, 1 client", [one, one, double.NaN, double.NaN]));
        rows.Add(new Row($"pgbench, single-row transactions, {FloorClients} clients", [many, many, double.NaN, double.NaN]));

        Measured onPostgres;
        double[] before, after;
        await using (PostgresStore store = await NewStoreAsync(server))
        {
            await Sql.RunAsync(server, "SELECT pg_stat_statements_reset()");
            before = await StatementsAsync(server);
            onPostgres = await MeasureAsync(store, store, studies);
            after = await StatementsAsync(server);
        }

        rows.Add(onPostgres.ToRow("**one node on PostgreSQL**"));
        Measured onSqlite;
        await using (SqliteStore store = await SqliteStore.OpenAsync(Path.Combine(bench.NewFolder(), "store.sqlite"), new SqliteStoreSettings()))
        {
            // Behind the store's opening, which chooses the native library for both.
            double single = RowFloor.Sqlite(bench.NewFolder(), TimeSpan.FromSeconds(FloorSeconds));
            rows.Add(new Row("SQLite, single-row transactions", [single, single, double.NaN, double.NaN]));
            onSqlite = await MeasureAsync(store, store, studies);
        }

        rows.Add(onSqlite.ToRow("**one node on SQLite**"));
        await Sql.RunAsync(server, "SELECT 1");
        foreach (string slow in await Sql.TextAsync(server, "SELECT calls, round(total_exec_time), rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 8"))
        {
            await System.Console.Error.WriteLineAsync($"  {slow}");
        }

        double Per(double count) => count / studies;
        return (
            new Table($"Turns of {studies} studies with {LateEffect.Instances} instances each, effects that take no time", "per second", ["turns", "commits", "turns per commit", "studies"], rows,
                Note: "A single-row transaction is one turn and one commit; a turn reads a mailbox and an index, appends events, and writes mail, a row of the index and rows of the ledger."),
            new Table("What one study costs on PostgreSQL, from its request to its delivery", "each", ["turns", "mails", "commits", "statements", "statements as single-row updates", "ms of the server's time"],
            [
                new Row("one study", [
                    Per(onPostgres.Turns), Per(onPostgres.Mails), Per(onPostgres.Commits), Per(after[0] - before[0]), (after[1] - before[1]) / studies * one / 1_000, Per(after[1] - before[1]),
                ]),
            ], Note: "Statements as the server counts them (pg_stat_statements), those of polling and heartbeats included; their time beside that of pgbench's transaction with one client."));
    }

    private static Task<double[]> StatementsAsync(PostgresPeer server) => Sql.NumbersAsync(server, "SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0) FROM pg_stat_statements");

    /// <summary>Studies from request to delivery on one node.</summary>
    private static async Task<Measured> MeasureAsync(IActorStore store, IStudyIndex index, int studies)
    {
        await using ActorSystem node = ClusterHost.Create(store, TimeSpan.Zero, EffectsMax, Lease, "bench");
        node.Start();
        await ClusterHost.UntilAsync(() => Task.FromResult(node.IsReady), "a node that is ready");
        await ClusterHost.ConfigureAsync(node, InFlightMax, InFlightMax);
        await ClusterHost.SubmitAsync(node, 1, studies / 10);
        await ClusterHost.UntilDeliveredAsync(index, studies / 10);
        (long turns, long mails, long commits) = (node.Counters.Turns, node.Counters.Mails, node.Counters.Commits);
        long started = Stopwatch.GetTimestamp();
        await ClusterHost.SubmitAsync(node, 1_000_001, studies);
        await ClusterHost.UntilDeliveredAsync(index, studies + (studies / 10));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Measured(node.Counters.Turns - turns, node.Counters.Mails - mails, node.Counters.Commits - commits, studies, seconds);
    }

    private sealed record Measured(long Turns, long Mails, long Commits, int Studies, double Seconds)
    {
        public Row ToRow(string name) => new(name, [Turns / Seconds, Commits / Seconds, (double)Turns / Commits, Studies / Seconds]);
    }
}
