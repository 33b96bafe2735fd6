namespace DeidCluster.Studies;

/// <summary>
/// What an upstream system asks for: one study for one project, by StudyInstanceUID, else by MRN and accession number. Identifies a
/// person: it stands in bodies only, and its text form is redacted.
/// </summary>
public sealed record StudyRequest
{
    /// <summary>The project that wants the study.</summary>
    public required string Project { get; init; }

    /// <summary>StudyInstanceUID (0020,000D), when known.</summary>
    public string? StudyUid { get; init; }

    /// <summary>Patient ID (0010,0020) at the hospital.</summary>
    public string? Mrn { get; init; }

    /// <summary>Accession Number (0008,0050).</summary>
    public string? AccessionNumber { get; init; }

    /// <summary>Only these series (SeriesInstanceUID); empty for all.</summary>
    public IReadOnlyList<string> SeriesUids { get; init; } = [];

    /// <summary>The requester's own number for the procedure; comes back in the linkage table.</summary>
    public string? ProcedureId { get; init; }

    /// <summary>A pseudonym fixed by the requester; used instead of one of ours.</summary>
    public string? ParticipantId { get; init; }

    /// <summary>The study's date as the requester knows it.</summary>
    public DateOnly? StudyDate { get; init; }

    /// <summary>When the extract that this request comes from was made.</summary>
    public DateTimeOffset? ExtractGeneratedAt { get; init; }

    /// <summary>0 (last) to 9 (first).</summary>
    public int Priority { get; init; } = PriorityDefault;

    /// <summary>The priority of a request that names none.</summary>
    public const int PriorityDefault = 5;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"StudyRequest for {Project} (identifiers redacted)";
}
