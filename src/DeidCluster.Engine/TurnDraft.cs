namespace DeidCluster.Engine;

/// <summary>A turn while its mail is worked through: the state so far and everything that is to be written.</summary>
internal sealed class TurnDraft(LiveActor actor, long token, DateTimeOffset now, MessageTypes types, Func<DateTimeOffset, Guid> newId)
{
    private readonly List<JournalRow> events = [];
    private readonly List<Mail> outgoing = [];
    private readonly List<(Guid, MessageBody)> replies = [];
    private readonly List<RowWrite> rows = [];
    private readonly Dictionary<IndexQuery, IReadOnlyList<object>> answers = [];
    private long version = actor.Version;
    private int dropped;
    private long? historyStart;
    private string? traceParent;

    public LiveActor Actor { get; } = actor;

    public object State { get; private set; } = actor.State;

    public List<Guid> Consumed { get; } = [];

    public List<Guid> SetAside { get; } = [];

    public bool IsEmpty => Consumed.Count + SetAside.Count == 0;

    /// <summary>The answer to <paramref name="query"/>; the store is asked the same but once a turn, since a guard asks for its line with every mail.</summary>
    public async Task<IReadOnlyList<object>> AskAsync(IndexQuery query, IActorStore store, CancellationToken cancellation)
    {
        if (!answers.TryGetValue(query, out IReadOnlyList<object>? rows))
        {
            answers.Add(query, rows = await store.AskAsync(query, cancellation));
        }

        return rows;
    }

    public TurnContext Context(IReadOnlyList<object> asked) => new(Actor.Id, version, now, asked, token);

    /// <summary>True when the state waits for exactly this attempt.</summary>
    public bool Awaits(EffectId effect) =>
        effect.Actor == Actor.Id && effect.Token == token && Actor.Kind.Next(State) is { } next && next.Version == effect.Version;

    public void Drop(Mail letter)
    {
        Consumed.Add(letter.Id);
        dropped++;
    }

    /// <summary>Takes a decision over, as a whole: when a rule throws in the middle of it, the draft is as before.</summary>
    public void Apply(Mail letter, Decision decision, string? trace)
    {
        object state = State;
        List<JournalRow> happened = [];
        foreach (IEvent one in decision.Events)
        {
            state = Actor.Kind.Evolve(state, one);
            happened.Add(new JournalRow(version + happened.Count + 1, types.Write(one), now, token, letter.Id));
        }

        List<Mail> sent = [.. decision.Sends.Select(send =>
            new Mail(newId(now), send.To, types.Write(send.Command), send.DueAt ?? now, Actor.Id, TraceParent: trace))];
        MessageBody? reply = letter.WantsReply && decision.Reply is not null ? types.Write(decision.Reply) : null;

        int start = decision.Events.ToList().FindLastIndex(one => one is IHistoryStart);
        historyStart = start < 0 ? historyStart : version + start + 1;
        State = state;
        version += happened.Count;
        traceParent = trace;
        Consumed.Add(letter.Id);
        events.AddRange(happened);
        outgoing.AddRange(sent);
        rows.AddRange(decision.Rows);
        if (reply is not null)
        {
            replies.Add((letter.Id, reply));
        }
    }

    public ComputedTurn Finish(int snapshotEveryEvents)
    {
        if (events.Count > 0)
        {
            rows.AddRange(Actor.Kind.Project(State));
        }

        EffectRequest? next = Actor.Kind.Next(State);
        Turn turn = new()
        {
            Actor = Actor.Id,
            Token = token,
            ExpectedVersion = Actor.Version,
            Consumed = Consumed,
            SetAside = SetAside,
            Events = events,
            HistoryStart = historyStart,
            Snapshot = version - Actor.SnapshotVersion >= snapshotEveryEvents
                ? new Snapshot(version, Actor.Kind.StateSchema, Actor.Kind.WriteState(State))
                : null,
            Mail = outgoing,
            Replies = replies,
            Rows = rows,
            Active = next is not null,
        };
        return new ComputedTurn(Actor, turn, State, next, dropped, traceParent);
    }
}
