using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>
/// The rules of a project's supervisor: it admits the head of the waiting line, which is the index, up to its limit in flight and its
/// quota of the day, unless it is paused; too many held studies in a row pause it. It admits a study at most once until that study has given
/// its admission back.
/// </summary>
public sealed class ProjectDecider : IDecider<ProjectState>
{
    /// <summary>Most studies of one project that can be in flight; also the bound of the question to the index.</summary>
    public const int InFlightLimit = 1000;

    /// <summary>The largest share of a project.</summary>
    public const int ShareMax = 100;

    private const string Breaker = "its breaker";

    /// <inheritdoc/>
    public ProjectState Initial(ActorId id) => new() { Project = id.Key };

    /// <inheritdoc/>
    public IndexQuery? Ask(ProjectState state, ICommand command)
    {
        if (command is ConsiderRetention or RunRetention)
        {
            return ProjectRetirements.Ask(state, command);
        }

        // Whoever comes while nothing can be admitted costs nothing: the line is looked at when somebody has ended.
        if (command is ConsiderAdmissions && (state.Paused || state.InFlight.Count >= Math.Min(state.InFlightMax, InFlightLimit)))
        {
            return null;
        }

        int inFlight = command switch
        {
            ConfigureProject configure => Math.Max(configure.InFlightMax, state.InFlightMax),
            LimitProject { InFlightMax: { } limit } => Math.Max(limit, state.InFlightMax),
            _ => state.InFlightMax,
        };

        // A row at the head may belong to a study that was admitted a moment ago, so as many rows are asked for as may be in flight; none while nobody could be admitted.
        int rows = Math.Min(inFlight, InFlightLimit);
        bool isFull = command is ConsiderAdmissions && (state.Paused || state.InFlight.Count >= rows);
        return command is PauseProject || isFull || rows <= 0 ? null : new AdmissionQueue(state.Project, rows);
    }

    /// <inheritdoc/>
    public Decision Decide(ProjectState state, ICommand command, TurnContext context)
    {
        Draft<ProjectState> draft = new(state, Evolve);
        if (command is RunRetention run)
        {
            return draft.Decision(ProjectRetirements.Run(draft, run, context));
        }

        string? refusal = null;
        switch (command)
        {
            case ConfigureProject configure:
                Configure(draft, configure, context);
                break;
            case LimitProject limit:
                refusal = Limit(draft, limit, context);
                break;
            case ConsiderRetention consider:
                ProjectRetirements.Consider(draft, consider, context);
                return draft.Decision();
            case PauseProject pause when !state.Paused:
                draft.Happens(new ProjectPaused(pause.By, pause.Why, context.Now));
                break;
            case ResumeProject resume when state.Paused:
                draft.Happens(new ProjectResumed(resume.By, resume.Why, context.Now));
                break;
            case ReleaseAdmission release when state.InFlight.Contains(release.StudyId):
                Release(draft, release, context);
                break;
            case PauseProject or ResumeProject or ReleaseAdmission or ConsiderAdmissions or BeginDay:
                break;
            default:
                throw new InvalidOperationException($"{command.GetType().Name} is no command of a project.");
        }

        object? reply = command is PauseProject or ResumeProject or LimitProject ? new ProjectReply(state.Project, draft.State.Paused, draft.Changed, refusal) : null;
        Admit(draft, context);
        return draft.Decision(reply);
    }

    /// <inheritdoc/>
    public ProjectState Evolve(ProjectState state, IEvent happened) => happened switch
    {
        ProjectConfigured e => Tell(state, e.InFlightMax, e.Quota ?? ProjectQuota.Unlimited, e.Share) with
        {
            UpdatedAt = e.At, Retention = e.Retention, RetentionSince = e.Retention == state.Retention ? state.RetentionSince : e.At,
        },
        ProjectLimited e => state with { InFlightMax = e.InFlightMax, Quota = e.Quota, Share = e.Share ?? state.Share, ZoneMissedUntil = null, UpdatedAt = e.At },
        ZoneMissed e => state with { ZoneMissedUntil = e.Until, UpdatedAt = e.At },
        ProjectPaused e => state with { Paused = true, Reason = $"paused by {e.By}: {e.Why}", UpdatedAt = e.At },
        ProjectResumed e => state with { Paused = false, Reason = null, HeldInRow = 0, UpdatedAt = e.At },
        RetirementsAsked => state,
        QuotaUsed e => state with { WaitsForDay = e.Next, UpdatedAt = e.At },
        AdmissionsGranted e => Count(state, e) with { InFlight = state.InFlight.Union(e.StudyIds), UpdatedAt = e.At },
        AdmissionReleased e => state with
        {
            InFlight = state.InFlight.Remove(e.StudyId),
            HeldInRow = e.Outcome switch { StudyStatus.Held => state.HeldInRow + 1, StudyStatus.Delivered => 0, _ => state.HeldInRow },
            UpdatedAt = e.At,
        },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event of a project."),
    };

    /// <inheritdoc/>
    public EffectRequest? Next(ProjectState state) => null;

    /// <inheritdoc/>
    public IReadOnlyList<RowWrite> Project(ProjectState state) =>
        [new ProjectRow(state.Project, state.Paused, state.InFlight.Count, state.InFlightMax, Reason(state), state.UpdatedAt, state.Share)];

    private static ProjectState Tell(ProjectState state, int inFlightMax, ProjectQuota quota, int share) =>
        state with { InFlightMax = inFlightMax, Quota = quota, Share = share, ZoneMissedUntil = null, Told = new ProjectLimits(inFlightMax, quota, share) };

    private static ProjectState Count(ProjectState state, AdmissionsGranted granted)
    {
        DateOnly day = granted.Day ?? DayOf(granted.At, state.Quota);
        return state with { ZoneMissedUntil = null, Day = day, AdmittedToday = (day == state.Day ? state.AdmittedToday : 0) + granted.StudyIds.Count };
    }

    private static void Configure(Draft<ProjectState> draft, ConfigureProject told, TurnContext context)
    {
        ProjectQuota quota = told.Quota ?? ProjectQuota.Unlimited;
        RetentionRule? before = draft.State.Retention;
        if (new ProjectLimits(told.InFlightMax, quota, told.Share) != draft.State.Told || told.Retention != before)
        {
            draft.Happens(new ProjectConfigured(told.InFlightMax, context.Now, quota, told.Retention, told.Share));
            if (told.Retention != before)
            {
                ProjectRetirements.Begin(draft, context);
            }
        }
    }

    private static string? Limit(Draft<ProjectState> draft, LimitProject limit, TurnContext context)
    {
        int inFlightMax = limit.InFlightMax ?? draft.State.InFlightMax;
        ProjectQuota before = draft.State.Quota;
        ProjectQuota quota = new(limit.StudiesPerDay ?? before.StudiesPerDay, limit.TimeZone ?? before.TimeZone, limit.HeldToPause ?? before.HeldToPause);
        int share = limit.Share ?? draft.State.Share;
        string? refusal = share is < 1 or > ShareMax ? $"a share is 1 to {ShareMax}" : inFlightMax is < 1 or > InFlightLimit ? $"studies in flight are 1 to {InFlightLimit}" : quota.Problem();
        if (refusal is null && (inFlightMax, quota, share) != (draft.State.InFlightMax, before, draft.State.Share))
        {
            draft.Happens(new ProjectLimited(inFlightMax, quota, limit.By, limit.Why, context.Now, share));
        }

        return refusal;
    }

    private static void Release(Draft<ProjectState> draft, ReleaseAdmission release, TurnContext context)
    {
        draft.Happens(new AdmissionReleased(release.StudyId, release.Outcome, context.Now));
        ProjectState state = draft.State;
        if (!state.Paused && state.Quota.HeldToPause > 0 && state.HeldInRow >= state.Quota.HeldToPause)
        {
            draft.Happens(new ProjectPaused(Breaker, $"{state.HeldInRow} studies in a row were held", context.Now));
        }
    }

    private static void Admit(Draft<ProjectState> draft, TurnContext context)
    {
        ProjectState state = draft.State;
        string[] waiting = [.. context.Rows.OfType<StudyRow>().Select(row => row.StudyId).Where(study => !state.InFlight.Contains(study))];
        int room = state.Paused ? 0 : Math.Min(state.InFlightMax, InFlightLimit) - state.InFlight.Count;
        if (waiting.Length > 0 && room > 0 && state.Quota.StudiesPerDay > 0 && ZoneOf(state.Quota) is null)
        {
            MissZone(draft, context);
            return;
        }

        int quota = LeftToday(state, context.Now);
        string[] admitted = [.. waiting.Take(Math.Max(0, Math.Min(room, quota)))];
        if (admitted.Length > 0)
        {
            draft.Happens(new AdmissionsGranted(admitted, context.Now, DayOf(context.Now, state.Quota)));
            foreach (string study in admitted)
            {
                draft.Sends(Actors.Study(study), new AdmitStudy());
            }
        }

        if (quota <= admitted.Length && admitted.Length < Math.Min(room, waiting.Length))
        {
            WaitForDay(draft, context);
        }
    }

    /// <summary>Which day it is cannot be told on this machine: nothing is admitted, it shows, and is looked at again.</summary>
    private static void MissZone(Draft<ProjectState> draft, TurnContext context)
    {
        if (draft.State.ZoneMissedUntil is not { } until || until <= context.Now)
        {
            DateTimeOffset again = context.Now + ArchiveDecider.ZoneRetry;
            draft.Happens(new ZoneMissed(again, context.Now));
            draft.Sends(context.Self, new ConsiderAdmissions(), again);
        }
    }

    private static int LeftToday(ProjectState state, DateTimeOffset now) => state.Quota.StudiesPerDay == 0 ? int.MaxValue
        : DayOf(now, state.Quota) == state.Day ? Math.Max(0, state.Quota.StudiesPerDay - state.AdmittedToday)
        : state.Quota.StudiesPerDay;

    private static void WaitForDay(Draft<ProjectState> draft, TurnContext context)
    {
        DateOnly next = DayOf(context.Now, draft.State.Quota).AddDays(1);
        if (draft.State.WaitsForDay != next)
        {
            draft.Happens(new QuotaUsed(next, context.Now));
            draft.Sends(context.Self, new BeginDay(next), BeginOf(next, draft.State.Quota));
        }
    }

    private static DateOnly DayOf(DateTimeOffset now, ProjectQuota quota) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, ZoneOf(quota) ?? TimeZoneInfo.Utc).DateTime);

    /// <summary>The first instant of a day; where the clocks go forward at midnight, the first that there is.</summary>
    private static DateTimeOffset BeginOf(DateOnly day, ProjectQuota quota)
    {
        TimeZoneInfo zone = ZoneOf(quota) ?? TimeZoneInfo.Utc;
        DateTime midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(1);
        }

        return new DateTimeOffset(midnight, zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    /// <summary>The zone of the day; null where this machine's tables do not have it. Rules never throw for that: replay must not depend on a machine.</summary>
    private static TimeZoneInfo? ZoneOf(ProjectQuota quota) => TimeZoneInfo.TryFindSystemTimeZoneById(quota.TimeZone, out TimeZoneInfo? zone) ? zone : null;

    private static string? Reason(ProjectState state) =>
        state.Reason ?? (state.ZoneMissedUntil is not null ? $"its time zone '{state.Quota.TimeZone}' is not known to the node that supervises it: nothing is admitted"
            : state.WaitsForDay is { } day && state.Quota.StudiesPerDay > 0 && state.Day < day ? $"{state.AdmittedToday} of {state.Quota.StudiesPerDay} studies of the day until {day:yyyy-MM-dd}" : null);
}
