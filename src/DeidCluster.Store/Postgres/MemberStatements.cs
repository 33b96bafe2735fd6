using DeidCluster.Engine;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>
/// Members and the shards that they hold. A member is live while its lease, by the server's clock, has not run out. The clock is read
/// while the statement runs (clock_timestamp), never at the start of its transaction; a test may give another one ($1 of each).
/// </summary>
internal static class MemberStatements
{
    private const string Clock = "coalesce($1, clock_timestamp())";

    /// <summary>What expired members leave behind is kept for a while: it names the connections that may still hold locks.</summary>
    private const string Buried = "interval '1 hour'";

    public static IEnumerable<NpgsqlBatchCommand> Join(Member member, string sessions, DateTimeOffset? now, TimeSpan leaseTime) =>
    [
        Statement.Of($"DELETE FROM member WHERE expires_at <= {Clock} - {Buried}", Statement.Time(now)),
        Statement.Of(
            $"INSERT INTO member (incarnation, name, version, sessions, joined_at, expires_at) SELECT $2, $3, $4, $5, at, at + $6 FROM (SELECT {Clock} AS at) AS clock ON CONFLICT DO NOTHING",
            Statement.Time(now), Statement.Text(member.Incarnation), Statement.Text(member.Name), Statement.Text(member.Version), Statement.Text(sessions),
            Statement.Span(leaseTime)),
    ];

    /// <summary>Renews; then who is live; then the shards. Three result sets, the first empty when the lease had run out.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Heartbeat(string incarnation, DateTimeOffset? now, TimeSpan leaseTime) =>
    [
        Statement.Of(
            $"UPDATE member SET expires_at = {Clock} + $3 WHERE incarnation = $2 AND expires_at > {Clock} RETURNING {Clock}",
            Statement.Time(now), Statement.Text(incarnation), Statement.Span(leaseTime)),
        Statement.Of($"SELECT incarnation FROM member WHERE expires_at > {Clock} AND NOT draining ORDER BY incarnation", Statement.Time(now)),
        Statement.Of(
            $"SELECT shard, member.incarnation, token FROM shard LEFT JOIN member ON incarnation = owner AND expires_at > {Clock} ORDER BY shard",
            Statement.Time(now)),
    ];

    public static async Task<MembershipView> ReadHeartbeatAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        DateTimeOffset? now = await reader.ReadAsync(cancellation) ? reader.TimeAt(0) : null;
        await reader.NextResultAsync(cancellation);
        IReadOnlyList<string> live = await PostgresSessions.RowsAsync(reader, row => row.GetString(0), cancellation);
        await reader.NextResultAsync(cancellation);
        IReadOnlyList<ShardRow> shards = await PostgresSessions.RowsAsync(
            reader, row => new ShardRow(row.GetInt32(0), row.TextOrNull(1), row.GetInt64(2)), cancellation);
        return now is { } told ? new MembershipView(false, live, shards, told) : new MembershipView(true, [], []);
    }

    public static NpgsqlBatchCommand Drain(string incarnation) =>
        Statement.Of("UPDATE member SET draining = true WHERE incarnation = $1", Statement.Text(incarnation));

    public static IEnumerable<NpgsqlBatchCommand> Leave(string incarnation) =>
    [
        Statement.Of("UPDATE shard SET owner = NULL, token = token + 1 WHERE owner = $1", Statement.Text(incarnation)),
        Statement.Of("DELETE FROM member WHERE incarnation = $1", Statement.Text(incarnation)),
    ];

    public static IEnumerable<NpgsqlBatchCommand> Claim(string incarnation, int shard, long observedToken, DateTimeOffset? now, TimeSpan lockTimeout) =>
    [
        Statement.Of("SELECT set_config('lock_timeout', $1, true)", Statement.Text($"{lockTimeout.TotalMilliseconds:0}ms")),
        Statement.Of(
            $"""
            UPDATE shard SET owner = $2, token = token + 1
            WHERE shard = $3 AND token = $4
              AND NOT EXISTS (SELECT 1 FROM member WHERE incarnation = shard.owner AND expires_at > {Clock})
              AND EXISTS (SELECT 1 FROM member WHERE incarnation = $2 AND expires_at > {Clock})
            RETURNING token
            """,
            Statement.Time(now), Statement.Text(incarnation), Statement.Int(shard), Statement.Long(observedToken)),
    ];

    /// <summary>
    /// Ends the connections of members whose lease has run out: a stopped process can keep a lock on its shards for as long as it is
    /// stopped. A process with a live incarnation is left alone.
    /// </summary>
    public static NpgsqlBatchCommand EndSessionsOfExpired(DateTimeOffset? now) => Statement.Of(
        $"""
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND usename = current_user AND datname = current_database()
          AND application_name IN (SELECT sessions FROM member GROUP BY sessions HAVING max(expires_at) <= {Clock})
        """,
        Statement.Time(now));

    public static NpgsqlBatchCommand Release(string incarnation, int shard, long token) => Statement.Of(
        "UPDATE shard SET owner = NULL, token = token + 1 WHERE shard = $1 AND owner = $2 AND token = $3",
        Statement.Int(shard), Statement.Text(incarnation), Statement.Long(token));
}
