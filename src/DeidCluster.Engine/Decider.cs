namespace DeidCluster.Engine;

/// <summary>A message that asks an actor to do something. Named in the imperative, registered in <see cref="MessageTypes"/>, written as JSON.</summary>
public interface ICommand;

/// <summary>
/// A command that is read before other mail, whatever waits: a person's word that stops or re-orders work. For few and small ones that come from outside:
/// order is kept among urgent mail and among other mail, not between them.
/// </summary>
public interface IUrgentCommand : ICommand;

/// <summary>Something that happened to an actor. Named in the past, never changed once released, kept in the journal.</summary>
public interface IEvent;

/// <summary>
/// An event that tells the whole state by itself: the state after it is the same whatever was before. The turn that appends it deletes the
/// journal and the snapshot before it, and the actor is replayed from it. How retention forgets, and the only way in which a journal is ever cut.
/// </summary>
public interface IHistoryStart : IEvent;

/// <summary>One row that a turn writes beside the journal (an index row, ledger rows, a claim). What rows exist is the domain's affair.</summary>
public abstract record RowWrite;

/// <summary>One declared, bounded question to the index, asked by the host before a turn so that <c>Decide</c> can stay pure.</summary>
public abstract record IndexQuery;

/// <summary>
/// The rules of one kind of actor: the whole of them, pure. No clock, no I/O, no async, no randomness; what a rule needs to know
/// arrives in the state, the command or the <see cref="TurnContext"/>. The same inputs give the same outputs on every node, for ever.
/// </summary>
public interface IDecider<TState> where TState : class
{
    /// <summary>The state of an actor that nothing has happened to.</summary>
    TState Initial(ActorId id);

    /// <summary>What must be asked of the index before <paramref name="command"/> can be decided; null for nothing.</summary>
    IndexQuery? Ask(TState state, ICommand command);

    /// <summary>What happens, what is sent and what is answered when <paramref name="command"/> meets <paramref name="state"/>.</summary>
    Decision Decide(TState state, ICommand command, TurnContext context);

    /// <summary>The state after <paramref name="happened"/>. Accepts every event that any release has written.</summary>
    TState Evolve(TState state, IEvent happened);

    /// <summary>The effect that this state is waiting for, or null. Recovery is: replay, then this.</summary>
    EffectRequest? Next(TState state);

    /// <summary>The rows that show <paramref name="state"/> in the index; written in each turn that had events.</summary>
    IReadOnlyList<RowWrite> Project(TState state);
}

/// <summary>What the host knows when a turn begins.</summary>
/// <param name="Self">The actor whose turn it is.</param>
/// <param name="Version">The version that the next event will have is this plus one.</param>
/// <param name="Now">The time of the turn.</param>
/// <param name="Rows">The answer to <see cref="IDecider{TState}.Ask"/>; empty when nothing was asked.</param>
/// <param name="Token">The fencing token of the turn: another one than before means that the actor has moved, and that what it had running elsewhere may not have ended yet.</param>
public sealed record TurnContext(ActorId Self, long Version, DateTimeOffset Now, IReadOnlyList<object> Rows, long Token = 0);

/// <summary>What one command brings about; all of it is committed in one transaction or nothing is.</summary>
public sealed record Decision
{
    /// <summary>Nothing happens and nobody is told.</summary>
    public static readonly Decision Nothing = new();

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<IEvent> Events { get; init; } = [];

    /// <summary>Mail to other actors, or to oneself at a later time.</summary>
    public IReadOnlyList<Send> Sends { get; init; } = [];

    /// <summary>The answer to whoever asked; registered in <see cref="MessageTypes"/>. Null when none is owed.</summary>
    public object? Reply { get; init; }

    /// <summary>Rows beside the index row: ledger rows, claims.</summary>
    public IReadOnlyList<RowWrite> Rows { get; init; } = [];
}

/// <summary>Mail to <paramref name="To"/>; with <paramref name="DueAt"/> it is not seen before that time, which makes timers that survive a crash.</summary>
public sealed record Send(ActorId To, ICommand Command, DateTimeOffset? DueAt = null);

/// <summary>
/// Work outside the actor that its state is waiting for. <paramref name="Version"/> is the journal version of the event that made it
/// necessary: together with actor and fencing token it is the effect's identity, and a result for any other effect is dropped.
/// </summary>
/// <param name="Kind">The name under which its handler is registered, e.g. "fetch".</param>
/// <param name="Version">The version that started it.</param>
/// <param name="Parameters">What the handler needs, immutable.</param>
public sealed record EffectRequest(string Kind, long Version, object Parameters);

/// <summary>Identifies one attempt at one effect, on one holder of the shard.</summary>
public readonly record struct EffectId(ActorId Actor, long Version, long Token);
