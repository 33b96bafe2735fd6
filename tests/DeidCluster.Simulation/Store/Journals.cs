using DeidCluster.Engine;

namespace DeidCluster.Simulation;

/// <summary>Journals, snapshots, and which actors have an effect pending.</summary>
internal sealed class Journals
{
    private readonly Dictionary<ActorId, List<JournalRow>> rows = [];
    private readonly Dictionary<ActorId, Snapshot> snapshots = [];
    private readonly SortedDictionary<int, SortedSet<string>> activeByShard = [];

    public IEnumerable<KeyValuePair<ActorId, List<JournalRow>>> All => rows;

    public IEnumerable<KeyValuePair<ActorId, Snapshot>> Snapshots => snapshots;

    public long Version(ActorId actor) => rows.TryGetValue(actor, out List<JournalRow>? journal) && journal.Count > 0 ? journal[^1].Version : 0;

    public IReadOnlyList<JournalRow> Of(ActorId actor) => rows.GetValueOrDefault(actor, []);

    public ActorHistory Load(ActorId actor)
    {
        Snapshot? snapshot = snapshots.GetValueOrDefault(actor);
        return new ActorHistory(snapshot, Read(actor, snapshot?.Version ?? 0, int.MaxValue));
    }

    /// <summary>Versions run without a gap from the first that is there, so a row's place tells its version.</summary>
    public IReadOnlyList<JournalRow> Read(ActorId actor, long afterVersion, int limit)
    {
        IReadOnlyList<JournalRow> journal = Of(actor);
        long before = journal.Count > 0 ? journal[0].Version - 1 : 0;
        int first = (int)Math.Clamp(afterVersion - before, 0, journal.Count);
        return [.. journal.Skip(first).Take(limit)];
    }

    public IEnumerable<ActorId> Active(int shard) =>
        activeByShard.TryGetValue(shard, out SortedSet<string>? actors) ? actors.Select(ActorId.Parse) : [];

    public void Append(ActorId actor, int shard, IReadOnlyList<JournalRow> events, bool active)
    {
        if (!rows.TryGetValue(actor, out List<JournalRow>? journal))
        {
            rows[actor] = journal = [];
        }

        journal.AddRange(events);
        if (!activeByShard.TryGetValue(shard, out SortedSet<string>? actors))
        {
            activeByShard[shard] = actors = new SortedSet<string>(StringComparer.Ordinal);
        }

        _ = active ? actors.Add(actor.ToString()) : actors.Remove(actor.ToString());
    }

    /// <summary>Deletes what was before <paramref name="start"/>.</summary>
    public void Forget(ActorId actor, long start)
    {
        rows[actor].RemoveAll(row => row.Version < start);
        if (snapshots.TryGetValue(actor, out Snapshot? snapshot) && snapshot.Version < start)
        {
            snapshots.Remove(actor);
        }
    }

    public void Keep(ActorId actor, Snapshot snapshot) => snapshots[actor] = snapshot;
}
