using DeidCluster.Studies;

namespace DeidCluster.Store.Postgres;

/// <summary>The tables of the index and the ledger, a row of each, and how it is read back.</summary>
internal static class StudyTables
{
    public static readonly RowTable<StudyRow> Studies = new(
        "study", ["study_id"], row => row.StudyId,
        RowTable<StudyRow>.Text("study_id", row => row.StudyId),
        RowTable<StudyRow>.Text("project", row => row.Project),
        RowTable<StudyRow>.Text("status", row => row.Status.ToString()),
        RowTable<StudyRow>.Text("step", row => row.Step?.ToString()),
        RowTable<StudyRow>.Int("priority", row => row.Priority),
        RowTable<StudyRow>.Text("archive", row => row.Archive),
        RowTable<StudyRow>.Flag("wants_permit", row => row.WantsPermit),
        RowTable<StudyRow>.Int("attempts", row => row.Attempts),
        RowTable<StudyRow>.Time("due_at", row => row.DueAt),
        RowTable<StudyRow>.Int("located", row => row.Counts.Located),
        RowTable<StudyRow>.Int("fetched", row => row.Counts.Fetched),
        RowTable<StudyRow>.Int("rejected", row => row.Counts.Rejected),
        RowTable<StudyRow>.Int("anonymized", row => row.Counts.Anonymized),
        RowTable<StudyRow>.Int("verified", row => row.Counts.Verified),
        RowTable<StudyRow>.Int("delivered", row => row.Counts.Delivered),
        RowTable<StudyRow>.Int("confirmed", row => row.Counts.Confirmed),
        RowTable<StudyRow>.Int("held", row => row.Counts.Held),
        RowTable<StudyRow>.Long("bytes", row => row.Bytes),
        RowTable<StudyRow>.Text("reason", row => row.Reason),
        RowTable<StudyRow>.Text("duplicate_of", row => row.DuplicateOf),
        RowTable<StudyRow>.Time("requested_at", row => row.RequestedAt),
        RowTable<StudyRow>.Time("updated_at", row => row.UpdatedAt),
        RowTable<StudyRow>.Text("id_mrn", row => row.IdMrn),
        RowTable<StudyRow>.Text("id_accession_number", row => row.IdAccessionNumber),
        RowTable<StudyRow>.Text("id_study_uid", row => row.IdStudyUid),
        RowTable<StudyRow>.Text("id_procedure", row => row.IdProcedure),
        RowTable<StudyRow>.Time("finished_at", row => row.FinishedAt),
        RowTable<StudyRow>.Time("retired_at", row => row.RetiredAt));

    public static readonly RowTable<InstanceRow> Instances = new(
        "instance", ["study_id", "id_study_uid", "id_sop_instance_uid"], row => (row.StudyId, row.IdStudyUid, row.IdSopInstanceUid),
        RowTable<InstanceRow>.Text("study_id", row => row.StudyId),
        RowTable<InstanceRow>.Text("id_study_uid", row => row.IdStudyUid),
        RowTable<InstanceRow>.Text("id_sop_instance_uid", row => row.IdSopInstanceUid),
        RowTable<InstanceRow>.Text("id_series_uid", row => row.IdSeriesUid),
        RowTable<InstanceRow>.Text("sop_class_uid", row => row.SopClassUid),
        RowTable<InstanceRow>.Text("modality", row => row.Modality),
        RowTable<InstanceRow>.Text("archive", row => row.Archive),
        RowTable<InstanceRow>.Text("state", row => row.State.ToString()),
        RowTable<InstanceRow>.Text("reason", row => row.Reason),
        RowTable<InstanceRow>.Long("raw_bytes", row => row.RawBytes),
        RowTable<InstanceRow>.Text("raw_digest", row => row.RawDigest),
        RowTable<InstanceRow>.Text("new_sop_instance_uid", row => row.NewSopInstanceUid),
        RowTable<InstanceRow>.Text("new_series_uid", row => row.NewSeriesUid),
        RowTable<InstanceRow>.Text("new_study_uid", row => row.NewStudyUid),
        RowTable<InstanceRow>.Long("out_bytes", row => row.OutBytes),
        RowTable<InstanceRow>.Text("out_digest", row => row.OutDigest));

    public static readonly RowTable<LinkageRow> Linkages = new(
        "linkage", ["study_id"], row => row.StudyId,
        RowTable<LinkageRow>.Text("study_id", row => row.StudyId),
        RowTable<LinkageRow>.Text("project", row => row.Project),
        RowTable<LinkageRow>.Text("id_procedure", row => row.IdProcedure),
        RowTable<LinkageRow>.Text("id_mrn", row => row.IdMrn),
        RowTable<LinkageRow>.Text("id_accession_number", row => row.IdAccessionNumber),
        RowTable<LinkageRow>.Text("id_study_uid", row => row.IdStudyUid),
        RowTable<LinkageRow>.Text("participant_id", row => row.ParticipantId),
        RowTable<LinkageRow>.Text("pseudonym", row => row.Pseudonym),
        RowTable<LinkageRow>.Text("new_study_uids", row => string.Join(' ', row.NewStudyUids)),
        RowTable<LinkageRow>.Time("at", row => row.At));

    public static readonly RowTable<ProjectRow> Projects = new(
        "project", ["project"], row => row.Project,
        RowTable<ProjectRow>.Text("project", row => row.Project),
        RowTable<ProjectRow>.Flag("paused", row => row.Paused),
        RowTable<ProjectRow>.Int("in_flight", row => row.InFlight),
        RowTable<ProjectRow>.Int("in_flight_max", row => row.InFlightMax),
        RowTable<ProjectRow>.Text("reason", row => row.Reason),
        RowTable<ProjectRow>.Time("updated_at", row => row.UpdatedAt),
        RowTable<ProjectRow>.Int("share", row => row.Share));

    public static readonly RowTable<ArchiveRow> Archives = new(
        "archive", ["archive"], row => row.Archive,
        RowTable<ArchiveRow>.Text("archive", row => row.Archive),
        RowTable<ArchiveRow>.Int("permits_granted", row => row.PermitsGranted),
        RowTable<ArchiveRow>.Int("permits_max", row => row.PermitsMax),
        RowTable<ArchiveRow>.Text("breaker", row => row.Breaker),
        RowTable<ArchiveRow>.Text("reason", row => row.Reason),
        RowTable<ArchiveRow>.Time("updated_at", row => row.UpdatedAt));

    public static readonly RowTable<TombstoneRow> Tombstones = new(
        "tombstone", ["study_id"], row => row.StudyId,
        RowTable<TombstoneRow>.Text("study_id", row => row.StudyId),
        RowTable<TombstoneRow>.Text("project", row => row.Project),
        RowTable<TombstoneRow>.Text("status", row => row.Status.ToString()),
        RowTable<TombstoneRow>.Long("version", row => row.Version),
        RowTable<TombstoneRow>.Time("retired_at", row => row.RetiredAt),
        RowTable<TombstoneRow>.Text("rule", row => row.Rule),
        RowTable<TombstoneRow>.Int("confirmed", row => row.Confirmed),
        RowTable<TombstoneRow>.Long("events", row => row.Events),
        RowTable<TombstoneRow>.Int("instances", row => row.Instances),
        RowTable<TombstoneRow>.Text("subject_key", row => row.SubjectKey),
        RowTable<TombstoneRow>.Text("configuration", row => row.Configuration),
        RowTable<TombstoneRow>.Text("archive_file", row => row.ArchiveFile),
        RowTable<TombstoneRow>.Text("archive_sha256", row => row.ArchiveSha256));
}
