using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>How long a project's finished studies keep journal and ledger, and what becomes of these then.</summary>
/// <param name="KeepDays">Days after a study was finished.</param>
/// <param name="Archive">True: written to a file before they are deleted.</param>
public sealed record RetentionRule(int KeepDays, bool Archive)
{
    /// <summary>No rule keeps records for longer. Days.</summary>
    public const int KeepDaysMax = 36_500;

    /// <summary>What is wrong with it, in words for its author; null when nothing is.</summary>
    public string? Problem() => KeepDays is < 0 or > KeepDaysMax ? $"records are kept for 0 to {KeepDaysMax} days" : null;

    /// <summary>The rule in words, as tombstones tell it.</summary>
    public override string ToString() => $"kept for {KeepDays} days, then {(Archive ? "archived" : "purged")}";
}

/// <summary>Time to look for records to retire, by the rule that was told at <paramref name="Since"/>.</summary>
public sealed record ConsiderRetention(DateTimeOffset Since) : ICommand;

/// <summary>An operator has records retired now: by <paramref name="Rule"/>, or by the project's own when it is null. Comes again by itself while there are more.</summary>
public sealed record RunRetention(string By, string Why, RetentionRule? Rule = null) : ICommand;

/// <summary>The answer to <see cref="RunRetention"/>.</summary>
/// <param name="Project">The project.</param>
/// <param name="Asked">Studies that were asked to retire their records.</param>
/// <param name="More">True when there are more, which follow by themselves.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="Refusal">Why it was refused; null when it was not.</param>
public sealed record RetentionReply(string Project, int Asked, bool More, string? Rule, string? Refusal = null);

/// <summary>Studies were asked to retire their records.</summary>
public sealed record RetirementsAsked(int Studies, string Rule, DateTimeOffset At) : ProjectEvent(At);

/// <summary>The rules by which a project has the records of its finished studies retired, a bounded batch at a time.</summary>
internal static class ProjectRetirements
{
    /// <summary>Studies that are asked in one turn.</summary>
    public const int BatchMax = 200;

    /// <summary>Between two looks when nothing was left.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Between two batches while there are more.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    public static IndexQuery? Ask(ProjectState state, ICommand command) => command switch
    {
        ConsiderRetention consider when IsCurrent(state, consider) => new RetirableStudies(state.Project, BatchMax),
        RunRetention => new RetirableStudies(state.Project, BatchMax),
        _ => null,
    };

    /// <summary>Begins to look when a rule was told.</summary>
    public static void Begin(Draft<ProjectState> draft, TurnContext context)
    {
        if (draft.State.Retention is not null)
        {
            draft.Sends(context.Self, new ConsiderRetention(draft.State.RetentionSince), context.Now + Pace);
        }
    }

    public static void Consider(Draft<ProjectState> draft, ConsiderRetention consider, TurnContext context)
    {
        if (!IsCurrent(draft.State, consider))
        {
            return;
        }

        RetentionRule rule = draft.State.Retention!;
        int asked = Ask(draft, rule, $"the project's rule: {rule}", context);
        draft.Sends(context.Self, consider, context.Now + (asked == BatchMax ? Pace : Interval));
    }

    public static RetentionReply Run(Draft<ProjectState> draft, RunRetention run, TurnContext context)
    {
        string project = draft.State.Project;
        if ((run.Rule ?? draft.State.Retention) is not { } rule)
        {
            return new RetentionReply(project, 0, false, null, "the project has no rule of retention; say for how many days records are kept");
        }

        if (rule.Problem() is { } problem)
        {
            return new RetentionReply(project, 0, false, null, problem);
        }

        int asked = Ask(draft, rule, $"{rule}, by {run.By}: {run.Why}", context);
        if (asked == BatchMax)
        {
            draft.Sends(context.Self, run, context.Now + Pace);
        }

        return new RetentionReply(project, asked, asked == BatchMax, rule.ToString());
    }

    private static int Ask(Draft<ProjectState> draft, RetentionRule rule, string words, TurnContext context)
    {
        DateTimeOffset before = context.Now - TimeSpan.FromDays(rule.KeepDays);
        string[] finished = [.. context.Rows.OfType<RetirableStudy>().Where(study => study.FinishedAt <= before).Select(study => study.StudyId)];
        if (finished.Length > 0)
        {
            draft.Happens(new RetirementsAsked(finished.Length, words, context.Now));
            foreach (string study in finished)
            {
                draft.Sends(Actors.Study(study), new RetireStudy(words, rule.Archive));
            }
        }

        return finished.Length;
    }

    private static bool IsCurrent(ProjectState state, ConsiderRetention consider) => state.Retention is not null && state.RetentionSince == consider.Since;
}
