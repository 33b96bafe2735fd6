using System.Collections.Concurrent;

namespace DeidCluster.Engine;

/// <summary>The actors in memory: loads them by snapshot and journal, and passivates what is idle or too much.</summary>
internal sealed class LiveActors(
    IActorStore store, MessageTypes types, IReadOnlyDictionary<string, ActorKind> kinds, ActorSystemSettings settings, TimeProvider time)
{
    private const int JournalPageRows = 1_000;

    private readonly ConcurrentDictionary<ActorId, LiveActor> live = new();

    public int Count => live.Count;

    public ActorKind? KindOf(ActorId actor) => kinds.GetValueOrDefault(actor.Kind);

    /// <summary>The actor as the store has it. Throws what its own rules throw while they replay.</summary>
    public async Task<LiveActor> GetAsync(ActorId id, ActorKind kind, CancellationToken cancellation)
    {
        if (!live.TryGetValue(id, out LiveActor? actor))
        {
            actor = await LoadAsync(id, kind, cancellation);
            live[id] = actor;
        }

        actor.UsedAt = time.GetTimestamp();
        return actor;
    }

    public void Evict(ActorId id) => live.TryRemove(id, out _);

    public void EvictShard(int shard)
    {
        foreach (LiveActor actor in live.Values.Where(actor => actor.Shard == shard))
        {
            Evict(actor.Id);
        }
    }

    public void Clear() => live.Clear();

    /// <summary>Passivates actors that were idle for long, and the longest idle ones beyond the limit.</summary>
    public void Passivate()
    {
        foreach (LiveActor actor in live.Values.Where(actor => time.GetElapsedTime(actor.UsedAt) >= settings.PassivateAfter))
        {
            Evict(actor.Id);
        }

        if (live.Count > settings.ActorsCachedMax)
        {
            // A quarter at once, so that the sorting is paid for rarely.
            int surplus = live.Count - (settings.ActorsCachedMax * 3 / 4);
            foreach (LiveActor actor in live.Values.OrderBy(actor => actor.UsedAt).ThenBy(actor => actor.Id.Key, StringComparer.Ordinal).Take(surplus))
            {
                Evict(actor.Id);
            }
        }
    }

    private async Task<LiveActor> LoadAsync(ActorId id, ActorKind kind, CancellationToken cancellation)
    {
        ActorHistory history = await store.LoadAsync(id, cancellation);
        object state = kind.Initial(id);
        long version = 0, snapshotVersion = 0;
        if (history.Snapshot is { } snapshot)
        {
            if (snapshot.Schema == kind.StateSchema)
            {
                state = kind.ReadState(snapshot.Json);
                version = snapshotVersion = snapshot.Version;
            }
            else
            {
                (state, version) = await ReplayAsync(id, kind, state, snapshot.Version, cancellation);
            }
        }

        (state, version) = Replay(kind, state, version, history.Events);
        return new LiveActor(id, id.Shard(store.ShardCount), kind, state, version, snapshotVersion);
    }

    /// <summary>The state at <paramref name="until"/>, from the journal alone: the snapshot is of a schema that this release does not read.</summary>
    private async Task<(object State, long Version)> ReplayAsync(ActorId id, ActorKind kind, object state, long until, CancellationToken cancellation)
    {
        long version = 0;
        while (version < until)
        {
            IReadOnlyList<JournalRow> rows = await store.ReadJournalAsync(id, version, (int)Math.Min(JournalPageRows, until - version), cancellation);
            if (rows.Count == 0)
            {
                throw new InvalidOperationException($"The journal ends at version {version}, before its snapshot at {until}.");
            }

            (state, version) = Replay(kind, state, version, rows);
        }

        return (state, version);
    }

    private (object State, long Version) Replay(ActorKind kind, object state, long version, IReadOnlyList<JournalRow> rows)
    {
        foreach (JournalRow row in rows)
        {
            IEvent happened = types.Knows(row.Body.Kind) ? (IEvent)types.Read(row.Body) : throw new UnknownEventException(row.Body.Kind);
            if (row.Version != version + 1 && !(version == 0 && happened is IHistoryStart))
            {
                throw new InvalidOperationException($"The journal goes from version {version} to {row.Version}.");
            }

            state = kind.Evolve(state, happened);
            version = row.Version;
        }

        return (state, version);
    }
}
