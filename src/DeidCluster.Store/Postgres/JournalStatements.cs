using DeidCluster.Engine;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>Actors, their journals, snapshots and quarantines.</summary>
internal static class JournalStatements
{
    private const string Fields = "version, kind, body, at, token, cause";

    /// <summary>The snapshot, if any, and the rows behind it: one statement, so that a snapshot written meanwhile leaves no gap.</summary>
    public static NpgsqlBatchCommand Load(ActorId actor) => Statement.Of(
        """
        SELECT version, schema, body, NULL::timestamptz, NULL::bigint, NULL::uuid, true AS is_snapshot FROM snapshot WHERE actor = $1
        UNION ALL
        SELECT version, kind, body, at, token, cause, false FROM journal
        WHERE actor = $1 AND version > coalesce((SELECT version FROM snapshot WHERE actor = $1), 0)
        ORDER BY is_snapshot DESC, version
        """,
        Statement.Text(actor.ToString()));

    public static async Task<ActorHistory> ReadHistoryAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        Snapshot? snapshot = null;
        List<JournalRow> events = [];
        while (await reader.ReadAsync(cancellation))
        {
            if (reader.GetBoolean(6))
            {
                snapshot = new Snapshot(reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
            }
            else
            {
                events.Add(ReadRow(reader));
            }
        }

        return new ActorHistory(snapshot, events);
    }

    public static NpgsqlBatchCommand Read(ActorId actor, long afterVersion, int limit) => Statement.Of(
        $"SELECT {Fields} FROM journal WHERE actor = $1 AND version > $2 ORDER BY version LIMIT $3",
        Statement.Text(actor.ToString()), Statement.Long(afterVersion), Statement.Int(limit));

    public static JournalRow ReadRow(NpgsqlDataReader row) =>
        new(row.GetInt64(0), new MessageBody(row.GetString(1), row.GetString(2)), row.TimeAt(3), row.GetInt64(4), row.GetGuid(5));

    public static NpgsqlBatchCommand ReadActive(int shard) => Statement.Of(
        "SELECT actor FROM actor WHERE active AND shard = $1 AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.actor = actor.actor)", Statement.Int(shard));

    public static NpgsqlBatchCommand Expect(IReadOnlyList<Turn> turns) => Statement.Of(
        "SELECT expect($1, $2)", Statement.Texts(turns.Select(turn => turn.Actor.ToString())), Statement.Longs(turns.Select(turn => turn.ExpectedVersion)));

    public static NpgsqlBatchCommand Append(IReadOnlyList<(ActorId Actor, JournalRow Row)> rows) => Statement.Of(
        "INSERT INTO journal (actor, version, kind, body, at, token, cause) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::uuid[])",
        Statement.Texts(rows.Select(one => one.Actor.ToString())), Statement.Longs(rows.Select(one => one.Row.Version)),
        Statement.Texts(rows.Select(one => one.Row.Body.Kind)), Statement.Texts(rows.Select(one => one.Row.Body.Json)),
        Statement.Times(rows.Select(one => one.Row.At)), Statement.Longs(rows.Select(one => one.Row.Token)), Statement.Ids(rows.Select(one => one.Row.Cause)));

    public static NpgsqlBatchCommand Keep(IReadOnlyList<Turn> turns, int shardCount) => Statement.Of(
        """
        INSERT INTO actor (actor, shard, version, active) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::boolean[])
        ON CONFLICT (actor) DO UPDATE SET version = excluded.version, active = excluded.active
        """,
        Statement.Texts(turns.Select(turn => turn.Actor.ToString())), Statement.Ints(turns.Select(turn => turn.Actor.Shard(shardCount))),
        Statement.Longs(turns.Select(turn => turn.ExpectedVersion + turn.Events.Count)), Statement.Flags(turns.Select(turn => turn.Active)));

    /// <summary>Deletes what was before the events that tell it all.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Forget(IReadOnlyList<Turn> turns) => new[] { "journal", "snapshot" }.Select(table => Statement.Of(
        $"DELETE FROM {table} USING unnest($1::text[], $2::bigint[]) AS cut (actor, start) WHERE {table}.actor = cut.actor AND {table}.version < cut.start",
        Statement.Texts(turns.Select(turn => turn.Actor.ToString())), Statement.Longs(turns.Select(turn => turn.HistoryStart!.Value))));

    public static NpgsqlBatchCommand KeepSnapshots(IReadOnlyList<(ActorId Actor, Snapshot Snapshot)> snapshots) => Statement.Of(
        """
        INSERT INTO snapshot (actor, version, schema, body) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
        ON CONFLICT (actor) DO UPDATE SET version = excluded.version, schema = excluded.schema, body = excluded.body
        """,
        Statement.Texts(snapshots.Select(one => one.Actor.ToString())), Statement.Longs(snapshots.Select(one => one.Snapshot.Version)),
        Statement.Texts(snapshots.Select(one => one.Snapshot.Schema)), Statement.Texts(snapshots.Select(one => one.Snapshot.Json)));

    /// <summary>Sets actors aside, and with them the mail that is there; what comes later is kept aside as it is posted.</summary>
    public static IEnumerable<NpgsqlBatchCommand> SetQuarantine(IReadOnlyList<(ActorId Actor, Quarantine Quarantine)> failed, int shardCount) =>
    [
        Statement.Of(
            "INSERT INTO quarantine (actor, shard, mail_id, exception_type, thrown_in, at) SELECT * FROM unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) ON CONFLICT DO NOTHING",
            Statement.Texts(failed.Select(one => one.Actor.ToString())), Statement.Ints(failed.Select(one => one.Actor.Shard(shardCount))),
            Statement.Ids(failed.Select(one => one.Quarantine.MailId)), Statement.Texts(failed.Select(one => one.Quarantine.ExceptionType)),
            Statement.Texts(failed.Select(one => one.Quarantine.Where)), Statement.Times(failed.Select(one => one.Quarantine.At))),
        Statement.Of(
            "UPDATE mail SET aside = $2 WHERE actor = ANY ($1) AND aside IS NULL",
            Statement.Texts(failed.Select(one => one.Actor.ToString())), Statement.Text(MailStatements.AsideQuarantine)),
    ];

    public static NpgsqlBatchCommand ReadQuarantine(int limit) =>
        Statement.Of("SELECT actor, mail_id, exception_type, thrown_in, at FROM quarantine ORDER BY at DESC LIMIT $1", Statement.Int(limit));

    public static QuarantinedActor ReadQuarantined(NpgsqlDataReader row) =>
        new(row.Actor(0), new Quarantine(row.GetGuid(1), row.GetString(2), row.GetString(3), row.TimeAt(4)));

    /// <summary>Lets an actor go on: the first result set has a row when it was set aside; its mail is due again.</summary>
    public static IEnumerable<NpgsqlBatchCommand> ReleaseQuarantine(ActorId actor, int shardCount) =>
    [
        Statement.Of("DELETE FROM quarantine WHERE actor = $1 RETURNING 1", Statement.Text(actor.ToString())),
        Statement.Of(
            "UPDATE mail SET aside = NULL WHERE aside = $3 AND shard = $2 AND actor = $1",
            Statement.Text(actor.ToString()), Statement.Int(actor.Shard(shardCount)), Statement.Text(MailStatements.AsideQuarantine)),
    ];
}
