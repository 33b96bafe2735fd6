using System.Globalization;
using System.Text;
using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>The index of studies: its lists and its waiting lines, and the rows of the two kinds of actors that guard a limit.</summary>
internal static class StudyStatements
{
    private const int ListRowsMax = 1_000;
    private const string CursorFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    public static NpgsqlBatchCommand Find(string studyId) =>
        Statement.Of($"SELECT {StudyTables.Studies.Fields} FROM study WHERE study_id = $1", Statement.Text(studyId));

    public static NpgsqlBatchCommand Waiting(AdmissionQueue query) => Statement.Of(
        $"SELECT {StudyTables.Studies.Fields} FROM study WHERE project = $1 AND status = 'Queued' ORDER BY priority DESC, requested_at, study_id LIMIT $2",
        Statement.Text(query.Project), Statement.Int(Math.Max(0, query.Limit)));

    public static NpgsqlBatchCommand Waiting(PermitQueue query) => Statement.Of(
        $"""
        SELECT {StudyTables.Studies.Fields} FROM (
            SELECT *, row_number() OVER (PARTITION BY project ORDER BY priority DESC, requested_at, study_id) AS place
            FROM study WHERE archive = $1 AND wants_permit) AS line
        WHERE place <= $2 ORDER BY priority DESC, requested_at, study_id LIMIT $3
        """,
        Statement.Text(query.Archive), Statement.Int(Math.Max(0, query.LimitPerProject)), Statement.Int(PermitQueue.RowsMax));

    public static NpgsqlBatchCommand Count() =>
        Statement.Of("SELECT project, status, count(*) FROM study GROUP BY project, status ORDER BY project, status");

    public static StatusCount ReadCount(NpgsqlDataReader row) => new(row.GetString(0), row.Name<StudyStatus>(1), row.GetInt64(2));

    /// <summary>One page, newest first, and one row more. The cursor is the last row's place in that order, so that rows which come meanwhile shift nothing.</summary>
    public static NpgsqlBatchCommand List(StudyFilter filter)
    {
        List<string> where = ["true"];
        List<NpgsqlParameter> values = [];
        string Value(NpgsqlParameter value)
        {
            values.Add(value);
            return $"${values.Count}";
        }

        if (filter.Project is not null)
        {
            where.Add($"project = {Value(Statement.Text(filter.Project))}");
        }

        if (filter.Statuses.Count > 0)
        {
            where.Add($"status = ANY ({Value(Statement.Texts(filter.Statuses.Select(status => status.ToString())))})");
        }

        if (filter.Mrn is not null)
        {
            where.Add($"id_mrn = {Value(Statement.Text(filter.Mrn))}");
        }

        if (filter.AccessionNumber is not null)
        {
            where.Add($"id_accession_number = {Value(Statement.Text(filter.AccessionNumber))}");
        }

        if (filter.StudyUid is not null)
        {
            string uid = Value(Statement.Text(filter.StudyUid));
            where.Add($"(id_study_uid = {uid} OR study_id IN (SELECT study_id FROM instance WHERE id_study_uid = {uid}))");
        }

        if (filter.ProcedureId is not null)
        {
            where.Add($"id_procedure = {Value(Statement.Text(filter.ProcedureId))}");
        }

        if (filter.Cursor is not null)
        {
            (DateTimeOffset requestedAt, string studyId) = ReadCursor(filter.Cursor);
            where.Add($"(requested_at, study_id) < ({Value(Statement.Time(requestedAt))}, {Value(Statement.Text(studyId))})");
        }

        string limit = Value(Statement.Int(Limit(filter) + 1));
        return Statement.Of(
            $"SELECT {StudyTables.Studies.Fields} FROM study WHERE {string.Join(" AND ", where)} ORDER BY requested_at DESC, study_id DESC LIMIT {limit}", [.. values]);
    }

    /// <summary>The page that <see cref="List"/>'s rows make.</summary>
    public static StudyPage Page(StudyFilter filter, IReadOnlyList<StudyRow> rows)
    {
        int limit = Limit(filter);
        return rows.Count <= limit ? new StudyPage(rows, null) : new StudyPage([.. rows.Take(limit)], WriteCursor(rows[limit - 1]));
    }

    public static StudyRow Read(NpgsqlDataReader row) => new()
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
        RequestedAt = row.TimeAt(20),
        UpdatedAt = row.TimeAt(21),
        IdMrn = row.TextOrNull(22),
        IdAccessionNumber = row.TextOrNull(23),
        IdStudyUid = row.TextOrNull(24),
        IdProcedure = row.TextOrNull(25),
        FinishedAt = row.TimeOrNull(26),
        RetiredAt = row.TimeOrNull(27),
    };

    public static NpgsqlBatchCommand Projects() => Statement.Of($"SELECT {StudyTables.Projects.Fields} FROM project ORDER BY project");

    public static ProjectRow ReadProject(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetBoolean(1), row.GetInt32(2), row.GetInt32(3), row.TextOrNull(4), row.TimeAt(5), row.GetInt32(6));

    public static NpgsqlBatchCommand Shares() => Statement.Of("SELECT project, share FROM project WHERE share <> 1 ORDER BY project");

    public static ProjectShare ReadShare(NpgsqlDataReader row) => new(row.GetString(0), row.GetInt32(1));

    public static NpgsqlBatchCommand Archives() => Statement.Of($"SELECT {StudyTables.Archives.Fields} FROM archive ORDER BY archive");

    public static ArchiveRow ReadArchive(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetString(3), row.TextOrNull(4), row.TimeAt(5));

    private static int Limit(StudyFilter filter) => Math.Clamp(filter.Limit, 1, ListRowsMax);

    private static string WriteCursor(StudyRow last) =>
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"{last.RequestedAt.UtcDateTime.ToString(CursorFormat, CultureInfo.InvariantCulture)} {last.StudyId}"));

    private static (DateTimeOffset RequestedAt, string StudyId) ReadCursor(string cursor)
    {
        string[] parts = Encoding.UTF8.GetString(Convert.FromHexString(cursor)).Split(' ', 2);
        return parts.Length == 2 && DateTimeOffset.TryParseExact(parts[0], CursorFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? (at, parts[1])
            : throw new FormatException("The cursor is not one that a page gave.");
    }
}
