using DeidCluster.Engine;
using Npgsql;
using NpgsqlTypes;

namespace DeidCluster.Store.Postgres;

/// <summary>Mailboxes, the replies to mail, and the receipts of what was consumed.</summary>
internal static class MailStatements
{
    public const string AsideUnknownKind = "unknown-kind";
    public const string AsideQuarantine = "quarantine";
    public const string AsidePoison = "poison";

    private const int ExpiredRepliesPerRun = 500;

    /// <summary>Puts mail into mailboxes, in order; mail of a quarantined actor is kept aside.</summary>
    public static NpgsqlBatchCommand Post(IReadOnlyList<Mail> mail, int shardCount) => Statement.Of(
        """
        INSERT INTO mail (id, shard, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent, aside)
        SELECT id, shard, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent,
               CASE WHEN EXISTS (SELECT 1 FROM quarantine WHERE quarantine.actor = letter.actor) THEN 'quarantine' END
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bigint[], $9::bigint[], $10::boolean[], $11::text[], $12::boolean[])
             WITH ORDINALITY AS letter (id, shard, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent, place)
        WHERE NOT EXISTS (SELECT 1 FROM reply WHERE mail_id = letter.id)
        ORDER BY place
        ON CONFLICT DO NOTHING
        """,
        Statement.Ids(mail.Select(letter => letter.Id)),
        Statement.Ints(mail.Select(letter => letter.To.Shard(shardCount))),
        Statement.Texts(mail.Select(letter => letter.To.ToString())),
        Statement.Texts(mail.Select(letter => letter.Body.Kind)),
        Statement.Texts(mail.Select(letter => letter.Body.Json)),
        Statement.Times(mail.Select(letter => letter.DueAt)),
        Statement.Texts(mail.Select(letter => letter.Sender?.ToString())),
        Statement.Array(NpgsqlDbType.Bigint, mail.Select(letter => letter.Effect?.Version).ToArray()),
        Statement.Array(NpgsqlDbType.Bigint, mail.Select(letter => letter.Effect?.Token).ToArray()),
        Statement.Flags(mail.Select(letter => letter.WantsReply)),
        Statement.Texts(mail.Select(letter => letter.TraceParent)),
        Statement.Flags(mail.Select(letter => letter.Urgent)));

    /// <summary>
    /// Takes back mail that was consumed while it was being posted again: the insert waited for the turn that consumed it, and only a
    /// later statement can see the receipt which that turn left.
    /// </summary>
    public static NpgsqlBatchCommand TakeBackAnswered(IReadOnlyList<Mail> mail) => Statement.Of(
        "DELETE FROM mail USING reply WHERE mail.id = ANY ($1) AND reply.mail_id = mail.id", Statement.Ids(mail.Select(letter => letter.Id)));

    /// <summary>Due mail in order, urgent mail first; each shard's is read from its own end of the indexes, so that no backlog is ever sorted whole.</summary>
    public static NpgsqlBatchCommand ReadDue(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit) => Statement.Of(
        $"""
        SELECT id, actor, kind, body, due_at, sender, effect_version, effect_token, wants_reply, trace_parent, urgent
        FROM unnest($1::int[]) AS held (shard) CROSS JOIN LATERAL ({Lane("urgent")} UNION ALL {Lane("NOT urgent")}) AS due
        ORDER BY urgent DESC, due_at, seq LIMIT $3
        """,
        Statement.Ints(shards), Statement.Time(now), Statement.Int(limit));

    private static string Lane(string which) =>
        $"""
        (SELECT * FROM mail
         WHERE mail.shard = held.shard AND aside IS NULL AND {which} AND due_at <= $2 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.actor = mail.actor)
         ORDER BY due_at, seq LIMIT $3)
        """;

    public static NpgsqlBatchCommand NextDue(IReadOnlyCollection<int> shards) => Statement.Of(
        """
        SELECT min(due_at) FROM unnest($1::int[]) AS held (shard) CROSS JOIN LATERAL (
            SELECT due_at FROM mail WHERE mail.shard = held.shard AND aside IS NULL ORDER BY due_at, seq LIMIT 1) AS first
        """,
        Statement.Ints(shards));

    public static Mail Read(NpgsqlDataReader row)
    {
        ActorId to = row.Actor(1);
        return new Mail(
            row.GetGuid(0), to, new MessageBody(row.GetString(2), row.GetString(3)), row.TimeAt(4),
            row.IsDBNull(5) ? null : row.Actor(5),
            row.IsDBNull(6) ? null : new EffectId(to, row.GetInt64(6), row.GetInt64(7)),
            row.GetBoolean(8), row.TextOrNull(9), row.GetBoolean(10));
    }

    public static NpgsqlBatchCommand Consume(IReadOnlyList<(Guid Id, ActorId Actor)> mail, DateTimeOffset receiptsExpireAt) => Statement.Of(
        "SELECT consume($1, $2, $3)", Statement.Ids(mail.Select(letter => letter.Id)), Statement.Texts(mail.Select(letter => letter.Actor.ToString())),
        Statement.Time(receiptsExpireAt));

    public static NpgsqlBatchCommand SetAside(IReadOnlyList<(Guid Id, ActorId Actor)> mail) => Statement.Of(
        "SELECT set_aside($1, $2, $3)", Statement.Ids(mail.Select(letter => letter.Id)), Statement.Texts(mail.Select(letter => letter.Actor.ToString())),
        Statement.Text(AsideUnknownKind));

    public static NpgsqlBatchCommand Restore(int shard, IReadOnlyCollection<string> knownKinds) => Statement.Of(
        "UPDATE mail SET aside = NULL WHERE aside = $1 AND shard = $2 AND kind = ANY ($3)",
        Statement.Text(AsideUnknownKind), Statement.Int(shard), Statement.Texts(knownKinds));

    public static NpgsqlBatchCommand Reply(IReadOnlyList<(Guid MailId, MessageBody Body)> replies, DateTimeOffset expiresAt) => Statement.Of(
        """
        INSERT INTO reply (mail_id, kind, body, expires_at) SELECT mail_id, kind, body, $4 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS answer (mail_id, kind, body)
        ON CONFLICT (mail_id) DO UPDATE SET kind = excluded.kind, body = excluded.body
        """,
        Statement.Ids(replies.Select(reply => reply.MailId)), Statement.Texts(replies.Select(reply => reply.Body.Kind)),
        Statement.Texts(replies.Select(reply => reply.Body.Json)), Statement.Time(expiresAt));

    public static NpgsqlBatchCommand ReadReply(Guid mailId) =>
        Statement.Of("SELECT kind, body FROM reply WHERE mail_id = $1 AND kind IS NOT NULL", Statement.Id(mailId));

    /// <summary>Deletes some of the replies and receipts that have expired; called often, does little, and waits for nobody.</summary>
    public static NpgsqlBatchCommand Expire(DateTimeOffset now) => Statement.Of(
        "DELETE FROM reply WHERE mail_id IN (SELECT mail_id FROM reply WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        Statement.Time(now), Statement.Int(ExpiredRepliesPerRun));
}
