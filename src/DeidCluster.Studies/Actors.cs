using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>The three kinds of actors and how they are addressed.</summary>
public static class Actors
{
    /// <summary>Kind of the actor of one study.</summary>
    public const string StudyKind = "study";

    /// <summary>Kind of the actor of one project.</summary>
    public const string ProjectKind = "project";

    /// <summary>Kind of the actor of one archive.</summary>
    public const string ArchiveKind = "archive";

    /// <summary>The actor of a study, by its public id.</summary>
    public static ActorId Study(string studyId) => new(StudyKind, studyId);

    /// <summary>The actor of a project, by its configured name.</summary>
    public static ActorId Project(string name) => new(ProjectKind, name);

    /// <summary>The actor of an archive, by its configured name.</summary>
    public static ActorId Archive(string name) => new(ArchiveKind, name);
}
