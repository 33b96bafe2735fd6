using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>A project's supervisor or an archive's guard, a clock, and who waits: given the state, when a command, then what it sends.</summary>
internal sealed class Guard<TState>(IDecider<TState> decider, ActorId id) where TState : class
{
    private long version;

    /// <summary>A Saturday at eight in the morning, until it is moved.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    public TState State { get; private set; } = decider.Initial(id);

    public IReadOnlyList<Send> Sends { get; private set; } = [];

    public IReadOnlyList<IEvent> Events { get; private set; } = [];

    /// <summary>Events of all decisions.</summary>
    public List<IEvent> AllEvents { get; } = [];

    public object? Reply { get; private set; }

    public IndexQuery? Asked { get; private set; }

    /// <summary>The one row that shows the state in the index.</summary>
    public RowWrite Row => decider.Project(State)[0];

    public Guard<TState> When(ICommand command, params string[] waiting) =>
        When(command, [.. waiting.Select(study => new StudyRow { StudyId = study, Project = "lung", Status = StudyStatus.Queued })]);

    public Guard<TState> When(ICommand command, IEnumerable<StudyRow> waiting) => WhenAsked(command, [.. waiting]);

    /// <summary>Decides with these rows as the answer of the index.</summary>
    public Guard<TState> WhenAsked(ICommand command, params object[] rows)
    {
        Asked = decider.Ask(State, command);
        Decision decision = decider.Decide(State, command, new TurnContext(id, version, Now, rows));
        foreach (IEvent happened in decision.Events)
        {
            State = decider.Evolve(State, happened);
            version++;
            AllEvents.Add(happened);
        }

        (Sends, Reply, Events) = (decision.Sends, decision.Reply, decision.Events);
        return this;
    }

    public IEnumerable<string> To<T>() => Sends.Where(send => send.Command is T).Select(send => send.To.ToString());
}
