namespace DeidCluster.Engine;

/// <summary>
/// The time of the cluster, which is the store's: what the latest good heartbeat told, carried on by the monotonic clock. A node whose own wall
/// clock is wrong, or jumps, neither delays mail nor ends a wait early. Never goes back. The node's own clock before the
/// first heartbeat; what is posted then waits for it (<see cref="ToldAsync"/>).
/// </summary>
internal sealed class ClusterClock(TimeProvider time, TaskScheduler scheduler)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource first = new();
    private (DateTimeOffset Now, long At)? told;
    private DateTimeOffset latest;

    /// <summary>The store's clock showed <paramref name="now"/> a moment ago.</summary>
    public void Set(DateTimeOffset now)
    {
        lock (gate)
        {
            if (told is null)
            {
                // Not here: who waits would go on inside the heartbeat.
                Task.Factory.StartNew(first.SetResult, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
            }

            told = (now, time.GetTimestamp());
        }
    }

    /// <summary>Returns when the store's clock is known. A <see cref="StoreUnavailableException"/> when that takes longer than <paramref name="limit"/>.</summary>
    public async Task ToldAsync(TimeSpan limit, CancellationToken cancellation)
    {
        try
        {
            await first.Task.WaitAsync(limit, time, cancellation);
        }
        catch (TimeoutException late)
        {
            throw new StoreUnavailableException("this node has not joined yet", late);
        }
    }

    /// <summary>Now, to the microsecond, as the store keeps it: a replayed event has the very time that its turn had.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (gate)
            {
                if (told is not { } set)
                {
                    return Micro(time.GetUtcNow());
                }

                DateTimeOffset now = Micro(set.Now + time.GetElapsedTime(set.At));
                return latest = now > latest ? now : latest;
            }
        }
    }

    private static DateTimeOffset Micro(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));
}
