using DeidCluster.Engine;

namespace DeidCluster.Store.Sqlite;

/// <summary>Actors that were set aside. Their mail stays in the mailbox, marked, so that a long backlog costs the others nothing.</summary>
internal static class QuarantineRows
{
    public static void Set(SqliteSession session, ActorId actor, int shard, Quarantine quarantine)
    {
        session.Execute(
            "INSERT INTO quarantine (actor, shard, mail_id, exception_type, thrown_in, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            actor.ToString(), shard, quarantine.MailId.Text(), quarantine.ExceptionType, quarantine.Where, quarantine.At.Text());
        session.Execute("UPDATE mail SET aside = $2 WHERE actor = $1 AND aside IS NULL", actor.ToString(), MailRows.AsideQuarantine);
    }

    public static IReadOnlyList<QuarantinedActor> Read(SqliteSession session, int limit) =>
        session.Query(
            "SELECT actor, mail_id, exception_type, thrown_in, at FROM quarantine ORDER BY at DESC LIMIT $1",
            row => new QuarantinedActor(row.Actor(0), new Quarantine(row.Id(1), row.GetString(2), row.GetString(3), row.Time(4))),
            limit);

    public static bool Release(SqliteSession session, ActorId actor, int shard)
    {
        if (session.Execute("DELETE FROM quarantine WHERE actor = $1", actor.ToString()) == 0)
        {
            return false;
        }

        session.Execute(
            "UPDATE mail SET aside = NULL WHERE aside IS NOT NULL AND aside = $3 AND shard = $2 AND actor = $1",
            actor.ToString(), shard, MailRows.AsideQuarantine);
        return true;
    }
}
