using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>A decision while it is being made: each event is folded at once, so that the rules that follow see what just happened.</summary>
internal sealed class Draft<TState>(TState state, Func<TState, IEvent, TState> evolve)
{
    private readonly List<IEvent> events = [];
    private readonly List<Send> sends = [];
    private readonly List<RowWrite> rows = [];

    /// <summary>The state after the events so far.</summary>
    public TState State { get; private set; } = state;

    /// <summary>True when something has happened.</summary>
    public bool Changed => events.Count > 0;

    public void Happens(IEvent happened)
    {
        events.Add(happened);
        State = evolve(State, happened);
    }

    public void Sends(ActorId to, ICommand command, DateTimeOffset? dueAt = null) => sends.Add(new Send(to, command, dueAt));

    public void Writes(RowWrite row) => rows.Add(row);

    public void Writes(IEnumerable<RowWrite> written) => rows.AddRange(written);

    public Decision Decision(object? reply = null) => new() { Events = events, Sends = sends, Rows = rows, Reply = reply };
}
