using System.Collections.Concurrent;

namespace DeidCluster.Dicom;

/// <summary>
/// Where flushes wait for the disk: they block a thread for as long as a disk takes, and several at once are as fast as one. One runs on
/// its caller's thread, which saves two changes of thread; those beside it have threads of their own, so that the pool is never starved.
/// </summary>
internal sealed class SyncThreads
{
    /// <summary>More flushes at a time than this gain nothing; the next ones wait. Threads.</summary>
    private const int ThreadsMax = 16;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<(Action Work, TaskCompletionSource Done)> waiting = [];
    private int running;
    private int threads;
    private int idle;

    /// <summary>Runs <paramref name="work"/>; what it throws is thrown.</summary>
    public ValueTask RunAsync(Action work)
    {
        if (Interlocked.Increment(ref running) == 1)
        {
            try
            {
                work();
                return ValueTask.CompletedTask;
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }

        return new ValueTask(RunBesideAsync(work));
    }

    private async Task RunBesideAsync(Action work)
    {
        try
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((work, done));
            StartThreadWhenNeeded();
            await done.Task.ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private void StartThreadWhenNeeded()
    {
        if (Volatile.Read(ref idle) >= waiting.Count)
        {
            return;
        }

        if (Interlocked.Increment(ref threads) > ThreadsMax)
        {
            Interlocked.Decrement(ref threads);
            return;
        }

        new Thread(Work) { IsBackground = true, Name = "deid flush" }.Start();
    }

    private void Work()
    {
        do
        {
            Interlocked.Increment(ref idle);
            bool isWork = waiting.TryTake(out (Action Work, TaskCompletionSource Done) next, IdleTimeout);
            Interlocked.Decrement(ref idle);
            if (isWork)
            {
                Do(next.Work, next.Done);
                continue;
            }

            Interlocked.Decrement(ref threads);
            if (waiting.Count == 0)
            {
                return;
            }

            Interlocked.Increment(ref threads); // it came while we went
        }
        while (true);
    }

    private static void Do(Action work, TaskCompletionSource done)
    {
        try
        {
            work();
            done.SetResult();
        }
        catch (Exception fault)
        {
            done.SetException(fault); // the one who waits decides
        }
    }
}
