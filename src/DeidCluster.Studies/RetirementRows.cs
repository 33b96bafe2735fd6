using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>What is left of a study whose journal and ledger were retired, for lists and checks; the study's journal begins with the event that says the same.</summary>
public sealed record TombstoneRow : RowWrite
{
    /// <summary>The public id.</summary>
    public required string StudyId { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>How the study had ended.</summary>
    public required StudyStatus Status { get; init; }

    /// <summary>The version with which its journal begins now.</summary>
    public required long Version { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset RetiredAt { get; init; }

    /// <summary>By which rule, or by whom and why.</summary>
    public required string Rule { get; init; }

    /// <summary>Confirmed instances whose hashes are kept, those of earlier retirements included.</summary>
    public int Confirmed { get; init; }

    /// <summary>Events that were deleted.</summary>
    public long Events { get; init; }

    /// <summary>Ledger rows that were deleted.</summary>
    public int Instances { get; init; }

    /// <summary>The identity record of its subject, with <see cref="Project"/>: a keyed hash.</summary>
    public string? SubjectKey { get; init; }

    /// <summary>The version of the project's configuration that made its results.</summary>
    public string? Configuration { get; init; }

    /// <summary>The file that holds journal and ledger, below the folder of retired records; null when they were purged.</summary>
    public string? ArchiveFile { get; init; }

    /// <summary>SHA-256 of that file, lower-case hexadecimal.</summary>
    public string? ArchiveSha256 { get; init; }
}

/// <summary>The finished studies of a project whose records are still there, oldest first. Answers <see cref="RetirableStudy"/>.</summary>
public sealed record RetirableStudies(string Project, int Limit) : IndexQuery;

/// <summary>A finished study and since when it is.</summary>
public sealed record RetirableStudy(string StudyId, DateTimeOffset FinishedAt);

/// <summary>What can be told of retired records. Implemented by each store driver.</summary>
public interface IRetirementIndex
{
    /// <summary>What is left of a retired study; null when it was never retired.</summary>
    Task<TombstoneRow?> FindTombstoneAsync(string studyId, CancellationToken cancellation);

    /// <summary>How many studies of each project were retired.</summary>
    Task<IReadOnlyList<(string Project, long Studies)>> CountTombstonesAsync(CancellationToken cancellation);

    /// <summary>How many studies of <paramref name="project"/> were finished before <paramref name="before"/> and are not retired, and since when the oldest is.</summary>
    Task<(long Studies, DateTimeOffset? Oldest)> CountRetirableAsync(string project, DateTimeOffset before, CancellationToken cancellation);
}
