using DeidCluster.Engine;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>Mail that was set aside because its handling threw each time, and what was decided about it.</summary>
internal static class PoisonStatements
{
    /// <summary>Sets mail aside; the guard that follows raises the actors of mail that is gone.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Set(IReadOnlyList<(ActorId Actor, Poison Poison)> poisoned) =>
    [
        Statement.Of(
            """
            INSERT INTO poison (mail_id, actor, kind, exception_type, thrown_in, trace, tries, at)
            SELECT mail.id, mail.actor, mail.kind, told.exception_type, told.thrown_in, told.trace, told.tries, told.at
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[]) AS told (id, actor, exception_type, thrown_in, trace, tries, at)
            JOIN mail ON mail.id = told.id AND mail.actor = told.actor AND mail.aside IS NULL
            ON CONFLICT (mail_id) DO UPDATE SET exception_type = excluded.exception_type, thrown_in = excluded.thrown_in, trace = excluded.trace,
                tries = excluded.tries, at = excluded.at, dropped = NULL, decided_by = NULL, decided_why = NULL, decided_at = NULL
            """,
            Statement.Ids(poisoned.Select(one => one.Poison.MailId)), Statement.Texts(poisoned.Select(one => one.Actor.ToString())),
            Statement.Texts(poisoned.Select(one => one.Poison.ExceptionType)), Statement.Texts(poisoned.Select(one => one.Poison.Where)),
            Statement.Texts(poisoned.Select(one => one.Poison.Trace)), Statement.Ints(poisoned.Select(one => one.Poison.Tries)), Statement.Times(poisoned.Select(one => one.Poison.At))),
        Statement.Of(
            "SELECT set_aside($1, $2, $3)", Statement.Ids(poisoned.Select(one => one.Poison.MailId)), Statement.Texts(poisoned.Select(one => one.Actor.ToString())),
            Statement.Text(MailStatements.AsidePoison)),
    ];

    public static NpgsqlBatchCommand Read(bool withVerdicts, int limit) => Statement.Of(
        "SELECT actor, kind, mail_id, exception_type, thrown_in, trace, tries, at, dropped, decided_by, decided_why, decided_at FROM poison "
        + (withVerdicts ? "ORDER BY at DESC, mail_id LIMIT $1" : "WHERE dropped IS NULL ORDER BY at, mail_id LIMIT $1"),
        Statement.Int(limit));

    public static NpgsqlBatchCommand ReadBody(Guid mailId) =>
        Statement.Of("SELECT kind, body FROM mail WHERE id = $1 AND aside = $2", Statement.Id(mailId), Statement.Text(MailStatements.AsidePoison));

    /// <summary>One statement, so that the verdict and what it does are one; a row for each mail that it was about.</summary>
    public static NpgsqlBatchCommand Judge(Guid mailId, PoisonVerdict verdict) => Statement.Of(
        $"""
        WITH judged AS ({(verdict.IsDropped ? "DELETE FROM mail" : "UPDATE mail SET aside = NULL")} WHERE id = $1 AND aside = $2 RETURNING id)
        UPDATE poison SET dropped = $3, decided_by = $4, decided_why = $5, decided_at = $6 FROM judged WHERE mail_id = judged.id RETURNING 1
        """,
        Statement.Id(mailId), Statement.Text(MailStatements.AsidePoison), new NpgsqlParameter<bool> { TypedValue = verdict.IsDropped }, Statement.Text(verdict.By),
        Statement.Text(verdict.Why), Statement.Time(verdict.At));

    public static PoisonedMail ReadRow(NpgsqlDataReader row) => new(
        row.Actor(0), row.GetString(1),
        new Poison(row.GetGuid(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetInt32(6), row.TimeAt(7)),
        row.IsDBNull(8) ? null : new PoisonVerdict(row.GetBoolean(8), row.GetString(9), row.GetString(10), row.TimeAt(11)));
}
