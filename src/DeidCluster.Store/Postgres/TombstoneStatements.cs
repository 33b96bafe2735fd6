using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>What is left of retired studies, and which studies may be retired.</summary>
internal static class TombstoneStatements
{
    public static NpgsqlBatchCommand Find(string studyId) =>
        Statement.Of($"SELECT {StudyTables.Tombstones.Fields} FROM tombstone WHERE study_id = $1", Statement.Text(studyId));

    public static NpgsqlBatchCommand Count() => Statement.Of("SELECT project, count(*) FROM tombstone GROUP BY project ORDER BY project");

    public static NpgsqlBatchCommand Retirable(RetirableStudies query) => Statement.Of(
        "SELECT study_id, finished_at FROM study WHERE project = $1 AND finished_at IS NOT NULL ORDER BY finished_at, study_id LIMIT $2",
        Statement.Text(query.Project), Statement.Int(Math.Max(0, query.Limit)));

    public static RetirableStudy ReadRetirable(NpgsqlDataReader row) => new(row.GetString(0), row.TimeAt(1));

    public static NpgsqlBatchCommand CountRetirable(string project, DateTimeOffset before) => Statement.Of(
        "SELECT count(*), min(finished_at) FROM study WHERE project = $1 AND finished_at IS NOT NULL AND finished_at < $2",
        Statement.Text(project), Statement.Time(before));

    public static TombstoneRow Read(NpgsqlDataReader row) => new()
    {
        StudyId = row.GetString(0),
        Project = row.GetString(1),
        Status = row.Name<StudyStatus>(2),
        Version = row.GetInt64(3),
        RetiredAt = row.TimeAt(4),
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
