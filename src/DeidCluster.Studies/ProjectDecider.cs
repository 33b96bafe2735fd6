using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>
/// The rules of a project's supervisor: it admits the head of the waiting line, which is the index, up to its limit and unless it is
/// paused. It admits a study at most once until that study has given its admission back.
/// </summary>
public sealed class ProjectDecider : IDecider<ProjectState>
{
    /// <summary>Most studies of one project that can be in flight; also the bound of the question to the index.</summary>
    public const int InFlightLimit = 1000;

    /// <inheritdoc/>
    public ProjectState Initial(ActorId id) => new() { Project = id.Key };

    /// <inheritdoc/>
    public IndexQuery? Ask(ProjectState state, ICommand command)
    {
        // A row at the head may belong to a study that was admitted a moment ago, so as many rows are asked for as may be in flight.
        int limit = Math.Min(command is ConfigureProject configure ? configure.InFlightMax : state.InFlightMax, InFlightLimit);
        return command is PauseProject || limit <= 0 ? null : new AdmissionQueue(state.Project, limit);
    }

    /// <inheritdoc/>
    public Decision Decide(ProjectState state, ICommand command, TurnContext context)
    {
        Draft<ProjectState> draft = new(state, Evolve);
        switch (command)
        {
            case ConfigureProject configure when configure.InFlightMax != state.InFlightMax:
                draft.Happens(new ProjectConfigured(configure.InFlightMax, context.Now));
                break;
            case PauseProject pause when !state.Paused:
                draft.Happens(new ProjectPaused(pause.By, pause.Why, context.Now));
                break;
            case ResumeProject resume when state.Paused:
                draft.Happens(new ProjectResumed(resume.By, resume.Why, context.Now));
                break;
            case ReleaseAdmission release when state.InFlight.Contains(release.StudyId):
                draft.Happens(new AdmissionReleased(release.StudyId, release.Outcome, context.Now));
                break;
            case ConfigureProject or PauseProject or ResumeProject or ReleaseAdmission or ConsiderAdmissions:
                break;
            default:
                throw new InvalidOperationException($"{command.GetType().Name} is no command of a project.");
        }

        object? reply = command is PauseProject or ResumeProject ? new ProjectReply(state.Project, draft.State.Paused, draft.Changed) : null;
        Admit(draft, context);
        return draft.Decision(reply);
    }

    /// <inheritdoc/>
    public ProjectState Evolve(ProjectState state, IEvent happened) => happened switch
    {
        ProjectConfigured e => state with { InFlightMax = e.InFlightMax, UpdatedAt = e.At },
        ProjectPaused e => state with { Paused = true, Reason = $"paused by {e.By}: {e.Why}", UpdatedAt = e.At },
        ProjectResumed e => state with { Paused = false, Reason = null, UpdatedAt = e.At },
        AdmissionsGranted e => state with { InFlight = state.InFlight.Union(e.StudyIds), UpdatedAt = e.At },
        AdmissionReleased e => state with { InFlight = state.InFlight.Remove(e.StudyId), UpdatedAt = e.At },
        _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event of a project."),
    };

    /// <inheritdoc/>
    public EffectRequest? Next(ProjectState state) => null;

    /// <inheritdoc/>
    public IReadOnlyList<RowWrite> Project(ProjectState state) =>
        [new ProjectRow(state.Project, state.Paused, state.InFlight.Count, state.InFlightMax, state.Reason, state.UpdatedAt)];

    private static void Admit(Draft<ProjectState> draft, TurnContext context)
    {
        int room = draft.State.Paused ? 0 : Math.Min(draft.State.InFlightMax, InFlightLimit) - draft.State.InFlight.Count;
        string[] admitted =
        [
            .. context.Rows.OfType<StudyRow>().Select(row => row.StudyId)
                .Where(study => !draft.State.InFlight.Contains(study)).Take(Math.Max(0, room)),
        ];
        if (admitted.Length == 0)
        {
            return;
        }

        draft.Happens(new AdmissionsGranted(admitted, context.Now));
        foreach (string study in admitted)
        {
            draft.Sends(Actors.Study(study), new AdmitStudy());
        }
    }
}
