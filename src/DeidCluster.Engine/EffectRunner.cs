using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>
/// Runs what actors wait for: one effect per actor, bounded per kind. An outcome becomes durable mail; a cancelled effect leaves
/// nothing. Called by the pump; effects themselves run on the scheduler of the settings.
/// </summary>
internal sealed class EffectRunner(
    IActorStore store, MessageTypes types, IReadOnlyDictionary<string, IEffectHandler> handlers, ActorSystemSettings settings, TimeProvider time, ClusterClock clock,
    Func<EffectId, bool> lease, Action posted, Action<EffectId, Exception> failed, EngineCounters counters)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ActorId, Attempt> attempts = [];
    private readonly Dictionary<ActorId, Task> ending = [];
    private readonly Dictionary<string, EffectPlaces> places = handlers.Keys.ToDictionary(
        kind => kind, kind => new EffectPlaces(settings.EffectsMax.GetValueOrDefault(kind, settings.EffectsMaxDefault)));

    private volatile bool isDraining;
    private volatile bool isOverdue;

    /// <summary>True when nothing runs for actors of the shard, and no outcome waits for their turn; or when the time for that is over.</summary>
    public bool MayRelease(int shard)
    {
        lock (gate)
        {
            return !isDraining || isOverdue || attempts.Keys.All(actor => actor.Shard(store.ShardCount) != shard);
        }
    }

    /// <summary>Starts nothing more; what waits for a place is left to the next owner at once, what runs may end.</summary>
    public void Drain()
    {
        lock (gate)
        {
            isDraining = true;
            foreach (Attempt attempt in attempts.Values.Where(attempt => attempt.IsWaiting).ToList())
            {
                Cancel(attempt);
            }
        }
    }

    /// <summary>What still runs is left to the next owner too.</summary>
    public void EndDrain()
    {
        isOverdue = true;
        Cancel(static _ => true);
    }

    public IReadOnlyList<RunningEffect> Running
    {
        get
        {
            lock (gate)
            {
                return [.. attempts.Values.Where(attempt => !attempt.IsDone).Select(attempt => new RunningEffect(attempt.Id, attempt.Request.Kind, attempt.Since, attempt.IsWaiting))];
            }
        }
    }

    /// <summary>Makes what runs for <paramref name="actor"/> be what its state waits for: nothing when <paramref name="next"/> is null.</summary>
    public void Reconcile(ActorId actor, long token, EffectRequest? next, string? traceParent)
    {
        lock (gate)
        {
            EffectId? wanted = next is null ? null : new EffectId(actor, next.Version, token);
            if (attempts.TryGetValue(actor, out Attempt? attempt))
            {
                if (attempt.Id == wanted)
                {
                    return;
                }

                Cancel(attempt);
            }

            if (next is not null && !isDraining)
            {
                Start(new Attempt(wanted!.Value, next, traceParent, time.GetUtcNow()));
            }
        }
    }

    /// <summary>Stops the effects of actors for which <paramref name="which"/> is true.</summary>
    public void Cancel(Func<ActorId, bool> which)
    {
        lock (gate)
        {
            foreach (Attempt attempt in attempts.Values.Where(attempt => which(attempt.Id.Actor)).ToList())
            {
                Cancel(attempt);
            }
        }
    }

    /// <summary>Stops all effects and waits for them to end; false when some did not in time.</summary>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        Cancel(_ => true);
        Task all;
        lock (gate)
        {
            all = Task.WhenAll(ending.Values);
        }

        using CancellationTokenSource timer = new();
        Task first = await Task.WhenAny(all, Task.Delay(grace, time, timer.Token));
        await settings.Scheduler.CancelAsync(timer);
        return first == all;
    }

    private void Start(Attempt attempt)
    {
        ActorId actor = attempt.Id.Actor;
        Task before = ending.GetValueOrDefault(actor, Task.CompletedTask);
        attempts[actor] = attempt;
        Task run = settings.Scheduler.Run(() => RunAsync(attempt, before));
        ending[actor] = run;
        _ = run.ContinueWith(_ => Ended(attempt, run), CancellationToken.None, TaskContinuationOptions.None, settings.Scheduler);
    }

    private void Cancel(Attempt attempt)
    {
        attempts.Remove(attempt.Id.Actor);
        // Not Cancel: it would run the handler's continuations here, under the lock.
        _ = settings.Scheduler.CancelAsync(attempt.Stop);
    }

    private void Ended(Attempt attempt, Task run)
    {
        lock (gate)
        {
            if (ending.GetValueOrDefault(attempt.Id.Actor) == run)
            {
                ending.Remove(attempt.Id.Actor);
            }
        }
    }

    /// <summary>
    /// One attempt. It begins when the attempt before it, of the same actor, has really ended: two never work on one study at once. It
    /// stays in the list of running ones until its outcome was taken by the actor's turn, so that nothing starts it twice.
    /// </summary>
    private async Task RunAsync(Attempt attempt, Task before)
    {
        await before;
        CancellationToken cancellation = attempt.Stop.Token;
        using Activity? span = EngineTracing.StartEffect(attempt.Id.Actor, attempt.Request.Kind, attempt.TraceParent);
        EffectCounters counts = counters.Effect(attempt.Request.Kind);
        try
        {
            if (!handlers.TryGetValue(attempt.Request.Kind, out IEffectHandler? handler))
            {
                throw new InvalidOperationException($"No handler is registered for effects of kind {attempt.Request.Kind}.");
            }

            EffectPlaces place = places[attempt.Request.Kind];
            await place.EnterAsync(cancellation);
            try
            {
                attempt.IsWaiting = false;
                counts.CountStarted();
                ICommand outcome = await HandleInTimeAsync(handler, attempt, cancellation);
                await PostAsync(attempt, outcome, cancellation);
                attempt.IsDone = true;
                counts.CountFinished();
            }
            finally
            {
                place.Leave();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            counts.CountCancelled();
        }
        catch (Exception failure)
        {
            // The effect's edge: whatever a handler did not turn into an outcome is our own mistake.
            failed(attempt.Id, failure);
        }
    }

    /// <summary>The outcome, within the time of its kind; an attempt that is stopped for that has really ended before anybody hears of it.</summary>
    private async Task<ICommand> HandleInTimeAsync(IEffectHandler handler, Attempt attempt, CancellationToken cancellation)
    {
        TimeSpan limit = settings.EffectTimes.GetValueOrDefault(attempt.Request.Kind, settings.EffectTimeDefault);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using ITimer timer = time.CreateTimer(
            _ =>
            {
                settings.Notice?.Invoke(new EngineNotice(EngineNoticeKind.EffectTimedOut, attempt.Id.Actor.ToString(), attempt.Request.Kind));
                _ = settings.Scheduler.CancelAsync(over);
            },
            null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            return await HandleAsync(handler, attempt, over.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            counters.Effect(attempt.Request.Kind).CountTimedOut();
            return handler.TimedOut(attempt.Request, limit);
        }
    }

    private async Task<ICommand> HandleAsync(IEffectHandler handler, Attempt attempt, CancellationToken cancellation)
    {
        EffectContext context = new(attempt.Id, (command, stop) => PostAsync(attempt, command, stop), () => lease(attempt.Id));
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await handler.RunAsync(attempt.Request, context, cancellation);
            }
            catch (StoreUnavailableException)
            {
                counters.CountStoreFailure();
                await Task.Delay(Backoff.After(failures), time, cancellation);
            }
        }
    }

    /// <summary>Durable mail from the effect to its actor; tried until the store takes it or the effect is cancelled.</summary>
    private async Task PostAsync(Attempt attempt, ICommand command, CancellationToken cancellation)
    {
        Mail mail = new(settings.NewId(time.GetUtcNow()), attempt.Id.Actor, types.Write(command), clock.Now, Effect: attempt.Id,
            TraceParent: Activity.Current?.Id ?? attempt.TraceParent);
        for (int failures = 1; ; failures++)
        {
            try
            {
                await store.PostAsync([mail], cancellation);
                posted();
                return;
            }
            catch (StoreUnavailableException)
            {
                counters.CountStoreFailure();
                await Task.Delay(Backoff.After(failures), time, cancellation);
            }
        }
    }

    private sealed class Attempt(EffectId id, EffectRequest request, string? traceParent, DateTimeOffset since)
    {
        public EffectId Id { get; } = id;

        public EffectRequest Request { get; } = request;

        public string? TraceParent { get; } = traceParent;

        public DateTimeOffset Since { get; } = since;

        public CancellationTokenSource Stop { get; } = new();

        public volatile bool IsWaiting = true;

        public volatile bool IsDone;
    }
}
