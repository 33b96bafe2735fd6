using System.Collections.Concurrent;
using System.Text;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

/// <summary>What was acknowledged is there after a power cut at any moment, whatever order the flushes of several writers take.</summary>
public class GroupSyncTests
{
    private const int OrdersMax = 400;
    private const int SeededRuns = 300;
    private const int SeededRunsFull = 20_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static bool IsFull => Environment.GetEnvironmentVariable("DEID_FULL") == "1";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Write_EveryOrderOfTheFlushesOfAFewWriters_KeepsWhatWasAcknowledged(int writers)
    {
        List<int> choices = [];
        int orders = 0;
        int ordersMax = IsFull ? int.MaxValue : OrdersMax;
        do
        {
            List<int> alternatives = [];
            await RunAsync(writers, _ => "/out", pending =>
            {
                int at = alternatives.Count;
                alternatives.Add(pending);
                if (at == choices.Count)
                {
                    choices.Add(0);
                }

                return choices[at];
            }, warm: true);
            orders++;
            while (choices.Count > 0 && choices[^1] + 1 >= alternatives[choices.Count - 1])
            {
                choices.RemoveAt(choices.Count - 1);
            }

            if (choices.Count > 0)
            {
                choices[^1]++;
            }
        }
        while (choices.Count > 0 && orders < ordersMax);
        Facts.Say($"group sync: {orders} orders of {writers} writers, a power cut after each step, nothing acknowledged was lost");
        Assert.True(orders >= (writers == 1 ? 1 : 10));
    }

    [Fact]
    public async Task Write_ManyWritersIntoNewFolders_InSeededOrders_KeepsWhatWasAcknowledged()
    {
        int runs = IsFull ? SeededRunsFull : SeededRuns;
        for (int seed = 0; seed < runs; seed++)
        {
            Random random = new(seed);
            try
            {
                await RunAsync(2 + seed % 7, writer => $"/out/{writer % 3}/{writer % 2}", random.Next, warm: false);
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException($"seed {seed}", fault);
            }
        }
    }

    [Fact]
    public async Task SyncFolder_ManyWaitWhileTwoRun_ShareTheNextFlush()
    {
        SimulatedDisk disk = new();
        disk.MakeFolder("/out");
        GroupSync sync = new(disk, disk.RunAsync);
        Task[] all = [.. Enumerable.Range(0, 9).Select(_ => sync.SyncFolderAsync("/out").AsTask())];
        Assert.Equal(2, disk.Pending);
        Assert.Equal(7, sync.Waiting);
        disk.Step(1);
        disk.Step(1);
        await all[1].WaitAsync(Deadline);
        Assert.True(SpinWait.SpinUntil(() => disk.Pending == 2, Deadline));
        Assert.Equal(6, sync.Waiting);
        Assert.DoesNotContain(all[2..], task => task.IsCompleted);
        disk.Step(1);
        disk.Step(1);
        await Task.WhenAll(all[1..]).WaitAsync(Deadline);
        Assert.False(all[0].IsCompleted);
        disk.Step(0);
        disk.Step(0);
        await all[0].WaitAsync(Deadline);
        Assert.Equal(3, disk.FolderFlushes);
        Assert.Equal(0, sync.Waiting);
    }

    [Fact]
    public async Task SyncFolder_Fails_FailsForAllWhoShareIt_AndNotForTheNext()
    {
        int flushes = 0;
        TaskCompletionSource first = new();
        GroupSync sync = new(new SimulatedDisk(), async _ =>
        {
            int number = ++flushes;
            await first.Task;
            if (number == 3)
            {
                throw new IOException("a device error");
            }
        });
        Task[] all = [.. Enumerable.Range(0, 5).Select(_ => sync.SyncFolderAsync("/").AsTask())];
        first.SetResult();
        await Task.WhenAll(all[..2]).WaitAsync(Deadline);
        foreach (Task shared in all[2..])
        {
            await Assert.ThrowsAsync<IOException>(() => shared.WaitAsync(Deadline));
        }

        await sync.SyncFolderAsync("/").AsTask().WaitAsync(Deadline);
        Assert.Equal(4, flushes);
    }

    [Fact]
    public async Task Publish_FolderWasRemovedSinceItWasMet_IsMadeAnew()
    {
        using TestFolder folder = new();
        GroupSync sync = new(new LinuxFiles());
        for (int time = 0; time < 2; time++)
        {
            await DurableFile.WriteAsync(sync, folder.File("t"), folder.File("a/b/f"), (file, ct) => file.WriteAsync("x"u8.ToArray(), ct).AsTask(), default);
            Assert.True(File.Exists(folder.File("a/b/f")));
            Directory.Delete(folder.File("a"), recursive: true);
        }
    }

    [Fact]
    public async Task Write_ManyAtOnceOnARealDisk_AreAllThere_AndShareFlushes()
    {
        using TestFolder folder = new();
        ScriptedFiles files = new();
        GroupSync sync = new(files);
        byte[] content = new byte[3000];
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, ct) =>
            await DurableFile.WriteAsync(sync, folder.File($"{number}.part"), folder.File($"{number}.dcm"), (file, cancel) => file.WriteAsync(content, cancel).AsTask(), ct));
        Assert.Equal(200, Directory.GetFiles(folder.Path, "*.dcm").Length);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.part"));
        int flushes = files.Operations.Count(operation => operation == "sync folder");
        Facts.Say($"group sync: 200 files by 16 writers took {flushes} flushes of their folder");
        Assert.InRange(flushes, 1, 200);
    }

    /// <summary>Lets writers write one file each; after each step the power might go.</summary>
    private static async Task RunAsync(int writers, Func<int, string> folderOf, Func<int, int> choose, bool warm)
    {
        SimulatedDisk disk = new();
        foreach (string folder in new[] { "/spool", "/out" })
        {
            disk.MakeFolder(folder);
        }

        GroupSync sync = new(disk, disk.RunAsync);
        if (warm)
        {
            Task publishing = WriteAsync(sync, "/out", 99);
            while (!publishing.IsCompleted)
            {
                Assert.True(SpinWait.SpinUntil(() => disk.Pending > 0 || publishing.IsCompleted, Deadline));
                StepIfAny(disk, 0);
            }

            await publishing;
        }
        else
        {
            disk.SyncNow("/");
        }

        ConcurrentBag<string> acknowledged = [];
        Task[] writing = [.. Enumerable.Range(0, writers).Select(async writer =>
        {
            string path = await WriteAsync(sync, folderOf(writer), writer);
            acknowledged.Add(path);
        })];
        while (!writing.All(task => task.IsCompleted))
        {
            // Everybody waits for a step, or has ended; when folders are made, some wait unseen and the next step is taken as soon as there is one.
            Assert.True(SpinWait.SpinUntil(
                () => disk.Pending > 0 && (!warm || disk.Pending + sync.Waiting + writing.Count(task => task.IsCompleted) == writers) || writing.All(task => task.IsCompleted), Deadline));
            StepIfAny(disk, disk.Pending > 0 ? choose(disk.Pending) : 0);
            foreach (string path in acknowledged)
            {
                Assert.Equal(Content(path), disk.AfterPowerCut(path));
            }

            Assert.False(disk.HasHalfFile(".dcm"));
        }

        await Task.WhenAll(writing);
        Assert.Equal(writers, acknowledged.Count);
        Assert.All(acknowledged, path => Assert.Equal(Content(path), disk.AfterPowerCut(path)));
    }

    private static void StepIfAny(SimulatedDisk disk, int number)
    {
        if (disk.Pending > number)
        {
            disk.Step(number);
        }
    }

    private static async Task<string> WriteAsync(GroupSync sync, string folder, int writer)
    {
        string path = $"{folder}/{writer}.dcm";
        await DurableFile.WriteAsync(
            sync, $"/spool/{writer}.part", path, (file, ct) => file.WriteAsync(Encoding.ASCII.GetBytes(Content(path)), ct).AsTask(), CancellationToken.None);
        return path;
    }

    private static string Content(string path) => $"the bytes of {path}";
}
