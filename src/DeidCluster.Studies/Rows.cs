using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>The index row of a study: what lists, queues and operators read. Columns that identify a person start with <c>Id</c>.</summary>
public sealed record StudyRow : RowWrite
{
    /// <summary>The public id: a keyed hash of project and request key.</summary>
    public required string StudyId { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>Where it stands.</summary>
    public required StudyStatus Status { get; init; }

    /// <summary>The step it is in or would take next; null when final.</summary>
    public StudyStep? Step { get; init; }

    /// <summary>0 (last) to 9 (first).</summary>
    public int Priority { get; init; }

    /// <summary>The archive it is located in, or whose permit it waits for.</summary>
    public string? Archive { get; init; }

    /// <summary>True while it waits for that archive's permit.</summary>
    public bool WantsPermit { get; init; }

    /// <summary>Failed attempts of the present step.</summary>
    public int Attempts { get; init; }

    /// <summary>When the present step is tried again, while Waiting.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Instances by state.</summary>
    public InstanceCounts Counts { get; init; } = new();

    /// <summary>Bytes fetched.</summary>
    public long Bytes { get; init; }

    /// <summary>Why it is where it is, in words without identifying values.</summary>
    public string? Reason { get; init; }

    /// <summary>The study that this one duplicates.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>When it was first requested.</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Since when it is finished and its record may be retired; null while it is not, or when it is being retired or was.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When its journal and its ledger were retired; null while they are there.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>Identifying: MRN of the request.</summary>
    public string? IdMrn { get; init; }

    /// <summary>Identifying: accession number of the request.</summary>
    public string? IdAccessionNumber { get; init; }

    /// <summary>Identifying: StudyInstanceUID of the request.</summary>
    public string? IdStudyUid { get; init; }

    /// <summary>Identifying: the requester's procedure number.</summary>
    public string? IdProcedure { get; init; }
}

/// <summary>One instance in a study's ledger. Columns that identify a person start with <c>Id</c>.</summary>
public sealed record InstanceRow : RowWrite
{
    /// <summary>The study it belongs to.</summary>
    public required string StudyId { get; init; }

    /// <summary>Identifying: SOPInstanceUID at the archive; with <see cref="StudyId"/> and <see cref="IdStudyUid"/> the row's key.</summary>
    public required string IdSopInstanceUid { get; init; }

    /// <summary>Identifying: StudyInstanceUID at the archive.</summary>
    public required string IdStudyUid { get; init; }

    /// <summary>Identifying: SeriesInstanceUID at the archive.</summary>
    public required string IdSeriesUid { get; init; }

    /// <summary>SOP class, where the archive or the file has told.</summary>
    public string? SopClassUid { get; init; }

    /// <summary>Modality of the series, where the archive or the file has told.</summary>
    public string? Modality { get; init; }

    /// <summary>The archive it comes from.</summary>
    public required string Archive { get; init; }

    /// <summary>Where it stands.</summary>
    public required InstanceState State { get; init; }

    /// <summary>Why it is rejected or held, without identifying values.</summary>
    public string? Reason { get; init; }

    /// <summary>Bytes of the raw file.</summary>
    public long RawBytes { get; init; }

    /// <summary>SHA-256 of the raw file, lower-case hexadecimal.</summary>
    public string? RawDigest { get; init; }

    /// <summary>SOPInstanceUID of the result.</summary>
    public string? NewSopInstanceUid { get; init; }

    /// <summary>SeriesInstanceUID of the result.</summary>
    public string? NewSeriesUid { get; init; }

    /// <summary>StudyInstanceUID of the result.</summary>
    public string? NewStudyUid { get; init; }

    /// <summary>Bytes of the result.</summary>
    public long OutBytes { get; init; }

    /// <summary>SHA-256 of the result, lower-case hexadecimal.</summary>
    public string? OutDigest { get; init; }
}

/// <summary>
/// Puts every ledger row of a study that is in one of <paramref name="From"/> into <paramref name="To"/>, its reason cleared: a step is to be
/// done again. Rows of one turn take effect in their order.
/// </summary>
public sealed record LedgerReset(string StudyId, IReadOnlyList<InstanceState> From, InstanceState To) : RowWrite;

/// <summary>Deletes the ledger rows of a study: a new inventory replaces them in the same turn.</summary>
public sealed record LedgerClear(string StudyId) : RowWrite;

/// <summary>Claims a source study for a project; unique. A turn that claims what another study has claimed ends in <see cref="TurnOutcome.ClaimTaken"/>.</summary>
public sealed record ClaimRow(string Project, string IdStudyUid, string StudyId) : RowWrite;

/// <summary>Gives all claims of a study back (it was cancelled, rejected or is a duplicate).</summary>
public sealed record ClaimRelease(string StudyId) : RowWrite;

/// <summary>One line of a project's linkage table; identifying.</summary>
public sealed record LinkageRow(
    string StudyId, string Project, string? IdProcedure, string? IdMrn, string? IdAccessionNumber, string? IdStudyUid,
    string? ParticipantId, string Pseudonym, IReadOnlyList<string> NewStudyUids, DateTimeOffset At) : RowWrite;

/// <summary>The index row of a project.</summary>
public sealed record ProjectRow(string Project, bool Paused, int InFlight, int InFlightMax, string? Reason, DateTimeOffset UpdatedAt, int Share = 1) : RowWrite;

/// <summary>How large a project's share of an archive is, beside the others'.</summary>
public sealed record ProjectShare(string Project, int Share);

/// <summary>The index row of an archive.</summary>
public sealed record ArchiveRow(string Archive, int PermitsGranted, int PermitsMax, string Breaker, string? Reason, DateTimeOffset UpdatedAt) : RowWrite;

/// <summary>Studies of a project that wait for admission: by priority, then by time of request. Answers <see cref="StudyRow"/>.</summary>
public sealed record AdmissionQueue(string Project, int Limit) : IndexQuery;

/// <summary>
/// Studies that wait for an archive's permit: by priority, then by time of request, of each project no more than
/// <paramref name="LimitPerProject"/>, so that none hides the others, and no more than <see cref="RowsMax"/> together. Answers <see cref="StudyRow"/>, then
/// the <see cref="ProjectShare"/> of each project whose share is another than 1.
/// </summary>
public sealed record PermitQueue(string Archive, int LimitPerProject) : IndexQuery
{
    /// <summary>The bound of the whole answer. Rows.</summary>
    public const int RowsMax = 2_000;
}

/// <summary>Who has claimed these source studies for the project. Answers <see cref="ClaimRow"/>.</summary>
public sealed record ClaimOwners(string Project, IReadOnlyList<string> IdStudyUids) : IndexQuery;
