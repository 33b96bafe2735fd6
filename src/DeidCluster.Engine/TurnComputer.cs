using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>
/// Computes an actor's turn from its mail, in memory. A mail whose handling throws each time is set aside as poison and the actor goes on; an
/// actor whose journal cannot be replayed is quarantined; failures of the store pass through.
/// </summary>
internal sealed class TurnComputer(IActorStore store, MessageTypes types, LiveActors actors, ActorSystemSettings settings, EngineCounters counters)
{
    /// <summary>The turn that <paramref name="mail"/>, in order, brings about.</summary>
    public async Task<ComputedTurn> ComputeAsync(ActorId id, IReadOnlyList<Mail> mail, long token, DateTimeOffset now, CancellationToken cancellation)
    {
        if (actors.KindOf(id) is not { } kind)
        {
            return await SetAsideAsync(id, mail, token, cancellation);
        }

        int take = settings.MailsPerTurnMax;
        for (int tries = 1; ; tries++)
        {
            LiveActor actor;
            try
            {
                actor = await actors.GetAsync(id, kind, cancellation);
            }
            catch (UnknownEventException newer)
            {
                Notice(new EngineNotice(EngineNoticeKind.NewerRelease, id.ToString(), newer.Kind));
                counters.CountNewerRelease();
                return await SetAsideAsync(id, mail, token, cancellation);
            }
            catch (Exception failure) when (IsOwnMistake(failure))
            {
                return await QuarantineAsync(RuleFailure.Of(id, token, mail[0].Id, failure), now, cancellation);
            }

            (ComputedTurn? turn, Exception? thrown) = await TryAsync(new TurnDraft(actor, token, now, types, settings.NewId), mail.Take(take), cancellation);
            if (turn is not null)
            {
                return turn;
            }

            if (tries >= settings.TriesMax)
            {
                return Poisoned(actor, token, Poison.Of(mail[0].Id, thrown!, tries, now));
            }

            // Alone, and on the actor as the store has it: what is in memory, or what came with it, may be what is wrong.
            actors.Evict(id);
            take = 1;
        }
    }

    /// <summary>The turn of this mail, or of what comes before the mail whose handling throws; when that is the first, what it threw.</summary>
    private async Task<(ComputedTurn? Turn, Exception? Thrown)> TryAsync(TurnDraft draft, IEnumerable<Mail> mail, CancellationToken cancellation)
    {
        foreach (Mail letter in mail)
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
                    return (null, failure);
                }

                break;
            }
        }

        try
        {
            return (draft.Finish(settings.SnapshotEveryEvents), null);
        }
        catch (Exception failure) when (IsOwnMistake(failure))
        {
            return (null, failure);
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
        IReadOnlyList<object> rows = query is null ? [] : await draft.AskAsync(query, store, cancellation);
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

    private static ComputedTurn Poisoned(LiveActor actor, long token, Poison poison) =>
        new(null, new Turn { Actor = actor.Id, Token = token, ExpectedVersion = actor.Version, Poison = poison }, null, null, 0, null);

    private void Notice(EngineNotice told) => settings.Notice?.Invoke(told);

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
