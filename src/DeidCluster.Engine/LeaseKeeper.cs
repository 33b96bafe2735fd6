namespace DeidCluster.Engine;

/// <summary>
/// Keeps this process a live member: joins, renews, and joins again as a new incarnation when its lease has run out. What a
/// heartbeat tells about shards is left in <see cref="Latest"/> for the pump.
/// </summary>
internal sealed class LeaseKeeper(
    IActorStore store, ActorSystemSettings settings, TimeProvider time, ClusterClock clock, LeaseTrust trust, Action onLost, Action onView, Action<EngineNotice> notice,
    EngineCounters counters)
{
    private const long WatchTicksMin = 10 * TimeSpan.TicksPerMillisecond;

    private readonly Signal hurry = new(time);
    private volatile LeaseView? latest;
    private volatile bool isDraining;
    private string? toldDraining;

    /// <summary>The incarnation and what its last good heartbeat told; null before the first.</summary>
    public LeaseView? Latest => latest;

    public async Task RunAsync(CancellationToken cancellation)
    {
        string? incarnation = null;
        int failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                incarnation = await BeatAsync(incarnation, cancellation);
                failures = 0;
                wait = incarnation is null ? TimeSpan.Zero : settings.HeartbeatInterval;
            }
            catch (StoreUnavailableException)
            {
                counters.CountStoreFailure();
                failures++;
                wait = TimeSpan.FromTicks(Math.Min(Backoff.After(failures).Ticks, settings.HeartbeatInterval.Ticks));
            }

            await hurry.WaitAsync(wait, cancellation);
        }
    }

    /// <summary>Tells the others that this member gives its shards back, with the next heartbeat, which is at once.</summary>
    public void Drain()
    {
        isDraining = true;
        hurry.Raise();
    }

    /// <summary>Beats at once: something has changed that the next heartbeat acts upon.</summary>
    public void Hurry() => hurry.Raise();

    /// <summary>Stops effects when the lease can no longer be trusted while heartbeats do not come through: a hanging store must not keep them going.</summary>
    public async Task WatchAsync(CancellationToken cancellation)
    {
        // At least twice within the margin, so that effects are told before the store gives their shards to others.
        TimeSpan interval = TimeSpan.FromTicks(Math.Max(WatchTicksMin, Math.Min(settings.HeartbeatInterval.Ticks, settings.LeaseMargin.Ticks / 2)));
        bool wasHeld = false;
        while (!cancellation.IsCancellationRequested)
        {
            bool isHeld = trust.IsHeld;
            if (wasHeld && !isHeld)
            {
                Lose();
            }

            wasHeld = isHeld;
            await Task.Delay(interval, time, cancellation);
        }
    }

    /// <summary>One heartbeat, after joining where there is no incarnation; null when the lease had run out.</summary>
    private async Task<string?> BeatAsync(string? incarnation, CancellationToken cancellation)
    {
        if (incarnation is null)
        {
            incarnation = settings.NewId(time.GetUtcNow()).ToString("n");
            await store.JoinAsync(new Member(incarnation, settings.NodeName, settings.Version), settings.LeaseTime, cancellation);
            notice(new EngineNotice(EngineNoticeKind.Joined, incarnation));
        }

        if (isDraining && toldDraining != incarnation)
        {
            await store.DrainAsync(incarnation, cancellation);
            toldDraining = incarnation;
        }

        long startedAt = time.GetTimestamp();
        MembershipView view = await store.HeartbeatAsync(incarnation, settings.LeaseTime, cancellation);
        if (view.Expired)
        {
            trust.Drop();
            Lose();
            return null;
        }

        trust.Renew(startedAt);
        clock.Set(view.Now);
        latest = new LeaseView(incarnation, view);
        onView();
        return incarnation;
    }

    private void Lose()
    {
        notice(new EngineNotice(EngineNoticeKind.LeaseLost, latest?.Incarnation ?? "-"));
        onLost();
    }
}

/// <summary>What one good heartbeat told this incarnation.</summary>
internal sealed record LeaseView(string Incarnation, MembershipView View);
