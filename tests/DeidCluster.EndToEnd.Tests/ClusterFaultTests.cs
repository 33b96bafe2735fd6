using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using DeidCluster.Pipeline;
using DeidCluster.Simulator;
using DeidCluster.Store.Postgres;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// Moments in which a node must not fail, and fails: between a file's name and the answer for it, in the middle of a group of turns, and
/// with a result on its way that arrives when others have done the work.
/// </summary>
public sealed partial class ClusterFaultTests : IDisposable
{
    private const int Studies = 12;
    private const string First = "node-1";
    private const string Second = "node-2";
    private const string SecondAeTitle = "DEIDNODE2";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(100);

    private readonly TestFolder folder = new();

    /// <summary>The end of a pipelined batch (Sync), and the execution of one of its statements (Execute of the unnamed portal, all rows).</summary>
    private static ReadOnlySpan<byte> Sync => [(byte)'S', 0, 0, 0, 4];

    private static ReadOnlySpan<byte> Execute => [(byte)'E', 0, 0, 0, 9, 0, 0, 0, 0, 0];

    [PostgresFact("strace")]
    public async Task Receiver_KilledBetweenNameAndAnswer_LosesNothing_AndIsNotTheOwner()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Studies);
        await using RunningCluster cluster = await RunningCluster.StartAsync(folder.Folder("cluster"), 2, node => cohort.ConfigureAsync(node, SecondAeTitle));
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        await OperateAsync(cluster, cohort, "pause");
        Dictionary<StudyRequest, string> ids = await SubmitAsync(cluster, cohort);

        StagingPaths paths = new(cluster.Folders[0].Staging, ClusterFolder.InstallationSecret);
        Dictionary<string, string> idByFolder = [];
        foreach ((StudyRequest request, string id) in ids.Where(pair => pair.Key.StudyUid is not null && cohort.EndOf(cohort.StudyOf(pair.Key)) == StudyStatus.Delivered))
        {
            if (await cluster.OwnerOfAsync(id) == First)
            {
                idByFolder.Add(paths.StudyFolder(cohort.ArchiveOf(cohort.StudyOf(request)), request.StudyUid!), id);
            }
        }

        Assert.NotEmpty(idByFolder);
        await using PeerProcess knife = PeerProcess.Start(
            "strace", ["-f", "-o", folder.File("trace"), .. idByFolder.Keys.SelectMany(path => new[] { "-P", path }),
            "-e", "trace=fsync", "-e", "inject=fsync:signal=KILL", "-p", $"{cluster.Nodes[1].ProcessId}"]);
        await knife.WaitForLineAsync($"{PeerProcess.Find("strace")}: Process ", Deadline);
        await OperateAsync(cluster, cohort, "resume");
        await cluster.Nodes[1].WaitForExitAsync(Deadline);

        // The name is there, its folder was not flushed, and nobody was answered.
        string[] named = [.. idByFolder.Keys.Where(Directory.Exists).SelectMany(Directory.GetFiles)];
        Assert.NotEmpty(named);
        Assert.All(named, file => Assert.True(StagingPaths.TryReadRawName(file, out _, out _)));
        Dictionary<string, DateTime> writtenAt = named.ToDictionary(file => file, File.GetLastWriteTimeUtc);
        Assert.Equal(First, await cluster.OwnerOfAsync(idByFolder[Path.GetDirectoryName(named[0])!]));

        await cluster.KillAsync(1);
        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        Assert.All(writtenAt, file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
        Assert.All(Directory.EnumerateDirectories(paths.Spool), spool => Assert.Empty(Directory.GetFiles(spool, "*.part")));
        await AssertNothingWrongAsync(cluster, cohort);
        Facts.Say($"receiver killed between rename and answer while another node owned the study: {named.Length} files had their name, all were used as they were, {files.Count} files delivered");
    }

    [PostgresFact]
    public async Task Node_StoppedInTheMiddleOfAGroupOfTurns_DoesNotBlockItsTakeOver()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Studies);
        await using RunningCluster cluster = await RunningCluster.StartAsync(folder.Folder("cluster"), 2, cohort.ConfigureAsync);
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        await LateAsync(cohort, Lateness);
        Task caught = cluster.Networks[1].TrapAsync(piece => IsGroupOfTurns(piece.Span) ? piece.Length - Sync.Length : -1);
        Dictionary<StudyRequest, string> ids = await SubmitAsync(cluster, cohort);
        await caught.WaitAsync(Deadline);
        await cluster.Nodes[1].SignalAsync("STOP");
        Stopwatch takeOver = Stopwatch.StartNew();
        await RunningNode.UntilAsync(
            async () => await LocksOfAsync(cluster, Second) > 0, Deadline, () => "a group of turns that is open on the server and has locked its shards");

        await cluster.WaitForOwnersAsync(Deadline, First);
        TimeSpan taken = takeOver.Elapsed;
        Assert.Equal(0, await LocksOfAsync(cluster, Second));
        await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        cluster.Networks[1].Resume();
        await cluster.Nodes[1].SignalAsync("CONT");
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        await AssertNothingWrongAsync(cluster, cohort);
        Facts.Say(
            $"node stopped in the middle of a group of turns: all its shards were taken {taken.TotalSeconds:F1} s later with a lease of {ClusterFolder.LeaseSeconds} s, "
            + $"{files.Count} files delivered while it was stopped, no more after it woke");
    }

    [PostgresFact]
    public async Task ResultOfAZombie_ThatArrivesWhenOthersHaveDoneTheWork_ChangesNothing()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Studies);
        await using RunningCluster cluster = await RunningCluster.StartAsync(folder.Folder("cluster"), 2, cohort.ConfigureAsync);
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        await LateAsync(cohort, Lateness);
        string? zombie = null;
        Task caught = cluster.Networks[1].TrapAsync(piece =>
        {
            string text = Encoding.Latin1.GetString(piece.Span);
            zombie = FetchedResult().Match(text) is { Success: true } found ? found.Groups[1].Value : null;
            return zombie is null ? -1 : 0;
        });
        Dictionary<StudyRequest, string> ids = await SubmitAsync(cluster, cohort);
        await caught.WaitAsync(Deadline);
        await cluster.Nodes[1].SignalAsync("STOP");

        // Its result is on the way, and stays there until the others are done.
        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        string history = (await cluster.Nodes[0].StudyAsync(zombie!))["history"]!.ToJsonString();
        long dropped = await cluster.Nodes[0].MetricAsync("deid_mails_dropped_total");
        cluster.Networks[1].Resume();
        await RunningNode.UntilAsync(
            async () => await cluster.Nodes[0].MetricAsync("deid_mails_dropped_total") > dropped, Deadline, () => "the late result, seen and dropped");
        await cluster.Nodes[1].SignalAsync("CONT");
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        Assert.Equal(history, (await cluster.Nodes[0].StudyAsync(zombie!))["history"]!.ToJsonString());
        Assert.Equal(files, await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids));
        await AssertNothingWrongAsync(cluster, cohort);
        Facts.Say($"result of a node that was stopped beyond its lease, arriving {files.Count} delivered files later: seen, dropped, nothing changed");
    }

    [PostgresFact]
    public async Task PermitOfAStoppedNode_StaysCounted_UntilTheArchiveHasEndedItsAssociation()
    {
        await using KilledCohort cohort = await KilledCohort.StartAsync(Studies);
        await using RunningCluster cluster = await RunningCluster.StartAsync(folder.Folder("cluster"), 2, cohort.ConfigureAsync);
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        await LateAsync(cohort, TimeSpan.FromMilliseconds(ArchiveProcess.IdleTimeoutSeconds * 500));
        Dictionary<StudyRequest, string> ids = await SubmitAsync(cluster, cohort);
        IReadOnlyList<string> asking = [];
        await RunningNode.UntilAsync(
            async () => (asking = await cluster.RowsAsync(
                "SELECT name FROM deidcluster.study JOIN deidcluster.actor ON actor.actor = 'study/' || study_id JOIN deidcluster.shard USING (shard) "
                + "JOIN deidcluster.member ON incarnation = owner WHERE status IN ('Locating', 'Fetching') AND NOT wants_permit")).Contains(Second)
                && (await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.CountAsync()))).Sum(count => count.Open) == asking.Count,
            Deadline, () => "a study of the second node that has an association with an archive");
        await cluster.Nodes[1].SignalAsync("STOP");
        await LateAsync(cohort, Lateness);
        IReadOnlyDictionary<string, string> files = await cohort.FinishAsync(cluster.Nodes[0], cluster.Folders[0], ids);
        await cluster.Nodes[1].SignalAsync("CONT");
        await cluster.WaitForOwnersAsync(Deadline, First, Second);
        AssociationCount[] counts = await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.CountAsync()));
        Assert.True(counts.Sum(count => count.Idle) > 0, "no association was left behind: the test proves nothing");
        Assert.All(counts, count => Assert.InRange(count.Most, 1, ArchiveProcess.AssociationsMax));
        await AssertNothingWrongAsync(cluster, cohort);
        Facts.Say(
            $"node stopped while it asked: the archives ended {counts.Sum(count => count.Idle)} associations that it left, had at most "
            + $"{counts.Max(count => count.Most)} of {ArchiveProcess.AssociationsMax}, and refused none; {files.Count} files delivered while it was stopped");
    }

    public void Dispose() => folder.Dispose();

    private static bool IsGroupOfTurns(ReadOnlySpan<byte> piece) => piece.EndsWith(Sync) && piece.Count(Execute) >= 6;

    [GeneratedRegex("study/([0-9a-f]{32}).*study\\.report-fetched", RegexOptions.Singleline)]
    private static partial Regex FetchedResult();

    private static async Task<int> LocksOfAsync(RunningCluster cluster, string node) => (await cluster.RowsAsync(
        "SELECT pid::text FROM pg_locks JOIN pg_stat_activity USING (pid) JOIN deidcluster.member ON sessions = application_name "
        + $"WHERE relation = 'deidcluster.shard'::regclass AND mode = 'RowShareLock' AND pg_locks.granted AND name = '{node}'")).Count;

    private static async Task<Dictionary<StudyRequest, string>> SubmitAsync(RunningCluster cluster, KilledCohort cohort)
    {
        Dictionary<StudyRequest, string> ids = [];
        foreach ((StudyRequest request, string id) in cohort.Requests.Zip(await cluster.Nodes[0].SubmitAsync(cohort.Requests)))
        {
            ids.Add(request, id);
        }

        return ids;
    }

    private static Task LateAsync(KilledCohort cohort, TimeSpan lateness) => Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.BeLateAsync(lateness)));

    private static Task OperateAsync(RunningCluster cluster, KilledCohort cohort, string verb) =>
        Task.WhenAll(cohort.Archives.Select(archive => cluster.Nodes[0].OperateAsync(archive.Name, verb)));

    /// <summary>The store keeps its rules, no archive was asked by more than it bears, and no log names anybody.</summary>
    private async Task AssertNothingWrongAsync(RunningCluster cluster, KilledCohort cohort)
    {
        Assert.All(await cluster.StopAsync(), code => Assert.Equal(0, code));
        await using (PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = cluster.Server.ConnectionString }))
        {
            Assert.Empty(await store.VerifyAsync(CancellationToken.None));
        }

        AssociationCount[] counts = await Task.WhenAll(cohort.ArchiveProcesses.Select(archive => archive.CountAsync()));
        Assert.All(counts, count => Assert.Equal((0, 0), (count.Open, count.Refused)));
        PlantedIdentifiers planted = new(cohort.Studies, folder.File("planted.txt"));
        foreach (ClusterFolder node in cluster.Folders)
        {
            await planted.AssertNoneInAsync(node.Logs);
        }
    }
}
