using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>
/// The rules of an archive's guard: permits to the head of the waiting line, which is the index, up to the associations that the
/// archive bears, while its breaker is closed. A study holds at most one permit.
/// </summary>
public sealed class ArchiveDecider : IDecider<ArchiveState>
{
    /// <summary>Most permits of one archive that can be out; also the bound of the question to the index.</summary>
    public const int AssociationsLimit = 1000;

    /// <inheritdoc/>
    public ArchiveState Initial(ActorId id) => new() { Archive = id.Key };

    /// <inheritdoc/>
    public IndexQuery? Ask(ArchiveState state, ICommand command)
    {
        // A row at the head may belong to a study whose grant is still on its way, so as many rows are asked for as permits may be out.
        int limit = Math.Min(command is ConfigureArchive configure ? configure.AssociationsMax : state.AssociationsMax, AssociationsLimit);
        return limit <= 0 ? null : new PermitQueue(state.Archive, limit);
    }

    /// <inheritdoc/>
    public Decision Decide(ArchiveState state, ICommand command, TurnContext context)
    {
        Draft<ArchiveState> draft = new(state, Evolve);
        switch (command)
        {
            case ConfigureArchive configure:
                Configure(draft, configure, context);
                break;
            case ReturnPermit back:
                Return(draft, back, context);
                break;
            case ProbeArchive probe when state.Breaker == Breaker.Open && state.OpenedAtVersion == probe.OpenedAtVersion:
                draft.Happens(new BreakerHalfOpened(context.Now));
                break;
            case ProbeArchive or ConsiderPermits:
                break;
            default:
                throw new InvalidOperationException($"{command.GetType().Name} is no command of an archive.");
        }

        Grant(draft, context);
        return draft.Decision();
    }

    /// <inheritdoc/>
    public ArchiveState Evolve(ArchiveState state, IEvent happened) =>
        happened is ArchiveEvent archiveEvent
            ? Apply(state with { Version = state.Version + 1, UpdatedAt = archiveEvent.At }, archiveEvent)
            : throw new InvalidOperationException($"{happened.GetType().Name} is no event of an archive.");

    /// <inheritdoc/>
    public EffectRequest? Next(ArchiveState state) => null;

    /// <inheritdoc/>
    public IReadOnlyList<RowWrite> Project(ArchiveState state) =>
        [new ArchiveRow(state.Archive, state.PermitByStudy.Count, state.AssociationsMax, Word(state.Breaker), Reason(state), state.UpdatedAt)];

    private static ArchiveState Apply(ArchiveState state, ArchiveEvent happened) => happened switch
    {
        ArchiveConfigured e => state with { AssociationsMax = e.AssociationsMax, FailuresToOpen = e.FailuresToOpen, OpenSeconds = e.OpenSeconds },
        PermitGranted e => state with { PermitByStudy = state.PermitByStudy.SetItem(e.StudyId, e.PermitId), LastPermitId = e.PermitId },
        PermitReturned e => state with
        {
            PermitByStudy = state.PermitByStudy.Remove(e.StudyId),
            FailuresInRow = e.ArchiveFailed ? state.FailuresInRow + 1 : e.Unused ? state.FailuresInRow : 0,
        },
        BreakerOpened => state with { Breaker = Breaker.Open, OpenedAtVersion = state.Version },
        BreakerHalfOpened => state with { Breaker = Breaker.HalfOpen },
        BreakerClosed => state with { Breaker = Breaker.Closed },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is an event that this release does not know."),
    };

    private static void Configure(Draft<ArchiveState> draft, ConfigureArchive told, TurnContext context)
    {
        ArchiveState state = draft.State;
        if ((told.AssociationsMax, told.FailuresToOpen, told.OpenSeconds) != (state.AssociationsMax, state.FailuresToOpen, state.OpenSeconds))
        {
            draft.Happens(new ArchiveConfigured(told.AssociationsMax, told.FailuresToOpen, told.OpenSeconds, context.Now));
        }
    }

    private static void Return(Draft<ArchiveState> draft, ReturnPermit back, TurnContext context)
    {
        if (!draft.State.PermitByStudy.TryGetValue(back.StudyId, out long held) || held != back.PermitId)
        {
            return;
        }

        draft.Happens(new PermitReturned(back.StudyId, back.PermitId, back.ArchiveFailed, back.Unused, context.Now));
        ArchiveState state = draft.State;
        bool failsAgain = state.Breaker == Breaker.HalfOpen || state.FailuresInRow >= state.FailuresToOpen;
        if (back.ArchiveFailed && state.Breaker != Breaker.Open && failsAgain)
        {
            DateTimeOffset until = context.Now.AddSeconds(state.OpenSeconds);
            draft.Happens(new BreakerOpened(until, context.Now));
            draft.Sends(context.Self, new ProbeArchive(draft.State.OpenedAtVersion), until);
        }
        else if (!back.ArchiveFailed && !back.Unused && state.Breaker != Breaker.Closed)
        {
            draft.Happens(new BreakerClosed(context.Now));
        }
    }

    private static void Grant(Draft<ArchiveState> draft, TurnContext context)
    {
        string[] waiting =
        [
            .. context.Rows.OfType<StudyRow>().Select(row => row.StudyId)
                .Where(study => !draft.State.PermitByStudy.ContainsKey(study)).Take(Math.Max(0, Room(draft.State))),
        ];
        foreach (string study in waiting)
        {
            long permit = draft.State.LastPermitId + 1;
            draft.Happens(new PermitGranted(study, permit, context.Now));
            draft.Sends(Actors.Study(study), new GrantPermit(draft.State.Archive, permit));
        }
    }

    private static int Room(ArchiveState state) => state.Breaker switch
    {
        Breaker.Closed => Math.Min(state.AssociationsMax, AssociationsLimit) - state.PermitByStudy.Count,
        Breaker.HalfOpen => Math.Min(state.AssociationsMax, 1) - state.PermitByStudy.Count,
        _ => 0,
    };

    private static string Word(Breaker breaker) => breaker switch
    {
        Breaker.Closed => "closed",
        Breaker.Open => "open",
        _ => "half-open",
    };

    private static string? Reason(ArchiveState state) =>
        state.Breaker == Breaker.Closed ? null : $"{state.FailuresInRow} failures in a row";
}
