using System.Collections.Concurrent;

namespace DeidCluster.Engine;

/// <summary>
/// The one loop that moves actors on this node: applies heartbeats, reads due mail of the shards it holds, computes one turn per
/// actor, commits the turns together, and only then shows their outcome. Since it is one loop, an actor never has two open turns.
/// </summary>
internal sealed class MailPump(
    IActorStore store, LeaseTrust trust, HeldShards held, LiveActors actors, TurnComputer computer, ShardKeeper shards, EffectRunner effects,
    ReplyWaiters replies, Signal wake, ActorSystemSettings settings, TimeProvider time, ClusterClock clock, EngineCounters counters)
{
    private const int MailsReadMax = 1_024;
    private const int RedecideMax = 8;

    private readonly ConcurrentQueue<RuleFailure> failures = new();
    private readonly Dictionary<ActorId, int> redecided = [];
    private readonly ConcurrentQueue<ActorId> unresolved = new();
    private readonly Dictionary<int, long> doubtful = []; // shard and token of commits whose answer was lost
    private volatile bool isSuspended;

    /// <summary>Sets an actor aside in the next round.</summary>
    public void Fail(RuleFailure failure)
    {
        failures.Enqueue(failure);
        wake.Raise();
    }

    /// <summary>Compares in the next round what runs for the actor with what the store says it waits for.</summary>
    public void Resume(ActorId actor)
    {
        unresolved.Enqueue(actor);
        wake.Raise();
    }

    /// <summary>The lease is lost or in doubt: the next round stops everything first.</summary>
    public void Suspend()
    {
        effects.Cancel(static _ => true);
        isSuspended = true;
        wake.Raise();
    }

    /// <summary>Works until <paramref name="stop"/>, which is looked at between rounds only; <paramref name="abort"/> breaks off the open round.</summary>
    public async Task RunAsync(Func<LeaseView?> latest, CancellationToken stop, CancellationToken abort)
    {
        int failed = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                bool worked = await RoundAsync(latest(), abort);
                failed = 0;
                if (!worked)
                {
                    await wake.WaitAsync(await IdleTimeAsync(abort), stop);
                }
            }
            catch (StoreUnavailableException)
            {
                counters.CountStoreFailure();
                failed++;
                settings.Notice?.Invoke(new EngineNotice(EngineNoticeKind.StoreUnavailable, settings.NodeName));
                await Task.Delay(Backoff.After(failed), time, stop);
            }
        }
    }

    /// <summary>One round; true when it had anything to do, so that the next follows at once.</summary>
    private async Task<bool> RoundAsync(LeaseView? latest, CancellationToken cancellation)
    {
        if (isSuspended)
        {
            isSuspended = false;
            shards.Suspend();
        }

        await shards.ApplyAsync(latest, cancellation);
        if (!trust.IsHeld)
        {
            return false;
        }

        await RenewAsync(cancellation);
        await shards.RecoverAsync(cancellation);
        await ResolveAsync(cancellation);
        IReadOnlyList<ComputedTurn> group = await ComputeAsync(cancellation);
        if (group.Count == 0)
        {
            return false;
        }

        await CommitAsync(group, cancellation);
        actors.Passivate();
        return true;
    }

    /// <summary>
    /// A commit whose answer was lost may have been carried out, or not, or may be carried out at any time from now on: to read what became of it would not
    /// help. The shards that it wrote to get new tokens, so that from then on it is refused, and all that is known of them is read anew.
    /// </summary>
    private async Task RenewAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(doubtful.Select(shard => shards.RenewAsync(shard.Key, shard.Value, cancellation)));
        doubtful.Clear();
    }

    /// <summary>What runs for an actor is compared with what the store says it waits for.</summary>
    private async Task ResolveAsync(CancellationToken cancellation)
    {
        while (unresolved.TryPeek(out ActorId actor))
        {
            await shards.ResumeAsync(actor, cancellation);
            unresolved.TryDequeue(out _);
        }
    }

    private async Task<IReadOnlyList<ComputedTurn>> ComputeAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = clock.Now;
        Dictionary<ActorId, Task<ComputedTurn>> group = [];
        foreach (RuleFailure failure in TakeFailures())
        {
            group.TryAdd(failure.Actor, computer.QuarantineAsync(failure, now, cancellation));
        }

        IReadOnlyList<int> ready = held.Ready;
        IReadOnlyList<Mail> due = ready.Count == 0 ? [] : await store.ReadDueMailAsync(ready, now, MailsReadMax, cancellation);
        foreach (IGrouping<ActorId, Mail> mail in due.GroupBy(letter => letter.To).Take(settings.TurnsPerGroupMax))
        {
            if (!group.ContainsKey(mail.Key) && held.Tokens.TryGetValue(mail.Key.Shard(store.ShardCount), out long token))
            {
                group.Add(mail.Key, computer.ComputeAsync(mail.Key, [.. mail], token, now, cancellation));
            }
        }

        return await Task.WhenAll(group.Values);
    }

    /// <summary>The failures whose actors are still ours; those of others are their new owner's to find.</summary>
    private List<RuleFailure> TakeFailures()
    {
        List<RuleFailure> taken = [];
        while (failures.TryDequeue(out RuleFailure? failure))
        {
            if (held.Holds(failure.Actor.Shard(store.ShardCount), failure.Token))
            {
                taken.Add(failure);
            }
        }

        return taken;
    }

    private async Task CommitAsync(IReadOnlyList<ComputedTurn> group, CancellationToken cancellation)
    {
        IReadOnlyList<TurnOutcome> outcomes;
        try
        {
            outcomes = await store.CommitAsync([.. group.Select(computed => computed.Turn)], cancellation);
        }
        catch (StoreUnavailableException)
        {
            foreach (Turn turn in group.Select(computed => computed.Turn))
            {
                doubtful[turn.Actor.Shard(store.ShardCount)] = turn.Token;
            }

            throw;
        }
        catch (Exception failure) when (TurnComputer.IsOwnMistake(failure))
        {
            await CommitApartAsync(group, failure, cancellation);
            return;
        }

        counters.CountCommit();
        foreach ((ComputedTurn computed, TurnOutcome outcome) in group.Zip(outcomes))
        {
            switch (outcome)
            {
                case TurnOutcome.Committed:
                    Show(computed);
                    break;
                case TurnOutcome.Fenced:
                    Fenced(computed.Turn);
                    break;
                default:
                    DecideAgain(computed.Turn, outcome);
                    break;
            }
        }
    }

    /// <summary>
    /// The store refused something in the group that is a mistake of an actor's rules, such as a row it has no table for: each turn is
    /// committed alone, and the actor of the one that fails again is set aside.
    /// </summary>
    private async Task CommitApartAsync(IReadOnlyList<ComputedTurn> group, Exception failure, CancellationToken cancellation)
    {
        if (group.Count > 1)
        {
            foreach (ComputedTurn computed in group)
            {
                await CommitAsync([computed], cancellation);
            }

            return;
        }

        Turn turn = group[0].Turn;
        if (turn.Quarantine is not null)
        {
            throw new InvalidOperationException("The store refuses to set an actor aside.", failure);
        }

        actors.Evict(turn.Actor);
        Fail(RuleFailure.Of(turn.Actor, turn.Token, turn.Consumed.FirstOrDefault(), failure));
    }

    /// <summary>The turn is durable: only now may anybody see it.</summary>
    private void Show(ComputedTurn computed)
    {
        Turn turn = computed.Turn;
        redecided.Remove(turn.Actor);
        counters.CountTurn(turn.Consumed.Count, computed.Dropped, turn.SetAside.Count);
        if (turn.SetAside.Count > 0)
        {
            settings.Notice?.Invoke(new EngineNotice(EngineNoticeKind.MailSetAside, turn.Actor.ToString()));
        }

        if (turn.Poison is { } poison)
        {
            counters.CountPoison();
            settings.Notice?.Invoke(new EngineNotice(EngineNoticeKind.MailPoisoned, turn.Actor.ToString(), $"{poison.ExceptionType} in {poison.Where}, tried {poison.Tries} times"));
            return;
        }

        if (turn.Quarantine is { } quarantine)
        {
            counters.CountQuarantine();
            settings.Notice?.Invoke(new EngineNotice(EngineNoticeKind.Quarantined, turn.Actor.ToString(), $"{quarantine.ExceptionType} in {quarantine.Where}"));
            actors.Evict(turn.Actor);
            effects.Reconcile(turn.Actor, turn.Token, null, null);
            return;
        }

        if (computed.Actor is { } actor)
        {
            actor.State = computed.State!;
            actor.Version = computed.VersionAfter;
            actor.SnapshotVersion = turn.Snapshot?.Version ?? actor.SnapshotVersion;
            effects.Reconcile(turn.Actor, turn.Token, computed.Next, computed.TraceParent);
        }

        foreach ((Guid mailId, MessageBody body) in turn.Replies)
        {
            replies.Deliver(mailId, body);
        }
    }

    private void Fenced(Turn turn)
    {
        counters.CountFenced();
        int shard = turn.Actor.Shard(store.ShardCount);
        if (held.Holds(shard, turn.Token))
        {
            shards.Drop(shard);
        }
    }

    /// <summary>Dropped from memory, it is loaded and what mail is still there is decided again, a bounded number of times.</summary>
    private void DecideAgain(Turn turn, TurnOutcome outcome)
    {
        counters.CountConflict();
        actors.Evict(turn.Actor);
        unresolved.Enqueue(turn.Actor);
        int times = redecided.GetValueOrDefault(turn.Actor) + 1;
        redecided[turn.Actor] = times;
        if (times >= RedecideMax)
        {
            redecided.Remove(turn.Actor);
            Fail(new RuleFailure(turn.Actor, turn.Token, turn.Consumed.FirstOrDefault(), outcome.ToString(), "turn"));
        }
    }

    private async Task<TimeSpan> IdleTimeAsync(CancellationToken cancellation)
    {
        IReadOnlyList<int> ready = held.Ready;
        if (ready.Count == 0 || !trust.IsHeld || await store.NextDueAsync(ready, cancellation) is not { } due)
        {
            return settings.PollInterval;
        }

        TimeSpan until = due - clock.Now;
        return until <= TimeSpan.Zero ? TimeSpan.Zero : until < settings.PollInterval ? until : settings.PollInterval;
    }
}
