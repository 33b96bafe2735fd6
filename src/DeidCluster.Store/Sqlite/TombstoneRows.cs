using DeidCluster.Studies;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>What is left of retired studies, and which studies may be retired.</summary>
internal static class TombstoneRows
{
    private const string Fields =
        "study_id, project, status, version, retired_at, rule, confirmed, events, instances, subject_key, configuration, archive_file, archive_sha256";

    public static void Put(SqliteSession session, TombstoneRow row) =>
        session.Execute(
            $"INSERT OR REPLACE INTO tombstone ({Fields}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            row.StudyId, row.Project, row.Status.ToString(), row.Version, row.RetiredAt.Text(), row.Rule, row.Confirmed, row.Events, row.Instances,
            row.SubjectKey, row.Configuration, row.ArchiveFile, row.ArchiveSha256);

    public static TombstoneRow? Find(SqliteSession session, string studyId) =>
        session.Query($"SELECT {Fields} FROM tombstone WHERE study_id = $1", Read, studyId).FirstOrDefault();

    public static IReadOnlyList<(string Project, long Studies)> Count(SqliteSession session) =>
        session.Query("SELECT project, count(*) FROM tombstone GROUP BY project ORDER BY project", row => (row.GetString(0), row.GetInt64(1)));

    public static IReadOnlyList<object> Retirable(SqliteSession session, RetirableStudies query) =>
        session.Query(
            "SELECT study_id, finished_at FROM study WHERE project = $1 AND finished_at IS NOT NULL ORDER BY finished_at, study_id LIMIT $2",
            row => new RetirableStudy(row.GetString(0), row.Time(1)), query.Project, Math.Max(0, query.Limit));

    public static (long Studies, DateTimeOffset? Oldest) CountRetirable(SqliteSession session, string project, DateTimeOffset before) =>
        session.Query(
            "SELECT count(*), min(finished_at) FROM study WHERE project = $1 AND finished_at IS NOT NULL AND finished_at < $2",
            row => (row.GetInt64(0), row.TimeOrNull(1)), project, before.Text())[0];

    private static TombstoneRow Read(SqliteDataReader row) => new()
    {
        StudyId = row.GetString(0),
        Project = row.GetString(1),
        Status = row.Name<StudyStatus>(2),
        Version = row.GetInt64(3),
        RetiredAt = row.Time(4),
        Rule = row.GetString(5),
        Confirmed = row.GetInt32(6),
        Events = row.GetInt64(7),
        Instances = row.GetInt32(8),
        SubjectKey = row.TextOrNull(9),
        Configuration = row.TextOrNull(10),
        ArchiveFile = row.TextOrNull(11),
        ArchiveSha256 = row.TextOrNull(12),
    };
}
