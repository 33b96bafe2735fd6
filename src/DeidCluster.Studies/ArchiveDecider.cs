using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>
/// The rules of an archive's guard: permits to the head of the waiting line, which is the index, as many at a time and as fast as the
/// archive bears, shared between projects, while its breaker is closed and its hours allow. A study holds at most one permit.
/// </summary>
public sealed class ArchiveDecider : IDecider<ArchiveState>
{
    /// <summary>Most permits of one archive that can be out; also the bound of the question to the index, for each project.</summary>
    public const int AssociationsLimit = 1000;

    /// <summary>The longest that a place rests after use.</summary>
    public static readonly TimeSpan RestMax = TimeSpan.FromHours(1);

    /// <summary>Between two looks whether the time zone of its hours is known.</summary>
    public static readonly TimeSpan ZoneRetry = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public ArchiveState Initial(ActorId id) => new() { Archive = id.Key };

    /// <inheritdoc/>
    public IndexQuery? Ask(ArchiveState state, ICommand command)
    {
        // Whoever comes while nothing can be granted costs nothing: the line is looked at when a permit is back.
        if (command is ConsiderPermits && (state.Paused is not null || Room(state) <= 0))
        {
            return null;
        }

        int associations = command switch
        {
            ConfigureArchive configure => Math.Max(configure.AssociationsMax, state.Limits.AssociationsMax),
            LimitArchive { AssociationsMax: { } limit } => Math.Max(limit, state.Limits.AssociationsMax),
            _ => state.Limits.AssociationsMax,
        };

        // A row at the head may belong to a study whose grant is still on its way, so as many rows are asked for as permits may be out; none while none could be granted.
        int rows = Math.Min(associations, AssociationsLimit);
        bool isFull = command is ConsiderPermits && (state.Paused is not null || Room(state) <= 0);
        return isFull || rows <= 0 ? null : new PermitQueue(state.Archive, rows);
    }

    /// <inheritdoc/>
    public Decision Decide(ArchiveState state, ICommand command, TurnContext context)
    {
        Draft<ArchiveState> draft = new(state, Evolve);
        ArchiveReply? reply = null;
        switch (command)
        {
            case ConfigureArchive configure:
                Configure(draft, configure, context);
                break;
            case LimitArchive limit:
                reply = Limit(draft, limit, context);
                break;
            case PauseArchive or ResumeArchive:
                reply = Switch(draft, command, context);
                break;
            case ReturnPermit back:
                Return(draft, back, context);
                break;
            case ProbeArchive probe when state.Breaker == Breaker.Open && state.OpenedAtVersion == probe.OpenedAtVersion:
                draft.Happens(new BreakerHalfOpened(context.Now));
                break;
            case LeaseInstances lease when state.PermitByStudy.TryGetValue(lease.StudyId, out long held) && held == lease.PermitId:
                draft.Happens(new InstancesLeased(lease.StudyId, lease.Instances, context.Now));
                break;
            case LeaseInstances:
                break;
            case ProbeArchive or ConsiderPermits or ResumeGrants:
                break;
            default:
                throw new InvalidOperationException($"{command.GetType().Name} is no command of an archive.");
        }

        Grant(draft, context);
        return draft.Decision(reply);
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
        [new ArchiveRow(state.Archive, state.PermitByStudy.Count, state.Limits.AssociationsMax, Word(state.Breaker), Reason(state), state.UpdatedAt)];

    private static ArchiveState Apply(ArchiveState state, ArchiveEvent happened) => happened switch
    {
        ArchiveConfigured e => Tell(state, new ArchiveLimits(e.AssociationsMax, e.FailuresToOpen, e.OpenSeconds, e.Pace ?? ArchivePace.Unlimited, e.IdleTimeoutSeconds)),
        ArchiveLimited e => state with { Limits = state.Limits with { AssociationsMax = e.AssociationsMax, Pace = e.Pace } },
        ArchivePaused e => state with { Paused = $"paused by {e.By}: {e.Why}" },
        ArchiveResumed => state with { Paused = null },
        GrantsDelayed e => state with { LooksAgainAt = e.Until, Delay = e.Why },
        GrantsResumed => state with { Delay = null },
        InstancesLeased e => state with
        {
            LeasedByStudy = state.LeasedByStudy.SetItem(e.StudyId, state.LeasedByStudy.GetValueOrDefault(e.StudyId) + e.Instances),
            InstancesPaidUntil = TokenPace.Charge(state.InstancesPaidUntil, e.At, e.Instances, state.Limits.Pace.InstancesPerSecond),
        },
        PermitGranted e => state with
        {
            PermitByStudy = state.PermitByStudy.SetItem(e.StudyId, e.PermitId),
            GrantedAt = state.GrantedAt.SetItem(e.StudyId, e.At),
            LastPermitId = e.PermitId,
            StudiesPaidUntil = TokenPace.Charge(state.StudiesPaidUntil, e.At, 1, state.Limits.Pace.StudiesPerSecond),
            Shares = state.Shares.Serve(e.Project, e.Share),
            Delay = null,
        },
        PermitReturned e => state with
        {
            PermitByStudy = state.PermitByStudy.Remove(e.StudyId),
            GrantedAt = state.GrantedAt.Remove(e.StudyId),
            LeasedByStudy = state.LeasedByStudy.Remove(e.StudyId),
            Resting = state.Resting.RemoveAll(until => until <= e.At).AddRange(RestOf(state, e)),
            InstancesPaidUntil = TokenPace.Charge(state.InstancesPaidUntil, e.At, e.Instances - state.LeasedByStudy.GetValueOrDefault(e.StudyId), state.Limits.Pace.InstancesPerSecond),
            FailuresInRow = e.ArchiveFailed ? state.FailuresInRow + 1 : e.Unused ? state.FailuresInRow : 0,
        },
        BreakerOpened => state with { Breaker = Breaker.Open, OpenedAtVersion = state.Version },
        BreakerHalfOpened => state with { Breaker = Breaker.HalfOpen },
        BreakerClosed => state with { Breaker = Breaker.Closed },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is an event that this release does not know."),
    };

    private static ArchiveState Tell(ArchiveState state, ArchiveLimits told) => state with { Limits = told, Told = told };

    /// <summary>
    /// How long the place rests that a permit occupied: in proportion to the time it took, so that a slow archive is asked less. When its user was
    /// lost, until the archive has ended the association by itself: a permit comes back as lost after its user's lease has run out.
    /// </summary>
    private static IEnumerable<DateTimeOffset> RestOf(ArchiveState state, PermitReturned back)
    {
        if (back.Lost && state.Limits.IdleTimeoutSeconds > 0)
        {
            yield return back.At.AddSeconds(state.Limits.IdleTimeoutSeconds);
            yield break;
        }

        if (back.Unused || state.Limits.Pace.UtilisationPercent >= ArchivePace.UtilisationMax || !state.GrantedAt.TryGetValue(back.StudyId, out DateTimeOffset granted))
        {
            yield break;
        }

        double restShare = ((double)ArchivePace.UtilisationMax / state.Limits.Pace.UtilisationPercent) - 1;
        double seconds = Math.Min((back.At - granted).TotalSeconds * restShare, RestMax.TotalSeconds);
        if (seconds > 0)
        {
            yield return back.At.AddSeconds(seconds);
        }
    }

    private static void Configure(Draft<ArchiveState> draft, ConfigureArchive told, TurnContext context)
    {
        ArchivePace pace = told.Pace ?? ArchivePace.Unlimited;
        if (new ArchiveLimits(told.AssociationsMax, told.FailuresToOpen, told.OpenSeconds, pace, told.IdleTimeoutSeconds) != draft.State.Told)
        {
            draft.Happens(new ArchiveConfigured(told.AssociationsMax, told.FailuresToOpen, told.OpenSeconds, context.Now, pace, told.IdleTimeoutSeconds));
        }
    }

    private static ArchiveReply Limit(Draft<ArchiveState> draft, LimitArchive limit, TurnContext context)
    {
        ArchiveLimits before = draft.State.Limits;
        ArchiveLimits wanted = before with
        {
            AssociationsMax = limit.AssociationsMax ?? before.AssociationsMax,
            Pace = new ArchivePace(
                limit.StudiesPerSecond ?? before.Pace.StudiesPerSecond, limit.InstancesPerSecond ?? before.Pace.InstancesPerSecond,
                limit.UtilisationPercent ?? before.Pace.UtilisationPercent, limit.Closed ?? before.Pace.Closed, limit.TimeZone ?? before.Pace.TimeZone),
        };
        string? refusal = wanted.AssociationsMax is < 1 or > AssociationsLimit ? $"associations are 1 to {AssociationsLimit}" : wanted.Pace.Problem();
        if (refusal is null && wanted != before)
        {
            draft.Happens(new ArchiveLimited(wanted.AssociationsMax, wanted.Pace, limit.By, limit.Why, context.Now));
        }

        return Reply(draft, refusal);
    }

    private static ArchiveReply Switch(Draft<ArchiveState> draft, ICommand command, TurnContext context)
    {
        if (command is PauseArchive pause && draft.State.Paused is null)
        {
            draft.Happens(new ArchivePaused(pause.By, pause.Why, context.Now));
        }
        else if (command is ResumeArchive resume && draft.State.Paused is not null)
        {
            draft.Happens(new ArchiveResumed(resume.By, resume.Why, context.Now));
        }

        return Reply(draft, null);
    }

    private static ArchiveReply Reply(Draft<ArchiveState> draft, string? refusal) =>
        new(draft.State.Archive, draft.State.Limits, draft.State.Paused is not null, draft.Changed, refusal);

    private static void Return(Draft<ArchiveState> draft, ReturnPermit back, TurnContext context)
    {
        if (!draft.State.PermitByStudy.TryGetValue(back.StudyId, out long held) || held != back.PermitId)
        {
            return;
        }

        draft.Happens(new PermitReturned(back.StudyId, back.PermitId, back.ArchiveFailed, back.Unused, context.Now, back.Instances, back.Lost));
        ArchiveState state = draft.State;
        bool failsAgain = state.Breaker == Breaker.HalfOpen || state.FailuresInRow >= state.Limits.FailuresToOpen;
        if (back.ArchiveFailed && state.Breaker != Breaker.Open && failsAgain)
        {
            DateTimeOffset until = context.Now.AddSeconds(state.Limits.OpenSeconds);
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
        List<StudyRow> waiting = [.. context.Rows.OfType<StudyRow>().Where(row => !draft.State.PermitByStudy.ContainsKey(row.StudyId))];
        Dictionary<string, int> shares = context.Rows.OfType<ProjectShare>().ToDictionary(share => share.Project, share => share.Share, StringComparer.Ordinal);
        ArchivePace pace = draft.State.Limits.Pace;
        WeeklyHours? closed = waiting.Count > 0 || draft.State.Delay is not null ? WeeklyHours.TryParse(pace.Closed, pace.TimeZone) : null;
        while (waiting.Count > 0 && draft.State.Paused is null && Room(draft.State) > 0)
        {
            if (DelayOf(draft.State, closed, context.Now) is { } delay)
            {
                LookAgain(draft, delay.Until, delay.Why, context);
                return;
            }

            StudyRow next = draft.State.Shares.Next(waiting)!;
            waiting.Remove(next);
            long permit = draft.State.LastPermitId + 1;
            draft.Happens(new PermitGranted(next.StudyId, permit, context.Now, next.Project, Math.Max(1, shares.GetValueOrDefault(next.Project, 1))));
            draft.Sends(Actors.Study(next.StudyId), new GrantPermit(draft.State.Archive, permit, pace.InstancesPerSecond > 0));
        }

        // Nobody waits any more, or limits have changed: what is shown must not outlive its reason.
        if (draft.State.Delay is not null && DelayOf(draft.State, closed, context.Now) is null)
        {
            draft.Happens(new GrantsResumed(context.Now));
        }
    }

    /// <summary>Why nothing can be granted now although there is room, and until when; null when something can.</summary>
    private static (DateTimeOffset? Until, string Why)? DelayOf(ArchiveState state, WeeklyHours? closed, DateTimeOffset now)
    {
        ArchivePace pace = state.Limits.Pace;
        if (closed is null)
        {
            // Tables of time zones differ between machines: what cannot be told is closed, and says so.
            return (now + ZoneRetry, $"its time zone '{pace.TimeZone}' is not known to the node that guards it: closed");
        }

        if (closed.Contains(now))
        {
            return (closed.EndAfter(now), "closed at this hour");
        }

        DateTimeOffset byRate = Later(TokenPace.Next(state.StudiesPaidUntil, pace.StudiesPerSecond), TokenPace.Next(state.InstancesPaidUntil, pace.InstancesPerSecond));
        if (byRate > now)
        {
            return (byRate, "at its rate");
        }

        DateTimeOffset[] resting = [.. state.Resting.Where(until => until > now)];
        return resting.Length > 0 && resting.Length >= Room(state) ? (resting.Min(), "resting") : null;
    }

    /// <summary>Sets one timer; one that is set already and not later serves as well.</summary>
    private static void LookAgain(Draft<ArchiveState> draft, DateTimeOffset? until, string why, TurnContext context)
    {
        bool isSet = draft.State.LooksAgainAt is { } set && set > context.Now && set <= until;
        if (until is { } time && !(isSet && draft.State.Delay == why))
        {
            draft.Happens(new GrantsDelayed(time, why, context.Now));
            draft.Sends(context.Self, new ResumeGrants(time), time);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static int Room(ArchiveState state) => state.Breaker switch
    {
        Breaker.Closed => Math.Min(state.Limits.AssociationsMax, AssociationsLimit) - state.PermitByStudy.Count,
        Breaker.HalfOpen => Math.Min(state.Limits.AssociationsMax, 1) - state.PermitByStudy.Count,
        _ => 0,
    };

    private static string Word(Breaker breaker) => breaker switch
    {
        Breaker.Closed => "closed",
        Breaker.Open => "open",
        _ => "half-open",
    };

    private static string? Reason(ArchiveState state) => state.Paused
        ?? (state.Breaker != Breaker.Closed ? $"{state.FailuresInRow} failures in a row" : state.Delay is { } delay ? $"{delay} until {state.LooksAgainAt:u}" : null);
}
