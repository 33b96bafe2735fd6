using DeidCluster.Store.Postgres;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// Three nodes on one PostgreSQL server and one staging area. Nodes are killed, stopped for longer than their lease and woken, and the server is
/// killed, while a cohort comes in over whichever node answers; in the end everything is there once, as from one node left in peace.
/// </summary>
public sealed class ClusterLoopTests : IDisposable
{
    private const int Seed = 20_261_121;
    private const int Nodes = 3;
    private const int LongestPeaceMilliseconds = 1_500;
    private const int TriesMax = 60;

    private static readonly (int Blows, int Studies) Share = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? (60, 400) : (6, 60);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly TestFolder folder = new();
    private readonly Random random = new(Seed);

    [PostgresFact]
    public async Task Cluster_StruckAgainAndAgain_LosesNothingAndDeliversTheSameBytes()
    {
        await using PostgresPeer server = await PostgresPeer.StartAsync();
        await using KilledCohort cohort = await KilledCohort.StartAsync(Share.Studies);
        IReadOnlyList<ClusterFolder> folders = ClusterFolder.Nodes(folder.Folder("struck"), Nodes, server.ConnectionString);
        RunningNode[] nodes = await Task.WhenAll(folders.Select(node => StartAsync(node, cohort)));
        try
        {
            Dictionary<StudyRequest, string> ids = [];
            StudyRequest[] requests = [.. cohort.Requests];
            random.Shuffle(requests);
            Task submission = SubmitAsync(nodes, requests, ids);
            (int kills, int pauses, int crashes) = await StrikeAsync(nodes, folders, server);
            await submission;
            IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(nodes[0], folders[0], ids);
            foreach (RunningNode node in nodes)
            {
                Assert.Equal(0, await node.StopAsync());
            }

            await using (PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = server.ConnectionString }))
            {
                Assert.Empty(await store.VerifyAsync(CancellationToken.None));
            }

            PlantedIdentifiers planted = new(cohort.Studies, folder.File("planted.txt"));
            foreach (ClusterFolder node in folders)
            {
                await planted.AssertNoneInAsync(node.Logs);
            }

            await AssertSameAsUnharmedAsync(cohort, ids, files);
            Facts.Say(
                $"cluster of {Nodes} nodes on PostgreSQL: {kills} kills, {pauses} pauses beyond the lease, {crashes} crashes of the server; "
                + $"{ids.Count} requests as they must end, {files.Count} files, each explained, 0 twice, the same bytes as one node without faults");
        }
        finally
        {
            foreach (RunningNode node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private static async Task<RunningNode> StartAsync(ClusterFolder node, KilledCohort cohort)
    {
        Write(node, cohort);
        cohort.Know(node);
        return await RunningNode.StartAsync(node);
    }

    private static void Write(ClusterFolder node, KilledCohort cohort)
    {
        node.Write(cohort.Archives);
        MainJob.WriteProjects(node, [.. cohort.Archives.Select(archive => archive.Name)], [ClusterFolder.FolderDestination]);
        Assert.True(Directory.Exists(node.Delivered));
    }

    /// <summary>What was not answered is sent again, to whichever node: a request that was taken before changes nothing.</summary>
    private async Task SubmitAsync(RunningNode[] nodes, StudyRequest[] requests, Dictionary<StudyRequest, string> ids)
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

    private async Task<(int Kills, int Pauses, int Crashes)> StrikeAsync(RunningNode[] nodes, IReadOnlyList<ClusterFolder> folders, PostgresPeer server)
    {
        int kills = 0, pauses = 0, crashes = 0;
        for (int blow = 0; blow < Share.Blows; blow++)
        {
            await Task.Delay(random.Next(LongestPeaceMilliseconds));
            int victim = random.Next(Nodes);
            switch (blow % 6)
            {
                case 0 or 2 or 4:
                    kills++;
                    await nodes[victim].DisposeAsync();
                    nodes[victim] = await RunningNode.StartAsync(folders[victim]);
                    break;
                case 1 or 3:
                    pauses++;
                    await nodes[victim].SignalAsync("STOP");
                    await Task.Delay(TimeSpan.FromSeconds(ClusterFolder.LeaseSeconds) + TimeSpan.FromMilliseconds(random.Next(LongestPeaceMilliseconds)));
                    await nodes[victim].SignalAsync("CONT");
                    break;
                default:
                    crashes++;
                    await server.KillAsync();
                    await server.StartAgainAsync();
                    break;
            }
        }

        return (kills, pauses, crashes);
    }

    private async Task AssertSameAsUnharmedAsync(KilledCohort cohort, Dictionary<StudyRequest, string> ids, IReadOnlyDictionary<string, string> files)
    {
        ClusterFolder unharmed = new(folder.Folder("unharmed"));
        await using RunningNode node = await StartAsync(unharmed, cohort);
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
