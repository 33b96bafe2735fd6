using System.Diagnostics;
using System.Globalization;
using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>More nodes, a node less, and a store that has grown old.</summary>
internal static class ClusterGrowth
{
    private const int SpeedUpEffects = 4;
    private const int SpeedUpStudies = 160;
    private const int TakeOverStudies = 64;
    private const int BacklogStudies = 300;
    private const int BacklogInFlight = 32;
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly int[] NodeCounts = [1, 2, 4];
    private static readonly int[] LeaseSeconds = [5, 15];

    /// <summary>An archive that is slow and bears much: what a node may have under way at a time is the limit, and nodes add up.</summary>
    public static async Task<Table> SpeedUpAsync(Bench bench, PostgresPeer server)
    {
        List<double> reached = [], floor = [];
        foreach (int nodes in NodeCounts)
        {
            await using PostgresStore store = await ClusterArea.NewStoreAsync(server);
            await using Fleet fleet = await Fleet.StartAsync(server, store, nodes, SpeedUpEffects, Lateness, leaseSeconds: 15);
            int studies = Math.Min(bench.Options.Studies, SpeedUpStudies) * nodes / 4;
            await ClusterHost.ConfigureAsync(fleet.Guest, studies, nodes * SpeedUpEffects * 2);
            long started = Stopwatch.GetTimestamp();
            await ClusterHost.SubmitAsync(fleet.Guest, 1, studies);
            await ClusterHost.UntilDeliveredAsync(store, studies);
            reached.Add(studies / Stopwatch.GetElapsedTime(started).TotalSeconds);
            floor.Add(nodes * SpeedUpEffects / Lateness.TotalSeconds);
            await System.Console.Error.WriteLineAsync($"  {nodes} nodes: {reached[^1]:0.0} studies/s");
        }

        return new Table($"Studies from an archive that takes {Lateness.TotalMilliseconds:0} ms for each answer, {SpeedUpEffects} fetches a node", "studies/s",
            [.. NodeCounts.Select(nodes => nodes == 1 ? "1 node" : $"{nodes} nodes")],
            [
                new Row("what the archive's time allows", floor),
                new Row("**nodes as processes on one PostgreSQL**", reached),
                new Row("share of what it allows", [.. reached.Zip(floor, (rate, most) => rate / most)]),
                new Row("speed-up over one node", [.. reached.Select(rate => rate / reached[0])]),
            ],
            Note: "All processes share the machine's cores.", Ratios: false);
    }

    /// <summary>A node is killed while it works; until the last of its shards is held, and its effects have been begun again, by the other one.</summary>
    public static async Task<Table> TakeOverAsync(PostgresPeer server)
    {
        List<double> held = [], ended = [];
        foreach (int lease in LeaseSeconds)
        {
            await using PostgresStore store = await ClusterArea.NewStoreAsync(server);
            await using Fleet fleet = await Fleet.StartAsync(server, store, nodes: 2, SpeedUpEffects * 4, Lateness, lease);
            await ClusterHost.ConfigureAsync(fleet.Guest, TakeOverStudies, TakeOverStudies);
            await ClusterHost.SubmitAsync(fleet.Guest, 1, TakeOverStudies);
            await ClusterHost.UntilDeliveredAsync(store, TakeOverStudies / 8);
            long killed = Stopwatch.GetTimestamp();
            await fleet.KillAsync(1);
            await ClusterHost.UntilAsync(async () => (await fleet.OwnersAsync()).SequenceEqual(["node-0"]), "all shards taken over");
            held.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            await ClusterHost.UntilDeliveredAsync(store, TakeOverStudies);
            ended.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
        }

        return new Table("Take-over after kill -9 of one of two nodes at work", "seconds", [.. LeaseSeconds.Select(lease => $"lease {lease} s")],
        [
            new Row("the lease", [.. LeaseSeconds.Select(lease => (double)lease)]),
            new Row("**until all 256 shards are the other's**", held),
            new Row("**until all its studies are delivered**", ended),
        ], Note: "At the kill the lease has between four fifths and all of its time left: a heartbeat comes every fifth of it.");
    }

    /// <summary>The same work in a store that is new and in one with many studies finished and many waiting.</summary>
    public static async Task<Table> BacklogAsync(Bench bench, PostgresPeer server)
    {
        (int finished, int waiting) = (bench.Options.Finished, bench.Options.Waiting);
        List<double[]> columns = [];
        foreach ((int old, int line) in new[] { (0, BacklogStudies + BacklogInFlight), (finished, waiting) })
        {
            await using PostgresStore store = await ClusterArea.NewStoreAsync(server);
            await StoreSeed.WriteAsync(server, store.ShardCount, 0, old, line);
            columns.Add(await MeasureAsync(server, store, old));
        }

        string[] names =
        [
            "ms to ready", "ms from ready to the first grant", "MB more on the managed heap", "studies/s with the line waiting", "statements a study",
            "ms of the server a study", "ms for the counts of the metrics page", "ms for the list of what is held",
        ];
        return new Table("A store with a past and a line", "see the rows", ["332 waiting", $"{finished} finished, {waiting} waiting", "ratio"],
            [.. names.Select((name, at) => new Row(name, [columns[0][at], columns[1][at], columns[1][at] / columns[0][at]]))],
            Note: "Rows of the past and of the line were written into the store by SQL, with journals that can be replayed.", Ratios: false);
    }

    private static async Task<double[]> MeasureAsync(PostgresPeer server, PostgresStore store, int old)
    {
        await Sql.RunAsync(server, "SELECT pg_stat_statements_reset()");
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        await using ActorSystem node = ClusterHost.Create(store, TimeSpan.Zero, BacklogInFlight, TimeSpan.FromSeconds(15), "bench");
        long started = Stopwatch.GetTimestamp();
        node.Start();
        await ClusterHost.UntilAsync(() => Task.FromResult(node.IsReady), "a node that is ready");
        double ready = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        started = Stopwatch.GetTimestamp();
        await ClusterHost.ConfigureAsync(node, BacklogInFlight, BacklogInFlight);
        await ClusterHost.UntilAsync(() => Task.FromResult(node.Counters.Effects.GetValueOrDefault("locate")?.Started > 0), "the first grant");
        double granted = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        double[] before = await StatementsAsync(server);
        long done = node.Counters.Effects.GetValueOrDefault("deliver")?.Finished ?? 0;
        started = Stopwatch.GetTimestamp();
        await ClusterHost.UntilAsync(() => Task.FromResult(node.Counters.Effects.GetValueOrDefault("deliver")?.Finished >= done + BacklogStudies - BacklogInFlight), "studies delivered");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double[] after = await StatementsAsync(server);
        int studies = BacklogStudies - BacklogInFlight;
        double memory = (GC.GetTotalMemory(forceFullCollection: true) - heap) / 1048576.0;
        double counts = await MillisecondsAsync(() => store.CountAsync(CancellationToken.None));
        double list = await MillisecondsAsync(() => store.ListAsync(new StudyFilter { Statuses = [StudyStatus.Held] }, CancellationToken.None));
        foreach (string slow in await Sql.TextAsync(server, "SELECT calls, round(total_exec_time), rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 6"))
        {
            await System.Console.Error.WriteLineAsync($"  [{old.ToString(CultureInfo.InvariantCulture)}] {slow}");
        }

        return [ready, granted, memory, studies / seconds, (after[0] - before[0]) / studies, (after[1] - before[1]) / studies, counts, list];
    }

    private static async Task<double> MillisecondsAsync<T>(Func<Task<T>> work)
    {
        await work();
        long started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static Task<double[]> StatementsAsync(PostgresPeer server) => Sql.NumbersAsync(server, "SELECT sum(calls), sum(total_exec_time) FROM pg_stat_statements");

    /// <summary>Nodes in processes of their own, and a guest in this one who posts and holds nothing.</summary>
    private sealed class Fleet(PostgresPeer server, ActorSystem guest, List<PeerProcess> nodes) : IAsyncDisposable
    {
        public ActorSystem Guest => guest;

        public static async Task<Fleet> StartAsync(PostgresPeer server, PostgresStore store, int nodes, int effects, TimeSpan lateness, int leaseSeconds)
        {
            Fleet fleet = new(server, ClusterHost.Create(store, TimeSpan.Zero, 1, TimeSpan.FromSeconds(15), "guest"), []);
            for (int node = 0; node < nodes; node++)
            {
                fleet.Add(PeerProcess.Start("dotnet",
                    [typeof(Fleet).Assembly.Location, ClusterHost.NodeVerb, server.ConnectionString, $"{lateness.TotalMilliseconds:0}", $"{effects}", $"{leaseSeconds}", $"node-{node}"]));
            }

            string[] names = [.. Enumerable.Range(0, nodes).Select(node => $"node-{node}")];
            await ClusterHost.UntilAsync(async () => (await fleet.OwnersAsync()).SequenceEqual(names), "every node with shards");
            return fleet;
        }

        /// <summary>The live owners; "-" stands for none.</summary>
        public Task<IReadOnlyList<string>> OwnersAsync() => Sql.TextAsync(server,
            "SELECT DISTINCT coalesce(member.name, '-') FROM deidcluster.shard LEFT JOIN deidcluster.member ON incarnation = owner AND expires_at > clock_timestamp() ORDER BY 1");

        public async Task KillAsync(int node)
        {
            PeerProcess killed = nodes[node];
            nodes.Remove(killed);
            await killed.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (PeerProcess node in nodes)
            {
                await node.DisposeAsync();
            }

            await guest.DisposeAsync();
        }

        private void Add(PeerProcess node) => nodes.Add(node);
    }
}
