using System.Text.Json.Nodes;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// A node on SQLite is killed (SIGKILL) at random moments, again and again, while a cohort comes in over HTTP and goes out to a folder. The
/// archives live on in this process.
/// </summary>
public sealed class KillLoopTests : IDisposable
{
    private const int Seed = 20_260_107;
    private const int NewbornEvery = 5;
    private const int StudiesOfStop = 40;
    private const int LongestLifeMilliseconds = 1_500;

    private static readonly (int Kills, int Studies) Share = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? (100, 600) : (10, 120);

    private readonly TestFolder folder = new();
    private readonly Random random = new(Seed);
    private readonly Dictionary<StudyRequest, string> idByRequest = [];
    private readonly Queue<StudyRequest> waiting = [];
    private int refusedByDeath;
    private int openAtKill;

    [Fact]
    public async Task Node_KilledAgainAndAgain_LosesNothingAndDeliversTheSameBytes()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Share.Studies);
        ClusterFolder killed = await PrepareAsync("killed", cohort, FreePort.Next());
        StudyRequest[] requests = [.. cohort.Requests];
        random.Shuffle(requests);
        foreach (StudyRequest request in requests)
        {
            waiting.Enqueue(request);
        }

        for (int kill = 0; kill < Share.Kills; kill++)
        {
            await LiveAndDieAsync(killed, requests.Length / Share.Kills);
        }

        int acceptedBeforeLastKill = idByRequest.Count;
        IReadOnlyDictionary<string, string> files = await FinishAsync(killed, cohort);
        ClusterFolder unharmed = await PrepareAsync("unharmed", cohort, killed.DicomPort);
        Dictionary<StudyRequest, string> idsOfKilled = new(idByRequest);
        idByRequest.Clear();
        IReadOnlyDictionary<string, string> filesOfUnharmed = await FinishAsync(unharmed, cohort);

        Assert.Equal(idByRequest, idsOfKilled);
        Assert.Equal(filesOfUnharmed.OrderBy(file => file.Key), files.OrderBy(file => file.Key));
        PlantedIdentifiers planted = new(cohort.Studies, folder.File("planted.txt"));
        await planted.AssertNoneInAsync(killed.Delivered);
        await planted.AssertNoneInAsync(killed.Logs);
        Assert.True(openAtKill > 0, "no kill met a study on its way: the test proves nothing");
        Facts.Say(
            $"node kill -9 loop: {Share.Kills} kills, {acceptedBeforeLastKill} requests accepted before the last one, 0 lost; {openAtKill} studies on their way when killed, "
            + $"{refusedByDeath} submissions cut off and sent again; {idByRequest.Count} requests as they must end, {files.Count} files, each explained, "
            + "0 twice, the same bytes as a run without kills");
    }

    [Fact]
    public async Task Node_ToldToStopAtWork_EndsWithZeroAndGoesOnAtTheNextStart()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(StudiesOfStop);
        ClusterFolder cluster = await PrepareAsync("stopped", cohort, FreePort.Next());
        await using (RunningNode node = await RunningNode.StartAsync(cluster))
        {
            foreach ((StudyRequest request, string id) in cohort.Requests.Zip(await node.SubmitAsync(cohort.Requests)))
            {
                idByRequest.Add(request, id);
            }

            Assert.Contains((await node.StudiesAsync()).Values, study => !IsAtRest(RunningNode.StatusOf(study)));
            Assert.Equal(0, await node.StopAsync());
        }

        Assert.NotEmpty(await FinishAsync(cluster, cohort));
    }

    public void Dispose() => folder.Dispose();

    private async Task<ClusterFolder> PrepareAsync(string name, KilledCohort cohort, int dicomPort)
    {
        ClusterFolder cluster = new(folder.Folder(name)) { DicomPort = dicomPort };
        await cohort.ConfigureAsync(cluster);
        return cluster;
    }

    /// <summary>One life: a newborn dies before it is ready, others in the middle of work and perhaps of a submission.</summary>
    private async Task LiveAndDieAsync(ClusterFolder cluster, int requests)
    {
        // Squared, so that many die during the submission at its beginning.
        TimeSpan life = TimeSpan.FromMilliseconds(LongestLifeMilliseconds * Math.Pow(random.NextDouble(), 2));
        if (random.Next(NewbornEvery) == 0)
        {
            await using RunningNode newborn = RunningNode.Launch(cluster);
            await Task.Delay(life);
            return;
        }

        Task<int> open;
        Task submission;
        await using (RunningNode node = await RunningNode.StartAsync(cluster))
        {
            open = WatchAsync(node);
            submission = SubmitAsync(node, requests);
            await Task.Delay(life);
        }

        await submission;
        openAtKill += await open;
    }

    /// <summary>What was not answered counts as not accepted and is sent again in the next life.</summary>
    private async Task SubmitAsync(RunningNode node, int count)
    {
        StudyRequest[] requests = [.. waiting.Take(count)];
        try
        {
            foreach ((StudyRequest request, string id) in requests.Zip(await node.SubmitAsync(requests)))
            {
                idByRequest.Add(request, id);
                waiting.Dequeue();
            }
        }
        catch (Exception cut) when (IsCut(cut))
        {
            refusedByDeath++;
        }
    }

    /// <summary>How many studies were on their way when last seen alive.</summary>
    private static async Task<int> WatchAsync(RunningNode node)
    {
        int open = 0;
        try
        {
            while (true)
            {
                open = (await node.StudiesAsync()).Values.Count(study => !IsAtRest(RunningNode.StatusOf(study)));
            }
        }
        catch (Exception dead) when (IsCut(dead))
        {
            return open;
        }
    }

    private static bool IsAtRest(StudyStatus status) =>
        status is StudyStatus.Delivered or StudyStatus.Held or StudyStatus.Rejected or StudyStatus.NotFound or StudyStatus.Cancelled or StudyStatus.Duplicate;

    private static bool IsCut(Exception failure) => failure is HttpRequestException or OperationCanceledException or ObjectDisposedException;

    /// <summary>A life without a kill: what is left is submitted, everything ends, and the node stops when asked to.</summary>
    private async Task<IReadOnlyDictionary<string, string>> FinishAsync(ClusterFolder cluster, KilledCohort cohort)
    {
        await using RunningNode node = await RunningNode.StartAsync(cluster);
        StudyRequest[] left = [.. cohort.Requests.Where(request => !idByRequest.ContainsKey(request))];
        IReadOnlyDictionary<string, JsonNode> rows = await node.StudiesAsync();
        Assert.All(idByRequest.Values, id => Assert.Contains(id, rows.Keys));
        foreach ((StudyRequest request, string id) in left.Zip(left.Length == 0 ? [] : await node.SubmitAsync(left)))
        {
            idByRequest.Add(request, id);
        }

        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(node, cluster, idByRequest);
        Assert.Equal(0, await node.StopAsync());
        return files;
    }
}
