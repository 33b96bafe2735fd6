namespace DeidCluster.Dicom.Tests.Files;

public class SyncThreadsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Run_SomeAreHeldByTheDisk_OthersGoOn()
    {
        const int Held = 4;
        SyncThreads threads = new();
        using SemaphoreSlim disk = new(0);
        using CountdownEvent waiting = new(Held);
        Task[] held = [.. Enumerable.Range(0, Held).Select(_ => Task.Factory.StartNew(
            () => threads.RunAsync(() =>
            {
                waiting.Signal();
                Assert.True(disk.Wait(Deadline));
            }).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
        Assert.True(waiting.Wait(Deadline));
        await threads.RunAsync(() => { }).AsTask().WaitAsync(Deadline);
        Assert.DoesNotContain(held, task => task.IsCompleted);
        disk.Release(Held);
        await Task.WhenAll(held).WaitAsync(Deadline);
    }

    [Fact]
    public async Task Run_MoreCallersThanThreads_AllHaveTheirTurn_ThoughEachComesAgainAtOnce()
    {
        const int Callers = 40;
        const int Turns = 50;
        SyncThreads threads = new();
        int done = 0;
        await Parallel.ForAsync(0, Callers, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (_, _) =>
        {
            for (int turn = 0; turn < Turns; turn++)
            {
                await threads.RunAsync(() => Interlocked.Increment(ref done)).ConfigureAwait(false); // what follows goes on in the flush's thread
            }
        }).WaitAsync(Deadline);
        Assert.Equal(Callers * Turns, done);
    }

    [Fact]
    public async Task Run_Fails_TellsItsOwnCallerOnly()
    {
        SyncThreads threads = new();
        Task[] all = [.. Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
            await threads.RunAsync(() => _ = number % 2 == 0 ? number : throw new IOException($"{number}"))))];
        for (int number = 0; number < all.Length; number++)
        {
            if (number % 2 == 0)
            {
                await all[number].WaitAsync(Deadline);
            }
            else
            {
                IOException fault = await Assert.ThrowsAsync<IOException>(() => all[number].WaitAsync(Deadline));
                Assert.Equal($"{number}", fault.Message);
            }
        }
    }
}
