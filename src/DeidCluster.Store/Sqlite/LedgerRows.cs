using System.Text.Json;
using DeidCluster.Studies;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>The ledger of instances, the claims on source studies, and the linkage tables.</summary>
internal static class LedgerRows
{
    private const string Fields =
        "study_id, id_study_uid, id_sop_instance_uid, id_series_uid, sop_class_uid, modality, archive, state, reason, raw_bytes, raw_digest, "
        + "new_sop_instance_uid, new_series_uid, new_study_uid, out_bytes, out_digest";

    public static void Put(SqliteSession session, InstanceRow row) =>
        session.Execute(
            $"INSERT OR REPLACE INTO instance ({Fields}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            row.StudyId, row.IdStudyUid, row.IdSopInstanceUid, row.IdSeriesUid, row.SopClassUid, row.Modality, row.Archive, row.State.ToString(), row.Reason,
            row.RawBytes, row.RawDigest, row.NewSopInstanceUid, row.NewSeriesUid, row.NewStudyUid, row.OutBytes, row.OutDigest);

    public static IReadOnlyList<InstanceRow> Of(SqliteSession session, string studyId) =>
        session.Query(
            $"SELECT {Fields} FROM instance WHERE study_id = $1 ORDER BY id_study_uid, id_series_uid, id_sop_instance_uid", Read, studyId);

    /// <summary>Puts rows in some states back into another one, for a step to be done again.</summary>
    public static void Reset(SqliteSession session, LedgerReset reset) =>
        session.Execute(
            "UPDATE instance SET state = $2, reason = NULL WHERE study_id = $1 AND state IN (SELECT value FROM json_each($3))",
            reset.StudyId, reset.To.ToString(), JsonSerializer.Serialize(reset.From.Select(state => state.ToString())));

    public static void Clear(SqliteSession session, LedgerClear clear) =>
        session.Execute("DELETE FROM instance WHERE study_id = $1", clear.StudyId);

    /// <summary>Claims a source study; false when another study of the project has it.</summary>
    public static bool Claim(SqliteSession session, ClaimRow claim)
    {
        session.Execute(
            "INSERT INTO claim (project, id_study_uid, study_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", claim.Project, claim.IdStudyUid, claim.StudyId);
        return (string?)session.Scalar("SELECT study_id FROM claim WHERE project = $1 AND id_study_uid = $2", claim.Project, claim.IdStudyUid) == claim.StudyId;
    }

    public static void Release(SqliteSession session, ClaimRelease release) =>
        session.Execute("DELETE FROM claim WHERE study_id = $1", release.StudyId);

    public static IReadOnlyList<object> Owners(SqliteSession session, ClaimOwners query) =>
        session.Query(
            "SELECT project, id_study_uid, study_id FROM claim WHERE project = $1 AND id_study_uid IN (SELECT value FROM json_each($2))",
            row => new ClaimRow(row.GetString(0), row.GetString(1), row.GetString(2)),
            query.Project, JsonSerializer.Serialize(query.IdStudyUids));

    public static void Put(SqliteSession session, LinkageRow row) =>
        session.Execute(
            """
            INSERT OR REPLACE INTO linkage (study_id, project, id_procedure, id_mrn, id_accession_number, id_study_uid, participant_id, pseudonym, new_study_uids, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            row.StudyId, row.Project, row.IdProcedure, row.IdMrn, row.IdAccessionNumber, row.IdStudyUid, row.ParticipantId, row.Pseudonym,
            JsonSerializer.Serialize(row.NewStudyUids), row.At.Text());

    public static IReadOnlyList<LinkageRow> Linkage(SqliteSession session, string project) =>
        session.Query(
            """
            SELECT study_id, project, id_procedure, id_mrn, id_accession_number, id_study_uid, participant_id, pseudonym, new_study_uids, at
            FROM linkage WHERE project = $1 ORDER BY at, study_id
            """,
            row => new LinkageRow(
                row.GetString(0), row.GetString(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5), row.TextOrNull(6),
                row.GetString(7), JsonSerializer.Deserialize<string[]>(row.GetString(8)) ?? [], row.Time(9)),
            project);

    private static InstanceRow Read(SqliteDataReader row) => new()
    {
        StudyId = row.GetString(0),
        IdStudyUid = row.GetString(1),
        IdSopInstanceUid = row.GetString(2),
        IdSeriesUid = row.GetString(3),
        SopClassUid = row.TextOrNull(4),
        Modality = row.TextOrNull(5),
        Archive = row.GetString(6),
        State = row.Name<InstanceState>(7),
        Reason = row.TextOrNull(8),
        RawBytes = row.GetInt64(9),
        RawDigest = row.TextOrNull(10),
        NewSopInstanceUid = row.TextOrNull(11),
        NewSeriesUid = row.TextOrNull(12),
        NewStudyUid = row.TextOrNull(13),
        OutBytes = row.GetInt64(14),
        OutDigest = row.TextOrNull(15),
    };
}
