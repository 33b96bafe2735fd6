using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>
/// Computes an actor's turn from its mail, in memory. Whatever the actor's own rules throw ends in a quarantine turn for this actor
/// alone; failures of the store pass through.
/// </summary>
internal sealed class TurnComputer(IActorStore store, MessageTypes types, LiveActors actors, ActorSystemSettings settings)
{
    /// <summary>The turn that <paramref name="mail"/>, in order, brings about.</summary>
    public async Task<ComputedTurn> ComputeAsync(ActorId id, IReadOnlyList<Mail> mail, long token, DateTimeOffset now, CancellationToken cancellation)
    {
        if (actors.KindOf(id) is not { } kind)
        {
            return await SetAsideAsync(id, mail, token, cancellation);
        }

        LiveActor actor;
        try
        {
            actor = await actors.GetAsync(id, kind, cancellation);
        }
        catch (Exception failure) when (IsOwnMistake(failure))
        {
            return await QuarantineAsync(RuleFailure.Of(id, token, mail[0].Id, failure), now, cancellation);
        }

        TurnDraft draft = new(actor, token, now, types, settings.NewId);
        foreach (Mail letter in mail.Take(settings.MailsPerTurnMax))
        {
            try
            {
                await TakeAsync(draft, letter, cancellation);
            }
            catch (Exception failure) when (IsOwnMistake(failure))
            {
                // What was decided before the failing mail stands; that mail comes first in the next turn and fails alone.
                if (draft.IsEmpty)
                {
                    return Quarantined(RuleFailure.Of(id, token, letter.Id, failure), actor.Version, now);
                }

                break;
            }
        }

        try
        {
            return draft.Finish(settings.SnapshotEveryEvents);
        }
        catch (Exception failure) when (IsOwnMistake(failure))
        {
            return Quarantined(RuleFailure.Of(id, token, mail[0].Id, failure), actor.Version, now);
        }
    }

    /// <summary>A turn that sets an actor aside for a failure outside the computation of a turn: of an effect, or while it was replayed.</summary>
    public async Task<ComputedTurn> QuarantineAsync(RuleFailure failure, DateTimeOffset now, CancellationToken cancellation) =>
        Quarantined(failure, await StoredVersionAsync(failure.Actor, cancellation), now);

    /// <summary>A failure of the rules themselves; those of the store and a cancelled wait are not.</summary>
    public static bool IsOwnMistake(Exception failure) => failure is not StoreUnavailableException and not OperationCanceledException;

    private async Task TakeAsync(TurnDraft draft, Mail letter, CancellationToken cancellation)
    {
        if (!types.Knows(letter.Body.Kind))
        {
            draft.SetAside.Add(letter.Id);
            return;
        }

        ICommand command = (ICommand)types.Read(letter.Body);
        if (letter.Effect is { } effect && !draft.Awaits(effect))
        {
            draft.Drop(letter);
            return;
        }

        using Activity? span = EngineTracing.StartTurn(draft.Actor.Id, letter);
        IndexQuery? query = draft.Actor.Kind.Ask(draft.State, command);
        IReadOnlyList<object> rows = query is null ? [] : await store.AskAsync(query, cancellation);
        draft.Apply(letter, draft.Actor.Kind.Decide(draft.State, command, draft.Context(rows)), span?.Id ?? letter.TraceParent);
    }

    private async Task<ComputedTurn> SetAsideAsync(ActorId id, IReadOnlyList<Mail> mail, long token, CancellationToken cancellation)
    {
        Turn turn = new()
        {
            Actor = id,
            Token = token,
            ExpectedVersion = await StoredVersionAsync(id, cancellation),
            SetAside = [.. mail.Select(letter => letter.Id)],
        };
        return new ComputedTurn(null, turn, null, null, 0, null);
    }

    private async Task<long> StoredVersionAsync(ActorId id, CancellationToken cancellation)
    {
        ActorHistory history = await store.LoadAsync(id, cancellation);
        return history.Events.Count > 0 ? history.Events[^1].Version : history.Snapshot?.Version ?? 0;
    }

    private static ComputedTurn Quarantined(RuleFailure failure, long version, DateTimeOffset now)
    {
        Turn turn = new()
        {
            Actor = failure.Actor,
            Token = failure.Token,
            ExpectedVersion = version,
            Quarantine = new Quarantine(failure.MailId, failure.Type, failure.Where, now),
        };
        return new ComputedTurn(null, turn, null, null, 0, null);
    }
}
