namespace DeidCluster.Studies;

/// <summary>What pages, verbs and effects read of the index and the ledger, and the identity records. Implemented by each store driver.</summary>
public interface IStudyIndex
{
    /// <summary>Studies by filter, newest first; <see cref="StudyPage.Next"/> continues.</summary>
    Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation);

    /// <summary>One study, or null.</summary>
    Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation);

    /// <summary>The ledger of a study.</summary>
    Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation);

    /// <summary>Counts of studies by project and status.</summary>
    Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation);

    /// <summary>All projects that have a row.</summary>
    Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation);

    /// <summary>All archives that have a row.</summary>
    Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation);

    /// <summary>The linkage table of a project.</summary>
    Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation);

    /// <summary>
    /// The identity record of a subject in a project: <paramref name="proposal"/> if there was none, else the one that was first.
    /// First write wins, for ever.
    /// </summary>
    /// <remarks>With <see cref="IdentityRow.CounterDigits"/>, its pseudonym is a prefix, and the project's next number is appended in the same write.</remarks>
    Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation);

    /// <summary>The identity record of a subject in a project; null when it has none yet.</summary>
    Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation);
}

/// <summary>What to list. Identifiers are matched exactly.</summary>
public sealed record StudyFilter
{
    /// <summary>Only this project.</summary>
    public string? Project { get; init; }

    /// <summary>Only these states; empty for all.</summary>
    public IReadOnlyList<StudyStatus> Statuses { get; init; } = [];

    /// <summary>Only studies with this MRN.</summary>
    public string? Mrn { get; init; }

    /// <summary>Only studies with this accession number.</summary>
    public string? AccessionNumber { get; init; }

    /// <summary>Only studies with this StudyInstanceUID, requested or located.</summary>
    public string? StudyUid { get; init; }

    /// <summary>Only studies with this procedure number.</summary>
    public string? ProcedureId { get; init; }

    /// <summary>How many at most, 1 to 1000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary><see cref="StudyPage.Next"/> of the page before.</summary>
    public string? Cursor { get; init; }
}

/// <summary>One page of studies and the cursor of the next; null when it was the last.</summary>
public sealed record StudyPage(IReadOnlyList<StudyRow> Studies, string? Next);

/// <summary>How many studies of a project stand in a state.</summary>
public sealed record StatusCount(string Project, StudyStatus Status, long Studies);

/// <summary>
/// The identity record: fixed once per project and subject, used for every retry and late arrival. <paramref name="SubjectKey"/> is a keyed hash.
/// </summary>
public sealed record IdentityRow(string Project, string SubjectKey, string KeyId, string Pseudonym, int ShiftDays)
{
    /// <summary>Of a proposal whose number is still to come: how many digits the number has at least. 0 where the pseudonym is whole.</summary>
    public int CounterDigits { get; init; }

    /// <summary>The row with the number in its pseudonym, zeros before it.</summary>
    public IdentityRow Numbered(long number) =>
        this with { Pseudonym = Pseudonym + number.ToString($"D{CounterDigits}", System.Globalization.CultureInfo.InvariantCulture), CounterDigits = 0 };
}
