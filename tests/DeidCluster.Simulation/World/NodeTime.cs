namespace DeidCluster.Simulation;

/// <summary>
/// The clocks of one process: a monotonic one that is true, a wall clock that may be wrong and may jump, and timers, which fire as tasks of
/// the process: never while it is stopped.
/// </summary>
public sealed class NodeTime(EventLoop loop, NodeScheduler scheduler, Func<TimeSpan> skew) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => loop.Now + skew();

    /// <inheritdoc/>
    public override long GetTimestamp() => loop.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(loop, scheduler, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(EventLoop loop, NodeScheduler scheduler, Action fire) : ITimer
    {
        private long setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            long mine = ++setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                loop.After(dueTime, () => Fire(mine, period));
            }

            return true;
        }

        public void Dispose() => setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(long mine, TimeSpan period)
        {
            if (mine != setting || scheduler.IsDead)
            {
                return;
            }

            scheduler.Post(() =>
            {
                if (mine == setting)
                {
                    fire();
                }
            });
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
            {
                loop.After(period, () => Fire(mine, period));
            }
        }
    }
}
