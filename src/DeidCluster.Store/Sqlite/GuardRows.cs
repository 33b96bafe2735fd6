using DeidCluster.Studies;

namespace DeidCluster.Store.Sqlite;

/// <summary>The index rows of projects and archives, the two kinds of actors that guard a limit.</summary>
internal static class GuardRows
{
    public static void Put(SqliteSession session, ProjectRow row) =>
        session.Execute(
            "INSERT OR REPLACE INTO project (project, paused, in_flight, in_flight_max, reason, updated_at, share) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            row.Project, row.Paused, row.InFlight, row.InFlightMax, row.Reason, row.UpdatedAt.Text(), row.Share);

    public static IReadOnlyList<ProjectRow> Projects(SqliteSession session) =>
        session.Query(
            "SELECT project, paused, in_flight, in_flight_max, reason, updated_at, share FROM project ORDER BY project",
            row => new ProjectRow(row.GetString(0), row.GetBoolean(1), row.GetInt32(2), row.GetInt32(3), row.TextOrNull(4), row.Time(5), row.GetInt32(6)));

    public static IReadOnlyList<object> Shares(SqliteSession session) =>
        session.Query("SELECT project, share FROM project WHERE share <> 1 ORDER BY project", row => new ProjectShare(row.GetString(0), row.GetInt32(1)));

    public static void Put(SqliteSession session, ArchiveRow row) =>
        session.Execute(
            "INSERT OR REPLACE INTO archive (archive, permits_granted, permits_max, breaker, reason, updated_at) VALUES ($1, $2, $3, $4, $5, $6)",
            row.Archive, row.PermitsGranted, row.PermitsMax, row.Breaker, row.Reason, row.UpdatedAt.Text());

    public static IReadOnlyList<ArchiveRow> Archives(SqliteSession session) =>
        session.Query(
            "SELECT archive, permits_granted, permits_max, breaker, reason, updated_at FROM archive ORDER BY archive",
            row => new ArchiveRow(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetString(3), row.TextOrNull(4), row.Time(5)));
}
