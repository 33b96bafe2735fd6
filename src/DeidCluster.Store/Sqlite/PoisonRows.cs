using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>Mail that was set aside because its handling threw each time, and what was decided about it.</summary>
internal static class PoisonRows
{
    /// <summary>Sets a mail aside; false when it is not in the actor's mailbox.</summary>
    public static bool Set(SqliteSession session, ActorId actor, Poison poison)
    {
        session.Execute(
            """
            INSERT OR REPLACE INTO poison (mail_id, actor, kind, exception_type, thrown_in, trace, tries, at)
            SELECT id, actor, kind, $3, $4, $5, $6, $7 FROM mail WHERE id = $1 AND actor = $2 AND aside IS NULL
            """,
            poison.MailId.Text(), actor.ToString(), poison.ExceptionType, poison.Where, poison.Trace, poison.Tries, poison.At.Text());
        return session.Execute("UPDATE mail SET aside = $3 WHERE id = $1 AND actor = $2 AND aside IS NULL", poison.MailId.Text(), actor.ToString(), MailRows.AsidePoison) == 1;
    }

    public static IReadOnlyList<PoisonedMail> Read(SqliteSession session, bool withVerdicts, int limit) =>
        session.Query(
            "SELECT actor, kind, mail_id, exception_type, thrown_in, trace, tries, at, dropped, decided_by, decided_why, decided_at FROM poison "
            + (withVerdicts ? "ORDER BY at DESC, mail_id LIMIT $1" : "WHERE dropped IS NULL ORDER BY at, mail_id LIMIT $1"),
            Read, limit);

    public static MessageBody? ReadBody(SqliteSession session, Guid mailId) =>
        session.Query(
            "SELECT kind, body FROM mail WHERE aside IS NOT NULL AND aside = $2 AND id = $1", row => new MessageBody(row.GetString(0), row.GetString(1)),
            mailId.Text(), MailRows.AsidePoison).FirstOrDefault();

    public static bool Judge(SqliteSession session, Guid mailId, PoisonVerdict verdict)
    {
        string change = verdict.IsDropped ? "DELETE FROM mail" : "UPDATE mail SET aside = NULL";
        return session.Execute($"{change} WHERE id = $1 AND aside = $2", mailId.Text(), MailRows.AsidePoison) == 1
            && session.Execute(
                "UPDATE poison SET dropped = $2, decided_by = $3, decided_why = $4, decided_at = $5 WHERE mail_id = $1",
                mailId.Text(), verdict.IsDropped, verdict.By, verdict.Why, verdict.At.Text()) == 1;
    }

    private static PoisonedMail Read(SqliteDataReader row) => new(
        row.Actor(0), row.GetString(1),
        new Poison(row.Id(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetInt32(6), row.Time(7)),
        row.IsDBNull(8) ? null : new PoisonVerdict(row.GetBoolean(8), row.GetString(9), row.GetString(10), row.Time(11)));
}
