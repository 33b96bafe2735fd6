using System.Security.Cryptography;
using System.Text;
using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>Retire the record of a study that is finished: <paramref name="Rule"/> says by which rule, or by whom and why; with <paramref name="Archive"/> it is written to a file first.</summary>
public sealed record RetireStudy(string Rule, bool Archive) : ICommand;

/// <summary>Result of <see cref="RetireEffect"/>: the file is durable, or none was wanted, and this is what must be remembered.</summary>
/// <param name="ConfirmedHashes"><see cref="StudyTombstone.HashOf"/> of each confirmed SOPInstanceUID.</param>
/// <param name="Instances">Rows of the ledger.</param>
/// <param name="ArchiveFile">The file, below the folder of retired records.</param>
/// <param name="ArchiveSha256">Its digest.</param>
public sealed record ReportRetired(IReadOnlyList<string> ConfirmedHashes, int Instances, string? ArchiveFile, string? ArchiveSha256) : ICommand;

/// <summary>Try again to retire a record whose file could not be written.</summary>
public sealed record ResumeRetirement(long Version) : ICommand;

/// <summary>"retire": write the journal up to <paramref name="Version"/> and the ledger to a file, where that is wanted, and tell what was delivered.</summary>
public sealed record RetireEffect(string StudyId, string Project, StudyStatus Status, long Version, string Rule, bool Archive);

/// <summary>The record of a finished study is about to be retired. Anything else that happens to the study calls that off.</summary>
public sealed record RetirementStarted(string Rule, bool Archive, DateTimeOffset At) : StudyEvent(At);

/// <summary>Its file could not be written; tried again at <paramref name="Until"/>.</summary>
public sealed record RetirementPostponed(string Reason, DateTimeOffset Until, DateTimeOffset At) : StudyEvent(At);

/// <summary>
/// Journal and ledger are gone; this is what is left. <paramref name="Version"/> is this event's own. A request that the study has answered is
/// answered as before, late instances are added under the same identities.
/// </summary>
public sealed record StudyRetired(
    long Version, string Project, StudyStatus Status, StudyStep Step, int Priority, string? Archive, string? DuplicateOf, string? Reason, IReadOnlyList<string> IdStudyUids,
    bool Claimed, IReadOnlyList<string> LeftTo, InstanceCounts Counts, long Bytes, DateTimeOffset RequestedAt, DateTimeOffset EndedAt, StudyTombstone Tombstone, DateTimeOffset At)
    : StudyEvent(At), IHistoryStart;

/// <summary>A retired study is worked on again; what it has delivered stays delivered.</summary>
public sealed record StudyRevived(StudyRequest Request, string By, DateTimeOffset At) : StudyEvent(At);

/// <summary>What must outlive a study's record, so that nothing is delivered twice or under other identities.</summary>
public sealed record StudyTombstone
{
    /// <summary>Bytes of a hash. 128 bits: 10^12 instances collide once in 10^14 installations.</summary>
    private const int HashBytes = 16;

    /// <summary>When the record was retired.</summary>
    public required DateTimeOffset RetiredAt { get; init; }

    /// <summary>By which rule, or by whom and why.</summary>
    public required string Rule { get; init; }

    /// <summary><see cref="HashOf"/> of each confirmed SOPInstanceUID, of earlier retirements too.</summary>
    public IReadOnlyList<string> ConfirmedHashes { get; init; } = [];

    /// <summary><see cref="HashOf"/> of each requested SeriesInstanceUID; empty when all series were asked for.</summary>
    public IReadOnlyList<string> SeriesHashes { get; init; } = [];

    /// <summary>The key of the subject's identity record.</summary>
    public string? SubjectKey { get; init; }

    /// <summary>The version of the configuration that made the results.</summary>
    public string? Configuration { get; init; }

    /// <summary>Events that were deleted.</summary>
    public long Events { get; init; }

    /// <summary>The file with the record; null when it was purged.</summary>
    public string? ArchiveFile { get; init; }

    /// <summary>A UID as tombstones remember it: not linkable between studies.</summary>
    public static string HashOf(string studyId, string uid) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{studyId}\n{uid}")).AsSpan(0, HashBytes)).TrimEnd('=');
}

/// <summary>A retirement on its way.</summary>
/// <param name="Rule">By which rule, or by whom and why.</param>
/// <param name="Archive">True to write the record to a file first.</param>
/// <param name="Version">The version that started the effect, or put it off.</param>
/// <param name="IsPostponed">True while it waits to be tried again.</param>
public sealed record Retirement(string Rule, bool Archive, long Version, bool IsPostponed = false);
