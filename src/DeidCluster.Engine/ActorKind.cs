namespace DeidCluster.Engine;

/// <summary>One registered kind of actor: its name in ids, and the rules that all its actors follow.</summary>
public abstract class ActorKind
{
    private protected ActorKind(string name, string stateSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(stateSchema);
        Name = name;
        StateSchema = stateSchema;
    }

    /// <summary>The kind in <see cref="ActorId.Kind"/>.</summary>
    public string Name { get; }

    /// <summary>Names the shape of the state in snapshots; a snapshot of another schema is ignored and the journal replayed.</summary>
    public string StateSchema { get; }

    internal abstract object Initial(ActorId id);

    internal abstract IndexQuery? Ask(object state, ICommand command);

    internal abstract Decision Decide(object state, ICommand command, TurnContext context);

    internal abstract object Evolve(object state, IEvent happened);

    internal abstract EffectRequest? Next(object state);

    internal abstract IReadOnlyList<RowWrite> Project(object state);

    internal abstract string WriteState(object state);

    internal abstract object ReadState(string json);
}

/// <summary>A kind of actor whose rules are <paramref name="decider"/>.</summary>
public sealed class ActorKind<TState>(string name, IDecider<TState> decider, string stateSchema) : ActorKind(name, stateSchema)
    where TState : class
{
    internal override object Initial(ActorId id) => decider.Initial(id);

    internal override IndexQuery? Ask(object state, ICommand command) => decider.Ask((TState)state, command);

    internal override Decision Decide(object state, ICommand command, TurnContext context) => decider.Decide((TState)state, command, context);

    internal override object Evolve(object state, IEvent happened) => decider.Evolve((TState)state, happened);

    internal override EffectRequest? Next(object state) => decider.Next((TState)state);

    internal override IReadOnlyList<RowWrite> Project(object state) => decider.Project((TState)state);

    internal override string WriteState(object state) => MessageTypes.WriteState((TState)state);

    internal override object ReadState(string json) => MessageTypes.ReadState<TState>(json);
}
