using DeidCluster.Engine;

namespace DeidCluster.Store.Tests;

/// <summary>The store as a reader of its contract imagines it: dictionaries, no time-outs, no concurrency.</summary>
internal sealed class StoreModel(int shardCount)
{
    private readonly Dictionary<int, long> tokens = Enumerable.Range(0, shardCount).ToDictionary(shard => shard, _ => 0L);
    private readonly List<Mail> mail = [];
    private readonly HashSet<Guid> receipts = [];
    private readonly Dictionary<ActorId, List<JournalRow>> journals = [];
    private readonly HashSet<ActorId> active = [];
    private readonly HashSet<ActorId> quarantined = [];

    public IReadOnlyCollection<Mail> Mail => mail;

    public long Token(int shard) => tokens[shard];

    public void Move(int shard, long token) => tokens[shard] = token;

    public long Version(ActorId actor) => Journal(actor).Count;

    public IReadOnlyList<JournalRow> Journal(ActorId actor) => journals.GetValueOrDefault(actor, []);

    public IEnumerable<ActorId> Active(int shard) => active.Where(actor => actor.Shard(shardCount) == shard && !quarantined.Contains(actor));

    public void Post(Mail letter)
    {
        if (!receipts.Contains(letter.Id) && mail.All(known => known.Id != letter.Id))
        {
            mail.Add(letter);
        }
    }

    public IEnumerable<Mail> Due(DateTimeOffset now) =>
        mail.Where(letter => letter.DueAt <= now && !quarantined.Contains(letter.To)).OrderBy(letter => letter.DueAt);

    public TurnOutcome Commit(Turn turn)
    {
        if (tokens[turn.Actor.Shard(shardCount)] != turn.Token)
        {
            return TurnOutcome.Fenced;
        }

        if (Version(turn.Actor) != turn.ExpectedVersion || turn.Consumed.Any(id => !mail.Any(letter => letter.Id == id && letter.To == turn.Actor)))
        {
            return TurnOutcome.Conflict;
        }

        receipts.UnionWith(mail.Where(letter => letter.Sender is null && turn.Consumed.Contains(letter.Id)).Select(letter => letter.Id));
        mail.RemoveAll(letter => turn.Consumed.Contains(letter.Id));
        if (turn.Quarantine is not null)
        {
            quarantined.Add(turn.Actor);
            return TurnOutcome.Committed;
        }

        journals[turn.Actor] = [.. Journal(turn.Actor), .. turn.Events];
        if (turn.Events.Count > 0)
        {
            _ = turn.Active ? active.Add(turn.Actor) : active.Remove(turn.Actor);
        }

        foreach (Mail letter in turn.Mail)
        {
            Post(letter);
        }

        return TurnOutcome.Committed;
    }

    public void ReleaseQuarantine(ActorId actor) => quarantined.Remove(actor);
}
