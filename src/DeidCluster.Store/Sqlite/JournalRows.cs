using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>Actors, their journals and their snapshots.</summary>
internal static class JournalRows
{
    public static ActorHistory Load(SqliteSession session, ActorId actor)
    {
        List<Snapshot> snapshots = session.Query(
            "SELECT version, schema, body FROM snapshot WHERE actor = $1",
            row => new Snapshot(row.GetInt64(0), row.GetString(1), row.GetString(2)),
            actor.ToString());
        Snapshot? snapshot = snapshots.Count > 0 ? snapshots[0] : null;
        return new ActorHistory(snapshot, Read(session, actor, snapshot?.Version ?? 0, -1));
    }

    /// <summary>Rows behind a version; a negative limit is none.</summary>
    public static IReadOnlyList<JournalRow> Read(SqliteSession session, ActorId actor, long afterVersion, int limit) =>
        session.Query(
            "SELECT version, kind, body, at, token, cause FROM journal WHERE actor = $1 AND version > $2 ORDER BY version LIMIT $3",
            Read, actor.ToString(), afterVersion, limit);

    public static long Version(SqliteSession session, ActorId actor) =>
        session.Scalar("SELECT version FROM actor WHERE actor = $1", actor.ToString()) is long version ? version : 0;

    public static IReadOnlyList<ActorId> ReadActive(SqliteSession session, int shard) =>
        session.Query(
            "SELECT actor FROM actor WHERE active = 1 AND shard = $1 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.actor = actor.actor)",
            row => row.Actor(0), shard);

    public static void Append(SqliteSession session, ActorId actor, IReadOnlyList<JournalRow> rows)
    {
        foreach (JournalRow row in rows)
        {
            session.Execute(
                "INSERT INTO journal (actor, version, kind, body, at, token, cause) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                actor.ToString(), row.Version, row.Body.Kind, row.Body.Json, row.At.Text(), row.Token, row.Cause.Text());
        }
    }

    public static void Keep(SqliteSession session, ActorId actor, int shard, long version, bool active) =>
        session.Execute(
            "INSERT INTO actor (actor, shard, version, active) VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET version = $3, active = $4",
            actor.ToString(), shard, version, active);

    /// <summary>Deletes what was before <paramref name="start"/>, which tells it all.</summary>
    public static void Forget(SqliteSession session, ActorId actor, long start)
    {
        session.Execute("DELETE FROM journal WHERE actor = $1 AND version < $2", actor.ToString(), start);
        session.Execute("DELETE FROM snapshot WHERE actor = $1 AND version < $2", actor.ToString(), start);
    }

    public static void Keep(SqliteSession session, ActorId actor, Snapshot snapshot) =>
        session.Execute(
            "INSERT INTO snapshot (actor, version, schema, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET version = $2, schema = $3, body = $4",
            actor.ToString(), snapshot.Version, snapshot.Schema, snapshot.Json);

    private static JournalRow Read(SqliteDataReader row) =>
        new(row.GetInt64(0), new MessageBody(row.GetString(1), row.GetString(2)), row.Time(3), row.GetInt64(4), row.Id(5));
}
