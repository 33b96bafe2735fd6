using DeidCluster.Engine;

namespace DeidCluster.Simulation;

/// <summary>Mail by shard in order of due time, then of arrival; replies; receipts of what came from outside; and who is set aside.</summary>
internal sealed class Mailboxes(int shardCount, TimeSpan replyRetention)
{
    private readonly Dictionary<Guid, Entry> all = [];
    private readonly SortedSet<Entry>[] waiting = [.. Enumerable.Range(0, shardCount).Select(_ => new SortedSet<Entry>())];
    private readonly SortedSet<Entry>[] urgent = [.. Enumerable.Range(0, shardCount).Select(_ => new SortedSet<Entry>())];
    private readonly SortedDictionary<string, QuarantinedActor> quarantined = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, MessageBody?> answers = [];
    private readonly Queue<(DateTimeOffset ExpiresAt, Guid MailId)> expiring = [];
    private readonly Dictionary<Guid, PoisonedMail> poisoned = [];
    private long arrivals;

    private enum Aside
    {
        No,
        UnknownKind,
        Quarantine,
        Poison,
    }

    /// <summary>All mail that is not consumed.</summary>
    public IEnumerable<Mail> All => all.Values.Select(entry => entry.Mail);

    public int Count => all.Count;

    public void Post(Mail mail)
    {
        if (all.ContainsKey(mail.Id) || answers.ContainsKey(mail.Id))
        {
            return;
        }

        Entry entry = new(mail, mail.To.Shard(shardCount), arrivals++) { Aside = IsQuarantined(mail.To) ? Aside.Quarantine : Aside.No };
        all.Add(mail.Id, entry);
        if (entry.Aside == Aside.No)
        {
            LaneOf(entry).Add(entry);
        }
    }

    public IReadOnlyList<Mail> Due(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit)
    {
        IEnumerable<Mail> first = Due(urgent, shards, now, limit);
        return [.. first.Concat(Due(waiting, shards, now, limit)).Take(limit)];
    }

    public DateTimeOffset? NextDue(IReadOnlyCollection<int> shards)
    {
        DateTimeOffset? next = null;
        foreach (int shard in shards)
        {
            foreach (Entry? first in new[] { urgent[shard].Min, waiting[shard].Min })
            {
                if (first is not null && (next is null || first.Mail.DueAt < next))
                {
                    next = first.Mail.DueAt;
                }
            }
        }

        return next;
    }

    /// <summary>True when the mail is there and for this actor, set aside or not.</summary>
    public bool Has(Guid id, ActorId actor) => all.TryGetValue(id, out Entry? entry) && entry.Mail.To == actor;

    /// <summary>True when it is there and not set aside.</summary>
    public bool Waits(Guid id, ActorId actor) => Has(id, actor) && all[id].Aside == Aside.No;

    public void Consume(Guid id, DateTimeOffset now)
    {
        Entry entry = all[id];
        all.Remove(id);
        LaneOf(entry).Remove(entry);
        if (entry.Mail.Sender is null && answers.TryAdd(id, null))
        {
            expiring.Enqueue((now + replyRetention, id));
        }
    }

    public void SetAside(Guid id) => Put(all[id], Aside.UnknownKind);

    public int Restore(int shard, IReadOnlyCollection<string> knownKinds)
    {
        List<Entry> back = [.. all.Values.Where(entry => entry.Aside == Aside.UnknownKind && entry.Shard == shard && knownKinds.Contains(entry.Mail.Body.Kind))];
        back.ForEach(entry => Put(entry, Aside.No));
        return back.Count;
    }

    public void Poison(ActorId actor, Poison poison)
    {
        Put(all[poison.MailId], Aside.Poison);
        poisoned[poison.MailId] = new PoisonedMail(actor, all[poison.MailId].Mail.Body.Kind, poison, null);
    }

    public IReadOnlyList<PoisonedMail> Poisoned(bool withVerdicts, int limit) => withVerdicts
        ? [.. poisoned.Values.OrderByDescending(one => one.Poison.At).ThenBy(one => one.Poison.MailId.ToString(), StringComparer.Ordinal).Take(limit)]
        : [.. poisoned.Values.Where(one => one.Verdict is null).OrderBy(one => one.Poison.At).ThenBy(one => one.Poison.MailId.ToString(), StringComparer.Ordinal).Take(limit)];

    public MessageBody? PoisonBody(Guid mailId) => all.TryGetValue(mailId, out Entry? entry) && entry.Aside == Aside.Poison ? entry.Mail.Body : null;

    public bool Judge(Guid mailId, PoisonVerdict verdict)
    {
        if (PoisonBody(mailId) is null)
        {
            return false;
        }

        poisoned[mailId] = poisoned[mailId] with { Verdict = verdict };
        Put(all[mailId], Aside.No);
        if (verdict.IsDropped)
        {
            LaneOf(all[mailId]).Remove(all[mailId]);
            all.Remove(mailId);
        }

        return true;
    }

    public bool IsQuarantined(ActorId actor) => quarantined.ContainsKey(actor.ToString());

    public void Quarantine(ActorId actor, Quarantine why)
    {
        quarantined.TryAdd(actor.ToString(), new QuarantinedActor(actor, why));
        foreach (Entry entry in all.Values.Where(entry => entry.Mail.To == actor && entry.Aside == Aside.No).ToList())
        {
            Put(entry, Aside.Quarantine);
        }
    }

    public IReadOnlyList<QuarantinedActor> Quarantined(int limit) => [.. quarantined.Values.OrderByDescending(one => one.Quarantine.At).Take(limit)];

    public bool ReleaseQuarantine(ActorId actor)
    {
        if (!quarantined.Remove(actor.ToString()))
        {
            return false;
        }

        foreach (Entry entry in all.Values.Where(entry => entry.Mail.To == actor && entry.Aside == Aside.Quarantine).ToList())
        {
            Put(entry, Aside.No);
        }

        return true;
    }

    public void Answer(Guid mailId, MessageBody body, DateTimeOffset now)
    {
        if (!answers.ContainsKey(mailId))
        {
            expiring.Enqueue((now + replyRetention, mailId));
        }

        answers[mailId] = body;
    }

    public MessageBody? Reply(Guid mailId) => answers.GetValueOrDefault(mailId);

    public void Expire(DateTimeOffset now)
    {
        while (expiring.TryPeek(out (DateTimeOffset ExpiresAt, Guid MailId) first) && first.ExpiresAt <= now)
        {
            expiring.Dequeue();
            answers.Remove(first.MailId);
        }
    }

    private static List<Mail> Due(SortedSet<Entry>[] lanes, IReadOnlyCollection<int> shards, DateTimeOffset now, int limit)
    {
        List<Entry> due = [.. shards.SelectMany(shard => lanes[shard].TakeWhile(entry => entry.Mail.DueAt <= now).Take(limit))];
        due.Sort();
        return [.. due.Take(limit).Select(entry => entry.Mail)];
    }

    private SortedSet<Entry> LaneOf(Entry entry) => (entry.Mail.Urgent ? urgent : waiting)[entry.Shard];

    private void Put(Entry entry, Aside aside)
    {
        entry.Aside = aside;
        _ = aside == Aside.No ? LaneOf(entry).Add(entry) : LaneOf(entry).Remove(entry);
    }

    private sealed class Entry(Mail mail, int shard, long arrival) : IComparable<Entry>
    {
        public Mail Mail { get; } = mail;

        public int Shard { get; } = shard;

        public Aside Aside { get; set; }

        private long Arrival { get; } = arrival;

        public int CompareTo(Entry? other)
        {
            int byTime = Mail.DueAt.CompareTo(other!.Mail.DueAt);
            return byTime != 0 ? byTime : Arrival.CompareTo(other.Arrival);
        }
    }
}
