using DeidCluster.Engine;

namespace DeidCluster.Store.Sqlite;

/// <summary>Members and the shards that they hold. A member is live while its lease, by this store's clock, has not run out.</summary>
internal static class MemberRows
{
    public static bool Join(SqliteSession session, Member member, DateTimeOffset now, TimeSpan leaseTime)
    {
        // What expired members leave behind is of no use: their shards are free, their incarnations never come back.
        session.Execute("DELETE FROM member WHERE expires_at <= $1", now.Text());
        session.Execute(
            "INSERT INTO member (incarnation, name, version, joined_at, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            member.Incarnation, member.Name, member.Version, now.Text(), (now + leaseTime).Text());
        return true;
    }

    public static MembershipView Heartbeat(SqliteSession session, string incarnation, DateTimeOffset now, TimeSpan leaseTime)
    {
        int renewed = session.Execute(
            "UPDATE member SET expires_at = $3 WHERE incarnation = $1 AND expires_at > $2", incarnation, now.Text(), (now + leaseTime).Text());
        if (renewed == 0)
        {
            return new MembershipView(true, [], []);
        }

        List<string> live = session.Query("SELECT incarnation FROM member WHERE expires_at > $1 AND draining = 0 ORDER BY incarnation", row => row.GetString(0), now.Text());
        List<ShardRow> shards = session.Query(
            "SELECT shard, member.incarnation, token FROM shard LEFT JOIN member ON incarnation = owner AND expires_at > $1 ORDER BY shard",
            row => new ShardRow(row.GetInt32(0), row.TextOrNull(1), row.GetInt64(2)),
            now.Text());
        return new MembershipView(false, live, shards, now);
    }

    public static bool Drain(SqliteSession session, string incarnation) =>
        session.Execute("UPDATE member SET draining = 1 WHERE incarnation = $1", incarnation) > 0;

    public static bool Leave(SqliteSession session, string incarnation)
    {
        session.Execute("UPDATE shard SET owner = NULL, token = token + 1 WHERE owner = $1", incarnation);
        return session.Execute("DELETE FROM member WHERE incarnation = $1", incarnation) > 0;
    }

    /// <summary>Ends all leases: whoever holds the file's lock knows that no process which had a lease is alive.</summary>
    public static void Bury(SqliteSession session)
    {
        session.Execute("UPDATE shard SET owner = NULL, token = token + 1 WHERE owner IS NOT NULL");
        session.Execute("DELETE FROM member");
    }

    public static long? Claim(SqliteSession session, string incarnation, int shard, long observedToken, DateTimeOffset now)
    {
        int taken = session.Execute(
            """
            UPDATE shard SET owner = $1, token = token + 1
            WHERE shard = $2 AND token = $3
              AND NOT EXISTS (SELECT 1 FROM member WHERE incarnation = shard.owner AND expires_at > $4)
              AND EXISTS (SELECT 1 FROM member WHERE incarnation = $1 AND expires_at > $4)
            """,
            incarnation, shard, observedToken, now.Text());
        return taken == 1 ? observedToken + 1 : null;
    }

    public static bool Release(SqliteSession session, string incarnation, int shard, long token) =>
        session.Execute("UPDATE shard SET owner = NULL, token = token + 1 WHERE shard = $1 AND owner = $2 AND token = $3", shard, incarnation, token) == 1;

    /// <summary>The fence: true when the shard still has this token.</summary>
    public static bool HoldsToken(SqliteSession session, int shard, long token) =>
        session.Scalar("SELECT token FROM shard WHERE shard = $1", shard) is long stored && stored == token;
}
