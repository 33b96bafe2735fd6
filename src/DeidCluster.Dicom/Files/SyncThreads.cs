namespace DeidCluster.Dicom;

/// <summary>
/// Where flushes wait for the disk: they block a thread for as long as a disk takes, and several at once are as fast as one. One runs on
/// its caller's thread; those beside it have threads of their own, so that the pool is never starved, and what follows such a flush goes on there
/// until it waits for something else. Nobody changes threads, or spins, without need: with small instances that costs as much as the disk.
/// </summary>
internal sealed class SyncThreads
{
    /// <summary>More flushes at a time than this gain nothing; the next ones wait. Threads.</summary>
    private const int ThreadsMax = 16;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    /// <summary>True on a thread of ours, which may block.</summary>
    [ThreadStatic]
    private static bool isOurs;

    private readonly object gate = new(); // a monitor, because threads wait on it
    private readonly Queue<(Action Work, TaskCompletionSource Done)> waiting = [];
    private int queued;
    private int onCallers;
    private int threads;
    private int idle;

    /// <summary>Runs <paramref name="work"/>; what it throws is thrown.</summary>
    public ValueTask RunAsync(Action work)
    {
        if (isOurs && Volatile.Read(ref queued) == 0)
        {
            work(); // nobody waits for this thread
            return ValueTask.CompletedTask;
        }

        if (isOurs || Interlocked.CompareExchange(ref onCallers, 1, 0) != 0)
        {
            return new ValueTask(Queue(work));
        }

        try
        {
            work();
            return ValueTask.CompletedTask;
        }
        finally
        {
            Volatile.Write(ref onCallers, 0);
        }
    }

    private Task Queue(Action work)
    {
        TaskCompletionSource done = new(); // what waits for it goes on in our thread
        lock (gate)
        {
            waiting.Enqueue((work, done));
            queued = waiting.Count;
            if (idle >= waiting.Count)
            {
                Monitor.Pulse(gate);
            }
            else if (threads < ThreadsMax)
            {
                threads++;
                new Thread(Work) { IsBackground = true, Name = "deid flush" }.Start();
            }
        }

        return done.Task;
    }

    private void Work()
    {
        isOurs = true;
        while (Next() is (Action work, TaskCompletionSource done))
        {
            try
            {
                work();
            }
            catch (Exception fault)
            {
                done.SetException(fault); // the one who waits decides
                continue;
            }

            done.SetResult();
        }
    }

    /// <summary>What to do next; null when nothing came for a while, and the thread ends.</summary>
    private (Action Work, TaskCompletionSource Done)? Next()
    {
        lock (gate)
        {
            while (waiting.Count == 0)
            {
                idle++;
                bool isWork = Monitor.Wait(gate, IdleTimeout);
                idle--;
                if (!isWork && waiting.Count == 0)
                {
                    threads--;
                    return null;
                }
            }

            (Action Work, TaskCompletionSource Done) next = waiting.Dequeue();
            queued = waiting.Count;
            return next;
        }
    }
}
