using System.Text.Json;
using DeidCluster.Engine;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>Rows of studies that finished long ago and of others that wait, written straight into the store.</summary>
internal static class StoreSeed
{
    /// <summary>Studies from <paramref name="first"/> on: so many that are delivered, then so many that are queued, with journals that can be replayed.</summary>
    public static async Task WriteAsync(PostgresPeer server, int shardCount, int first, int finished, int waiting)
    {
        MessageTypes types = StudyMessageTypes.Register(new MessageTypes());
        StudyRequest sample = new() { Project = ClusterHost.Project, StudyUid = "@uid@" };
        DateTimeOffset at = DateTimeOffset.UtcNow.AddDays(-1);
        MessageBody requested = types.Write(new StudyRequested(sample, at));
        MessageBody delivered = types.Write(new StudyDelivered(at));

        // The keys of actors are keyed hashes in production: here they are md5, which is as long, and their shard is asked of the engine.
        await Sql.RunAsync(server,
            $"""
            SET search_path = deidcluster; SET synchronous_commit = off;
            CREATE TEMP TABLE seed AS SELECT n, md5(n::text) AS id, '2.25.' || n AS uid, n <= {first + finished} AS is_over,
                ('x' || substr(encode(sha256(convert_to('study/' || md5(n::text), 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint % {shardCount} AS shard
            FROM generate_series({first + 1}, {first + finished + waiting}) AS n;
            INSERT INTO study (study_id, project, status, step, priority, archive, wants_permit, attempts, located, fetched, rejected, anonymized, verified, delivered, confirmed, held,
                bytes, requested_at, updated_at, id_study_uid)
            SELECT id, '{ClusterHost.Project}', CASE WHEN is_over THEN 'Delivered' ELSE 'Queued' END, CASE WHEN NOT is_over THEN 'Locate' END, 5, CASE WHEN is_over THEN '{ClusterHost.Archive}' END, false,
                0, 0, 0, 0, 0, 0, 0, CASE WHEN is_over THEN 4 ELSE 0 END, 0, 0, now() - interval '1 day' + n * interval '1 millisecond', now() - interval '1 day', uid FROM seed;
            INSERT INTO actor (actor, shard, version, active) SELECT 'study/' || id, shard, CASE WHEN is_over THEN 2 ELSE 1 END, false FROM seed;
            INSERT INTO journal (actor, version, kind, body, at, token, cause)
            SELECT 'study/' || id, 1, '{requested.Kind}', replace({Literal(requested.Json)}, '@uid@', uid), now(), 1, gen_random_uuid() FROM seed;
            INSERT INTO journal (actor, version, kind, body, at, token, cause)
            SELECT 'study/' || id, 2, '{delivered.Kind}', {Literal(delivered.Json)}, now(), 1, gen_random_uuid() FROM seed WHERE is_over;
            """);
        await Sql.RunAsync(server, "VACUUM ANALYZE");
        await Sql.RunAsync(server, "CHECKPOINT");
        await CheckShardsAsync(server, shardCount, first);
    }

    private static string Literal(string json) => $"'{json.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The shard of an actor is the engine's to say; what stands in the rows must agree.</summary>
    private static async Task CheckShardsAsync(PostgresPeer server, int shardCount, int first)
    {
        string id = (await Sql.TextAsync(server, $"SELECT md5('{first + 1}')"))[0];
        double[] written = await Sql.NumbersAsync(server, $"SELECT shard FROM deidcluster.actor WHERE actor = 'study/{id}'");
        if ((int)written[0] != Actors.Study(id).Shard(shardCount))
        {
            throw new InvalidOperationException("The rows written are not in the shards where the engine looks for them.");
        }
    }
}
