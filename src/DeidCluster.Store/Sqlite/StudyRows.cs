using System.Globalization;
using System.Text;
using System.Text.Json;
using DeidCluster.Studies;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>The index of studies: its rows, its lists and its waiting lines.</summary>
internal static class StudyRows
{
    private const int ListRowsMax = 1_000;

    private const string Fields =
        "study_id, project, status, step, priority, archive, wants_permit, attempts, due_at, located, fetched, rejected, anonymized, verified, delivered, "
        + "confirmed, held, bytes, reason, duplicate_of, requested_at, updated_at, id_mrn, id_accession_number, id_study_uid, id_procedure, finished_at, retired_at";

    public static void Put(SqliteSession session, StudyRow row) =>
        session.Execute(
            $"INSERT OR REPLACE INTO study ({Fields}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)",
            row.StudyId, row.Project, row.Status.ToString(), row.Step?.ToString(), row.Priority, row.Archive, row.WantsPermit, row.Attempts, row.DueAt?.Text(),
            row.Counts.Located, row.Counts.Fetched, row.Counts.Rejected, row.Counts.Anonymized, row.Counts.Verified, row.Counts.Delivered,
            row.Counts.Confirmed, row.Counts.Held, row.Bytes, row.Reason, row.DuplicateOf, row.RequestedAt.Text(), row.UpdatedAt.Text(),
            row.IdMrn, row.IdAccessionNumber, row.IdStudyUid, row.IdProcedure, row.FinishedAt?.Text(), row.RetiredAt?.Text());

    public static StudyRow? Find(SqliteSession session, string studyId) =>
        session.Query($"SELECT {Fields} FROM study WHERE study_id = $1", Read, studyId).FirstOrDefault();

    public static IReadOnlyList<object> Waiting(SqliteSession session, AdmissionQueue query) =>
        session.Query(
            $"SELECT {Fields} FROM study WHERE project = $1 AND status = 'Queued' ORDER BY priority DESC, requested_at, study_id LIMIT $2",
            Read, query.Project, Math.Max(0, query.Limit));

    public static IReadOnlyList<object> Waiting(SqliteSession session, PermitQueue query) =>
        session.Query(
            $"""
            SELECT {Fields} FROM (
                SELECT *, row_number() OVER (PARTITION BY project ORDER BY priority DESC, requested_at, study_id) AS place
                FROM study WHERE archive = $1 AND wants_permit = 1) AS line
            WHERE place <= $2 ORDER BY priority DESC, requested_at, study_id LIMIT $3
            """,
            Read, query.Archive, Math.Max(0, query.LimitPerProject), PermitQueue.RowsMax);

    public static IReadOnlyList<StatusCount> Count(SqliteSession session) =>
        session.Query(
            "SELECT project, status, count(*) FROM study GROUP BY project, status ORDER BY project, status",
            row => new StatusCount(row.GetString(0), row.Name<StudyStatus>(1), row.GetInt64(2)));

    /// <summary>One page, newest first. The cursor is the last row's place in that order, so that rows which come meanwhile shift nothing.</summary>
    public static StudyPage List(SqliteSession session, StudyFilter filter)
    {
        int limit = Math.Clamp(filter.Limit, 1, ListRowsMax);
        StringBuilder where = new("1");
        List<object?> values = [];
        void And(string condition, params ReadOnlySpan<object> parameters)
        {
            int first = values.Count;
            values.AddRange(parameters);
            where.Append(" AND ").AppendFormat(CultureInfo.InvariantCulture, condition, $"${first + 1}", $"${first + 2}");
        }

        if (filter.Project is not null)
        {
            And("project = {0}", filter.Project);
        }

        if (filter.Statuses.Count > 0)
        {
            And("status IN (SELECT value FROM json_each({0}))", JsonSerializer.Serialize(filter.Statuses.Select(status => status.ToString())));
        }

        if (filter.Mrn is not null)
        {
            And("id_mrn = {0}", filter.Mrn);
        }

        if (filter.AccessionNumber is not null)
        {
            And("id_accession_number = {0}", filter.AccessionNumber);
        }

        if (filter.StudyUid is not null)
        {
            And("(id_study_uid = {0} OR study_id IN (SELECT study_id FROM instance WHERE id_study_uid = {0}))", filter.StudyUid);
        }

        if (filter.ProcedureId is not null)
        {
            And("id_procedure = {0}", filter.ProcedureId);
        }

        if (filter.Cursor is not null)
        {
            (string requestedAt, string studyId) = ReadCursor(filter.Cursor);
            And("(requested_at, study_id) < ({0}, {1})", requestedAt, studyId);
        }

        values.Add(limit + 1);
        List<StudyRow> rows = session.Query(
            $"SELECT {Fields} FROM study WHERE {where} ORDER BY requested_at DESC, study_id DESC LIMIT ${values.Count}", Read, [.. values]);
        return rows.Count <= limit ? new StudyPage(rows, null) : new StudyPage(rows[..limit], WriteCursor(rows[limit - 1]));
    }

    private static string WriteCursor(StudyRow last) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"{last.RequestedAt.Text()} {last.StudyId}"));

    private static (string RequestedAt, string StudyId) ReadCursor(string cursor)
    {
        string[] parts = Encoding.UTF8.GetString(Convert.FromHexString(cursor)).Split(' ', 2);
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new FormatException("The cursor is not one that a page gave.");
    }

    private static StudyRow Read(SqliteDataReader row) => new()
    {
        StudyId = row.GetString(0),
        Project = row.GetString(1),
        Status = row.Name<StudyStatus>(2),
        Step = row.IsDBNull(3) ? null : row.Name<StudyStep>(3),
        Priority = row.GetInt32(4),
        Archive = row.TextOrNull(5),
        WantsPermit = row.GetBoolean(6),
        Attempts = row.GetInt32(7),
        DueAt = row.TimeOrNull(8),
        Counts = new InstanceCounts(
            row.GetInt32(9), row.GetInt32(10), row.GetInt32(11), row.GetInt32(12), row.GetInt32(13), row.GetInt32(14), row.GetInt32(15), row.GetInt32(16)),
        Bytes = row.GetInt64(17),
        Reason = row.TextOrNull(18),
        DuplicateOf = row.TextOrNull(19),
        RequestedAt = row.Time(20),
        UpdatedAt = row.Time(21),
        IdMrn = row.TextOrNull(22),
        IdAccessionNumber = row.TextOrNull(23),
        IdStudyUid = row.TextOrNull(24),
        IdProcedure = row.TextOrNull(25),
        FinishedAt = row.TimeOrNull(26),
        RetiredAt = row.TimeOrNull(27),
    };
}
