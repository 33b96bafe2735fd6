namespace DeidCluster.Engine;

/// <summary>
/// Carries out what a heartbeat calls for: claims, adopts, releases and drops shards, and starts again what was pending in those
/// that were taken. Called by the pump alone, between rounds, so that no turn is open meanwhile.
/// </summary>
internal sealed class ShardKeeper(
    IActorStore store, MessageTypes types, HeldShards held, LiveActors actors, EffectRunner effects, Action<RuleFailure> failed, Action<EngineNotice> notice)
{
    private LeaseView? applied;

    /// <summary>Applies the latest heartbeat once; another incarnation than before holds nothing yet.</summary>
    public async Task ApplyAsync(LeaseView? latest, CancellationToken cancellation)
    {
        if (latest is null || latest == applied)
        {
            return;
        }

        if (latest.Incarnation != applied?.Incarnation)
        {
            DropAll();
        }

        applied = latest;
        ShardPlan plan = ShardPlan.For(latest.View, latest.Incarnation, held.Tokens, held.Seen);
        foreach (int shard in plan.Lost)
        {
            Drop(shard);
        }

        foreach (ShardRow row in plan.Adopt)
        {
            held.Take(row.Shard, row.Token);
        }

        await ClaimAsync(latest.Incarnation, plan.Claim, cancellation);
        await ReleaseAsync(latest.Incarnation, [.. plan.Release.Where(row => effects.MayRelease(row.Shard))], cancellation);
    }

    /// <summary>Starts the effects again that were pending in shards just taken.</summary>
    public async Task RecoverAsync(CancellationToken cancellation) =>
        await Task.WhenAll(held.Recovering.Select(shard => RecoverAsync(shard, cancellation)));

    /// <summary>
    /// Gives the shard a new token if <paramref name="token"/> is still its own, so that nothing sent under that one is carried out any more. Nothing runs in it
    /// meanwhile; it is recovered like any that was taken.
    /// </summary>
    public async Task RenewAsync(int shard, long token, CancellationToken cancellation)
    {
        if (applied is null || (held.Tokens.TryGetValue(shard, out long now) && now != token))
        {
            return;
        }

        held.Drop(shard);
        Forget(shard);
        if (await store.ReleaseShardAsync(applied.Incarnation, shard, token, cancellation))
        {
            await ClaimAsync(applied.Incarnation, [new ShardRow(shard, null, token + 1)], cancellation);
        }
    }

    /// <summary>Compares what runs for <paramref name="actor"/> with what the store says it waits for.</summary>
    public async Task ResumeAsync(ActorId actor, CancellationToken cancellation)
    {
        int shard = actor.Shard(store.ShardCount);
        if (!held.Tokens.TryGetValue(shard, out long token) || actors.KindOf(actor) is not { } kind)
        {
            return;
        }

        try
        {
            LiveActor live = await actors.GetAsync(actor, kind, cancellation);
            effects.Reconcile(actor, token, kind.Next(live.State), null);
        }
        catch (UnknownEventException newer)
        {
            // Its effect is a newer node's to run; its mail is set aside as it comes.
            notice(new EngineNotice(EngineNoticeKind.NewerRelease, actor.ToString(), newer.Kind));
        }
        catch (Exception failure) when (TurnComputer.IsOwnMistake(failure))
        {
            failed(RuleFailure.Of(actor, token, Guid.Empty, failure));
        }
    }

    /// <summary>The store says that the shard is not ours: forget everything of it.</summary>
    public void Drop(int shard)
    {
        held.Drop(shard);
        Forget(shard);
        notice(new EngineNotice(EngineNoticeKind.ShardLost, $"shard {shard}"));
    }

    /// <summary>The lease cannot be trusted: nothing runs, nothing is remembered; what is still ours later is recovered anew.</summary>
    public void Suspend()
    {
        effects.Cancel(static _ => true);
        actors.Clear();
        foreach ((int shard, long token) in held.Tokens)
        {
            held.Take(shard, token);
        }
    }

    private void DropAll()
    {
        effects.Cancel(static _ => true);
        actors.Clear();
        held.Clear();
    }

    private async Task ClaimAsync(string incarnation, IReadOnlyList<ShardRow> rows, CancellationToken cancellation)
    {
        foreach (ShardRow row in rows)
        {
            held.See(row.Shard, row.Token);
        }

        long?[] tokens = await Task.WhenAll(rows.Select(row => store.ClaimShardAsync(incarnation, row.Shard, row.Token, cancellation)));
        foreach ((ShardRow row, long? token) in rows.Zip(tokens))
        {
            if (token is not null)
            {
                held.Take(row.Shard, token.Value);
                notice(new EngineNotice(EngineNoticeKind.ShardClaimed, $"shard {row.Shard} token {token}"));
            }
        }
    }

    private async Task ReleaseAsync(string incarnation, IReadOnlyList<ShardRow> rows, CancellationToken cancellation)
    {
        foreach (ShardRow row in rows)
        {
            held.Drop(row.Shard);
            Forget(row.Shard);
        }

        bool[] released = await Task.WhenAll(rows.Select(row => store.ReleaseShardAsync(incarnation, row.Shard, row.Token, cancellation)));
        foreach ((ShardRow row, _) in rows.Zip(released).Where(pair => pair.Second))
        {
            held.See(row.Shard, row.Token + 1);
            notice(new EngineNotice(EngineNoticeKind.ShardReleased, $"shard {row.Shard} token {row.Token}"));
        }
    }

    private async Task RecoverAsync(int shard, CancellationToken cancellation)
    {
        await store.RestoreMailAsync(shard, types.Kinds, cancellation);
        foreach (ActorId actor in await store.ReadActiveAsync(shard, cancellation))
        {
            await ResumeAsync(actor, cancellation);
        }

        held.Recovered(shard);
    }

    private void Forget(int shard)
    {
        effects.Cancel(actor => actor.Shard(store.ShardCount) == shard);
        actors.EvictShard(shard);
    }
}
