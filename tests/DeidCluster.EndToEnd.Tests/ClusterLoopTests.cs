using DeidCluster.Simulator;
using DeidCluster.Store.Postgres;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// Four nodes on one PostgreSQL server and one staging area, and archives that count their associations themselves. Nodes are killed, stopped
/// for longer than their lease and woken, cut off from the server or left with connections that say nothing, and the server is restarted and
/// killed, while a cohort comes in over whichever node answers; in the end everything is there once, as from one node left in peace.
/// </summary>
public sealed class ClusterLoopTests : IDisposable
{
    private const int Seed = 20_261_121;
    private const int Nodes = 4;
    private const int LongestPeaceMilliseconds = 1_500;
    private const int TriesMax = 60;

    private static readonly (int Blows, int Studies) Share = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? (60, 500) : (6, 60);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>How late archives answer, so that most blows meet open associations.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(200);

    private readonly TestFolder folder = new();
    private readonly Random random = new(Seed);
    private readonly Dictionary<string, int> blows = [];

    [PostgresFact]
    public async Task Cluster_StruckAgainAndAgain_LosesNothingAndDeliversTheSameBytes()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Share.Studies);
        await using RunningCluster cluster = await RunningCluster.StartAsync(folder.Folder("struck"), Nodes, cohort.ConfigureAsync);
        await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.BeLateAsync(Lateness)));
        Dictionary<StudyRequest, string> ids = [];
        StudyRequest[] requests = [.. cohort.Requests];
        random.Shuffle(requests);
        Task submission = SubmitAsync(cluster.Nodes, requests, ids);
        await StrikeAsync(cluster);
        await submission;
        await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.BeLateAsync(TimeSpan.Zero)));
        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        Assert.Equal(Enumerable.Repeat(0, Nodes), await cluster.StopAsync());

        await using (PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = cluster.Server.ConnectionString }))
        {
            Assert.Empty(await store.VerifyAsync(CancellationToken.None));
        }

        PlantedIdentifiers planted = new(cohort.Studies, folder.File("planted.txt"));
        foreach (ClusterFolder node in cluster.Folders)
        {
            await planted.AssertNoneInAsync(node.Logs);
        }

        AssociationCount[] counts = await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.CountAsync()));
        Assert.All(counts, count => Assert.Equal((0, 0), (count.Open, count.Refused)));
        await AssertSameAsUnharmedAsync(cohort, ids, files);
        Facts.Say(
            $"cluster of {Nodes} nodes on PostgreSQL: {string.Join(", ", blows.Select(blow => $"{blow.Value} x {blow.Key}"))}; "
            + $"{ids.Count} requests as they must end, {files.Count} files, each explained, 0 twice, the same bytes as one node without faults; "
            + $"as the archives count: at most {string.Join(" and ", counts.Select(count => count.Most))} of {ArchiveProcess.AssociationsMax} associations, none refused, "
            + $"{counts.Sum(count => count.Idle)} left behind and ended by them");
    }

    public void Dispose() => folder.Dispose();

    /// <summary>What was not answered is sent again, to whichever node: a request that was taken before changes nothing.</summary>
    private static async Task SubmitAsync(RunningNode[] nodes, StudyRequest[] requests, Dictionary<StudyRequest, string> ids)
    {
        foreach (StudyRequest[] some in requests.Chunk(5))
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
                    foreach ((StudyRequest request, string id) in some.Zip(await nodes[attempt % Nodes].SubmitAsync(some, patience.Token)))
                    {
                        ids[request] = id;
                    }

                    break;
                }
                catch (Exception cut) when (attempt < TriesMax && cut is HttpRequestException or OperationCanceledException or ObjectDisposedException)
                {
                    await Task.Delay(Retry);
                }
            }

            await Task.Delay(Retry);
        }
    }

    /// <summary>One node is killed while another one is stopped, cut off or left unanswered; between these the server is restarted or killed.</summary>
    private async Task StrikeAsync(RunningCluster cluster)
    {
        for (int blow = 0; blow < Share.Blows; blow++)
        {
            await Task.Delay(random.Next(LongestPeaceMilliseconds));
            int victim = random.Next(Nodes);
            int other = (victim + 1 + random.Next(Nodes - 1)) % Nodes;
            await (blow switch
            {
                _ when blow % 6 == 2 => CountedAsync("restart of the server", () => cluster.Server.RestartAsync(random.Next(2) == 0 ? "INT" : "QUIT")),
                _ when blow % 6 == 5 => CountedAsync("crash of the server", async () =>
                {
                    await cluster.Server.KillAsync();
                    await cluster.Server.StartAgainAsync();
                }),
                _ when blow % 3 == 0 => Task.WhenAll(
                    KillAsync(cluster, victim),
                    CountedAsync("pause beyond the lease", () => BeyondTheLeaseAsync(() => cluster.Nodes[other].SignalAsync("STOP"), () => cluster.Nodes[other].SignalAsync("CONT")))),
                _ when blow % 6 == 1 => Task.WhenAll(
                    KillAsync(cluster, victim),
                    CountedAsync("cut network", () => BeyondTheLeaseAsync(() => Done(cluster.Networks[other].Cut), () => Done(cluster.Networks[other].Resume)))),
                _ => Task.WhenAll(
                    KillAsync(cluster, victim),
                    CountedAsync("silent network", () => BeyondTheLeaseAsync(() => Done(cluster.Networks[other].Stall), () => Done(cluster.Networks[other].Resume)))),
            });
        }
    }

    private Task KillAsync(RunningCluster cluster, int victim) => CountedAsync("kill", () => cluster.KillAsync(victim));

    private async Task BeyondTheLeaseAsync(Func<Task> begin, Func<Task> end)
    {
        TimeSpan length = TimeSpan.FromSeconds(ClusterFolder.LeaseSeconds) + TimeSpan.FromMilliseconds(random.Next(LongestPeaceMilliseconds));
        await begin();
        await Task.Delay(length);
        await end();
    }

    private Task CountedAsync(string what, Func<Task> blow)
    {
        blows[what] = blows.GetValueOrDefault(what) + 1;
        return blow();
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private async Task AssertSameAsUnharmedAsync(KilledCohort cohort, Dictionary<StudyRequest, string> ids, IReadOnlyDictionary<string, string> files)
    {
        ClusterFolder unharmed = new(folder.Folder("unharmed"));
        await cohort.ConfigureAsync(unharmed);
        await using RunningNode node = await RunningNode.StartAsync(unharmed);
        Dictionary<StudyRequest, string> idsOfUnharmed = [];
        foreach ((StudyRequest request, string id) in cohort.Requests.Zip(await node.SubmitAsync(cohort.Requests)))
        {
            idsOfUnharmed.Add(request, id);
        }

        IReadOnlyDictionary<string, string> filesOfUnharmed = await cohort.FinishAsync(node, unharmed, idsOfUnharmed);
        Assert.Equal(idsOfUnharmed.OrderBy(pair => pair.Value), ids.OrderBy(pair => pair.Value));
        Assert.Equal(filesOfUnharmed.OrderBy(file => file.Key), files.OrderBy(file => file.Key));
        Assert.Equal(0, await node.StopAsync());
    }
}
