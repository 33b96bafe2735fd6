using System.Text.Json;
using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>Mailboxes, the replies to mail, and the receipts of what was consumed.</summary>
internal static class MailRows
{
    public const string AsideUnknownKind = "unknown-kind";
    public const string AsideQuarantine = "quarantine";
    public const string AsidePoison = "poison";

    private const int ExpiredRepliesPerRun = 500;

    public static void Post(SqliteSession session, Mail mail, int shard)
    {
        session.Execute(
            """
            INSERT INTO mail (id, shard, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent, aside)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN EXISTS (SELECT 1 FROM quarantine WHERE actor = $3) THEN 'quarantine' END
            WHERE NOT EXISTS (SELECT 1 FROM reply WHERE mail_id = $1)
            ON CONFLICT DO NOTHING
            """,
            mail.Id.Text(), shard, mail.To.ToString(), mail.Body.Kind, mail.Body.Json, mail.DueAt.Text(), mail.Sender?.ToString(),
            mail.Effect?.Version, mail.Effect?.Token, mail.WantsReply, mail.TraceParent, mail.Urgent);
    }

    /// <summary>Due mail in order, urgent mail first. The indexes are in order of due time, so that a long backlog is never sorted.</summary>
    public static IReadOnlyList<Mail> ReadDue(SqliteSession session, IReadOnlyCollection<int> shards, DateTimeOffset now, int limit)
    {
        string held = JsonSerializer.Serialize(shards);
        List<Mail> due = ReadDue(session, "mail_urgent", "urgent = 1", held, now, limit);
        return due.Count >= limit ? due : [.. due, .. ReadDue(session, "mail_due", "urgent = 0", held, now, limit - due.Count)];
    }

    private static List<Mail> ReadDue(SqliteSession session, string index, string lane, string shards, DateTimeOffset now, int limit) =>
        session.Query(
            $"""
            SELECT id, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent FROM mail INDEXED BY {index}
            WHERE aside IS NULL AND {lane} AND due_at <= $1 AND shard IN (SELECT value FROM json_each($2))
            ORDER BY due_at, seq LIMIT $3
            """,
            Read, now.Text(), shards, limit);

    public static DateTimeOffset? NextDue(SqliteSession session, IReadOnlyCollection<int> shards)
    {
        List<DateTimeOffset> first = session.Query(
            "SELECT due_at FROM mail WHERE aside IS NULL AND shard IN (SELECT value FROM json_each($1)) ORDER BY due_at, seq LIMIT 1",
            row => row.Time(0), JsonSerializer.Serialize(shards));
        return first.Count > 0 ? first[0] : null;
    }

    /// <summary>Deletes a consumed mail, and leaves a receipt if it came from outside, where it may be posted again. False when it is not there.</summary>
    public static bool Consume(SqliteSession session, Guid id, ActorId actor, DateTimeOffset receiptExpiresAt)
    {
        session.Execute(
            """
            INSERT INTO reply (mail_id, expires_at) SELECT id, $3 FROM mail WHERE id = $1 AND actor = $2 AND sender IS NULL
            ON CONFLICT DO NOTHING
            """,
            id.Text(), actor.ToString(), receiptExpiresAt.Text());
        return session.Execute("DELETE FROM mail WHERE id = $1 AND actor = $2", id.Text(), actor.ToString()) == 1;
    }

    public static bool SetAside(SqliteSession session, Guid id, ActorId actor) =>
        session.Execute("UPDATE mail SET aside = $3 WHERE id = $1 AND actor = $2 AND aside IS NULL", id.Text(), actor.ToString(), AsideUnknownKind) == 1;

    public static int Restore(SqliteSession session, int shard, IReadOnlyCollection<string> knownKinds) =>
        session.Execute(
            "UPDATE mail SET aside = NULL WHERE aside IS NOT NULL AND aside = $1 AND shard = $2 AND kind IN (SELECT value FROM json_each($3))",
            AsideUnknownKind, shard, JsonSerializer.Serialize(knownKinds));

    public static void Reply(SqliteSession session, Guid mailId, MessageBody body, DateTimeOffset expiresAt) =>
        session.Execute(
            "INSERT INTO reply (mail_id, kind, body, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET kind = $2, body = $3",
            mailId.Text(), body.Kind, body.Json, expiresAt.Text());

    public static MessageBody? ReadReply(SqliteSession session, Guid mailId)
    {
        List<MessageBody> replies = session.Query(
            "SELECT kind, body FROM reply WHERE mail_id = $1 AND kind IS NOT NULL", row => new MessageBody(row.GetString(0), row.GetString(1)), mailId.Text());
        return replies.Count > 0 ? replies[0] : null;
    }

    /// <summary>Deletes some of the replies and receipts that have expired; called often, does little.</summary>
    public static void Expire(SqliteSession session, DateTimeOffset now) =>
        session.Execute(
            "DELETE FROM reply WHERE mail_id IN (SELECT mail_id FROM reply WHERE expires_at <= $1 LIMIT $2)", now.Text(), ExpiredRepliesPerRun);

    private static Mail Read(SqliteDataReader row)
    {
        ActorId to = row.Actor(1);
        return new Mail(
            row.Id(0), to, new MessageBody(row.GetString(2), row.GetString(3)), row.Time(4),
            row.IsDBNull(5) ? null : row.Actor(5),
            row.IsDBNull(6) ? null : new EffectId(to, row.GetInt64(6), row.GetInt64(7)),
            row.GetBoolean(8), row.TextOrNull(9), row.GetBoolean(10));
    }
}
