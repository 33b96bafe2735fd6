namespace DeidCluster.Store.Sqlite;

/// <summary>Applies the numbered scripts, in the transaction that the caller has begun.</summary>
internal static class Migrations
{
    public static void Apply(SqliteSession session, string now)
    {
        session.Execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL) WITHOUT ROWID");
        Dictionary<string, string> applied = session
            .Query("SELECT name, sha256 FROM migration", row => (Name: row.GetString(0), Sha256: row.GetString(1)))
            .ToDictionary(row => row.Name, row => row.Sha256);
        foreach (MigrationScript script in MigrationScripts.Pending("Sqlite", applied))
        {
            session.ExecuteScript(script.Sql);
            session.Execute("INSERT INTO migration VALUES ($1, $2, $3)", script.Name, script.Sha256, now);
        }
    }
}
