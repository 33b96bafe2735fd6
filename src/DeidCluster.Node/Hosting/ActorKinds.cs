using DeidCluster.Deid;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>The three kinds of actors with what configuration tells their rules.</summary>
internal static class ActorKinds
{
    public static IReadOnlyList<ActorKind> For(NodeConfiguration configuration)
    {
        Dictionary<string, StudyPolicy> policyByProject = configuration.Projects.ToDictionary(project => project.Name, PolicyOf, StringComparer.Ordinal);
        return
        [
            new ActorKind<StudyState>(Actors.StudyKind, new StudyDecider(project => policyByProject.GetValueOrDefault(project)), "study.state/3"),
            new ActorKind<ProjectState>(Actors.ProjectKind, new ProjectDecider(), "project.state/3"),
            new ActorKind<ArchiveState>(Actors.ArchiveKind, new ArchiveDecider(), "archive.state/2"),
        ];
    }

    private static StudyPolicy PolicyOf(ProjectConfiguration project)
    {
        ProjectRetry retry = project.File.Retry;
        return new StudyPolicy(
            project.File.Archives,
            new RetryPolicy(retry.AttemptsMax, TimeSpan.FromSeconds(retry.FirstDelaySeconds), TimeSpan.FromSeconds(retry.DelaySecondsMax)));
    }
}
