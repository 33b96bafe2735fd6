using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>
/// Hosts actors of one node on the store: takes its share of the shards, turns their mail into committed turns, and runs the effects
/// that their states wait for. Any number of these, in one process or many, work on one store.
/// </summary>
public sealed class ActorSystem : IAsyncDisposable
{
    private readonly IActorStore store;
    private readonly MessageTypes types;
    private readonly ActorSystemSettings settings;
    private readonly TimeProvider time;
    private readonly HeldShards held = new();
    private readonly ClusterClock clock;
    private readonly LeaseTrust trust;
    private readonly Signal wake;
    private readonly ReplyWaiters replies = new();
    private readonly EffectRunner effects;
    private readonly LeaseKeeper lease;
    private readonly MailPump pump;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource abort = new();
    private Task? running;
    private IDisposable? woken;

    /// <summary>Prepares a host; <see cref="Start"/> makes it a member. The store is the caller's to dispose of.</summary>
    public ActorSystem(
        IActorStore store, MessageTypes types, IEnumerable<ActorKind> kinds, IEnumerable<IEffectHandler> handlers, ActorSystemSettings settings,
        TimeProvider? time = null)
    {
        this.store = store;
        this.types = types;
        this.settings = settings;
        this.time = time ?? TimeProvider.System;
        trust = new LeaseTrust(this.time, settings.LeaseTime, settings.LeaseMargin);
        clock = new ClusterClock(this.time, settings.Scheduler);
        wake = new Signal(this.time);
        LiveActors actors = new(store, types, kinds.ToDictionary(kind => kind.Name), settings, this.time);
        effects = new EffectRunner(
            store, types, handlers.ToDictionary(handler => handler.Kind), settings, this.time, clock, MayAct, wake.Raise, FailEffect, Counters);
        ShardKeeper shards = new(store, types, held, actors, effects, failure => pump!.Fail(failure), Notice);
        TurnComputer computer = new(store, types, actors, settings, Counters);
        pump = new MailPump(store, trust, held, actors, computer, shards, effects, replies, wake, settings, this.time, clock, Counters);
        lease = new LeaseKeeper(store, settings, this.time, clock, trust, pump.Suspend, wake.Raise, Notice, Counters);
    }

    /// <summary>What this node has done since it started.</summary>
    public EngineCounters Counters { get; } = new();

    /// <summary>Effects that run, or wait for a place, on this node.</summary>
    public IReadOnlyList<RunningEffect> EffectsRunning => effects.Running;

    /// <summary>How many shards this node holds.</summary>
    public int ShardsHeld => held.Tokens.Count;

    /// <summary>True while the lease is trusted and everything that was pending in its shards has been taken up.</summary>
    public bool IsReady => !IsDraining && trust.IsHeld && held.Tokens.Count > 0 && held.Recovering.Count == 0;

    /// <summary>Live members as of the last good heartbeat, this one included.</summary>
    public IReadOnlyList<string> LiveMembers => lease.Latest?.View.LiveMembers ?? [];

    /// <summary>Ends when the host has stopped; fails when one of its loops met a mistake of our own, after which the process should end.</summary>
    public Task Completion => running ?? Task.CompletedTask;

    /// <summary>Joins and begins to work; returns at once. The store may be away for now.</summary>
    public void Start()
    {
        if (running is not null)
        {
            throw new InvalidOperationException("An actor system is started once.");
        }

        woken = store.WakeOnMail(wake.Raise);
        running = RunAsync();
    }

    /// <summary>True once it was told to drain.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>
    /// Gives the work to the others: starts no further effect, lets those that run end until <paramref name="deadline"/> and has their outcome taken, and gives each
    /// shard back as soon as nothing runs in it. What does not end in time is cancelled, which burns no attempt. Returns when no shard is held any
    /// more, or when the store cannot be told in time; <see cref="StopAsync"/> follows.
    /// </summary>
    public async Task DrainAsync(TimeSpan deadline, CancellationToken cancellation)
    {
        if (running is null || stop.IsCancellationRequested || IsDraining)
        {
            return;
        }

        IsDraining = true;
        Notice(new EngineNotice(EngineNoticeKind.Draining, settings.NodeName));
        effects.Drain();
        lease.Drain();
        long startedAt = time.GetTimestamp();
        bool isOverdue = false;
        while (held.Tokens.Count > 0 && !running.IsCompleted)
        {
            TimeSpan spent = time.GetElapsedTime(startedAt);
            if (spent >= deadline && !isOverdue)
            {
                isOverdue = true;
                effects.EndDrain();
            }

            if (spent >= deadline + settings.StopGrace)
            {
                break;
            }

            lease.Hurry();
            await Task.Delay(settings.PollInterval, time, cancellation);
        }

        Notice(new EngineNotice(EngineNoticeKind.Drained, settings.NodeName));
    }

    /// <summary>Stops taking mail, cancels effects (which burns no attempt), and leaves, so that others take over at once.</summary>
    public async Task StopAsync()
    {
        if (running is null || stop.IsCancellationRequested)
        {
            return;
        }

        await settings.Scheduler.CancelAsync(stop);
        using ITimer grace = time.CreateTimer(_ => settings.Scheduler.CancelAsync(abort), null, settings.StopGrace, Timeout.InfiniteTimeSpan);
        await Task.WhenAny(running);
        if (!await effects.StopAsync(settings.StopGrace))
        {
            Notice(new EngineNotice(EngineNoticeKind.EffectStuck, settings.NodeName));
        }

        woken?.Dispose();
        trust.Drop();
        held.Clear();
        if (lease.Latest is { } latest)
        {
            try
            {
                await store.LeaveAsync(latest.Incarnation, abort.Token);
            }
            catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
            {
                // The lease runs out by itself.
                Counters.CountStoreFailure();
            }
        }
    }

    /// <summary>Puts a command into an actor's mailbox; durable when it returns. The id of the mail.</summary>
    public async Task<Guid> PostAsync(ActorId to, ICommand command, CancellationToken cancellation)
    {
        Mail mail = await NewMailAsync(to, command, wantsReply: false, cancellation);
        await store.PostAsync([mail], cancellation);
        wake.Raise();
        return mail.Id;
    }

    /// <summary>Puts several commands into mailboxes at once, all or none.</summary>
    public async Task PostAsync(IReadOnlyList<(ActorId To, ICommand Command)> commands, CancellationToken cancellation)
    {
        List<Mail> mail = [];
        foreach ((ActorId to, ICommand command) in commands)
        {
            mail.Add(await NewMailAsync(to, command, wantsReply: false, cancellation));
        }

        await store.PostAsync(mail, cancellation);
        wake.Raise();
    }

    /// <summary>
    /// Puts a command into an actor's mailbox and waits for the reply that its turn committed, on whatever node that was. Null when there
    /// was none within <paramref name="timeout"/>: the command is accepted all the same.
    /// </summary>
    public async Task<TReply?> AskAsync<TReply>(ActorId to, ICommand command, TimeSpan timeout, CancellationToken cancellation) where TReply : class
    {
        Mail mail = await NewMailAsync(to, command, wantsReply: true, cancellation);
        Task<MessageBody> local = replies.Expect(mail.Id);
        try
        {
            await store.PostAsync([mail], cancellation);
            wake.Raise();
            return await AwaitReplyAsync(mail.Id, local, timeout, cancellation) is { } body ? (TReply)types.Read(body) : null;
        }
        finally
        {
            replies.Forget(mail.Id);
        }
    }

    /// <summary>Lets a quarantined actor go on; false when it was not quarantined.</summary>
    public async Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation)
    {
        bool wasQuarantined = await store.ReleaseQuarantineAsync(actor, cancellation);
        pump.Resume(actor);
        return wasQuarantined;
    }

    /// <summary>Stops, if that was not done.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
        abort.Dispose();
    }

    private async Task RunAsync()
    {
        Task[] loops =
        [
            settings.Scheduler.Run(() => lease.RunAsync(stop.Token)),
            settings.Scheduler.Run(() => lease.WatchAsync(stop.Token)),
            settings.Scheduler.Run(() => pump.RunAsync(() => lease.Latest, stop.Token, abort.Token)),
        ];
        Task first = await Task.WhenAny(loops);
        // One loop does not go on without the others: without heartbeats there are no turns.
        await settings.Scheduler.CancelAsync(stop);
        try
        {
            await Task.WhenAll(loops);
        }
        catch (OperationCanceledException) when (!first.IsFaulted)
        {
            // This is how the loops end when they are told to.
        }
    }

    private async Task<MessageBody?> AwaitReplyAsync(Guid mailId, Task<MessageBody> local, TimeSpan timeout, CancellationToken cancellation)
    {
        long startedAt = time.GetTimestamp();
        Task told = local.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, settings.Scheduler);
        while (true)
        {
            TimeSpan left = timeout - time.GetElapsedTime(startedAt);
            TimeSpan step = left < settings.PollInterval ? left : settings.PollInterval;
            if (step > TimeSpan.Zero)
            {
                using CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                await Task.WhenAny(told, Task.Delay(step, time, timer.Token));
                await settings.Scheduler.CancelAsync(timer);
                cancellation.ThrowIfCancellationRequested();
            }

            MessageBody? body = local.IsCompletedSuccessfully ? await local : await store.ReadReplyAsync(mailId, cancellation);
            if (body is not null || left <= TimeSpan.Zero)
            {
                return body;
            }
        }
    }

    private async Task<Mail> NewMailAsync(ActorId to, ICommand command, bool wantsReply, CancellationToken cancellation)
    {
        if (running is not null)
        {
            await clock.ToldAsync(settings.LeaseTime, cancellation);
        }

        return new Mail(settings.NewId(time.GetUtcNow()), to, types.Write(command), clock.Now, WantsReply: wantsReply, TraceParent: Activity.Current?.Id, Urgent: command is IUrgentCommand);
    }

    private bool MayAct(EffectId effect) => trust.IsHeld && held.Holds(effect.Actor.Shard(store.ShardCount), effect.Token);

    private void FailEffect(EffectId effect, Exception failure) =>
        pump.Fail(RuleFailure.Of(effect.Actor, effect.Token, Guid.Empty, failure));

    private void Notice(EngineNotice notice) => settings.Notice?.Invoke(notice);
}
