namespace DeidCluster.Store;

/// <summary>A rule that the rows of a store break.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Meaning">What it asks for.</param>
/// <param name="Broken">How many actors, studies or shards break it.</param>
/// <param name="Examples">Some of them; ids that identify nobody.</param>
public sealed record StoreFinding(string Rule, string Meaning, long Broken, IReadOnlyList<string> Examples);

/// <summary>A store that can check its own rows.</summary>
public interface IVerifiableStore
{
    /// <summary>Checks every rule of <see cref="StoreChecks"/>; empty when all hold. Reads only, and every row: for quiet hours.</summary>
    Task<IReadOnlyList<StoreFinding>> VerifyAsync(CancellationToken cancellation);
}

/// <summary>
/// What must hold between the rows of a store, whatever has happened to its nodes. Each rule is one query, in the SQL that all drivers know,
/// for the ids that break it.
/// </summary>
public static class StoreChecks
{
    /// <summary>The names of all rules.</summary>
    public static IReadOnlyList<string> Rules => [.. All.Select(check => check.Rule)];

    /// <summary>How many examples a finding names.</summary>
    internal const int ExamplesMax = 10;

    internal static readonly IReadOnlyList<(string Rule, string Meaning, string Sql)> All =
    [
        ("journal-gap", "a journal's versions run without a gap from 1, or from the tombstone of a retired study",
            """
            SELECT actor AS id FROM (SELECT actor, min(version) AS first, max(version) AS last, count(*) AS events FROM journal GROUP BY actor) AS written
            LEFT JOIN tombstone ON 'study/' || tombstone.study_id = actor
            WHERE first <> coalesce(tombstone.version, 1) OR last - first + 1 <> written.events
            """),
        ("journal-end", "an actor's version is that of its last event",
            """
            SELECT actor.actor AS id FROM actor LEFT JOIN (SELECT actor, max(version) AS version FROM journal GROUP BY actor) AS last ON last.actor = actor.actor
            WHERE coalesce(last.version, 0) <> actor.version
            UNION SELECT actor FROM journal WHERE actor NOT IN (SELECT actor FROM actor)
            """),
        ("token-order", "later events of an actor were never written by an earlier owner",
            """
            SELECT DISTINCT actor AS id FROM (SELECT actor, token, lag(token) OVER (PARTITION BY actor ORDER BY version) AS before FROM journal) AS neighbours
            WHERE before > token
            """),
        ("mail-once", "no mail was consumed in two turns",
            "SELECT DISTINCT actor AS id FROM (SELECT actor FROM journal GROUP BY actor, cause HAVING max(version) - min(version) + 1 <> count(*)) AS twice"),
        ("snapshot-behind", "no snapshot is ahead of its journal",
            "SELECT snapshot.actor AS id FROM snapshot LEFT JOIN actor ON actor.actor = snapshot.actor WHERE actor.version IS NULL OR snapshot.version > actor.version"),
        ("shard-owner", "every owner of a shard has joined",
            "SELECT cast(shard AS text) AS id FROM shard WHERE owner IS NOT NULL AND owner NOT IN (SELECT incarnation FROM member)"),
        ("mail-shard", "mail lies in a shard that exists",
            "SELECT DISTINCT actor AS id FROM mail WHERE shard NOT IN (SELECT shard FROM shard)"),
        ("poison-note", "mail that was set aside as poison says why",
            "SELECT DISTINCT actor AS id FROM mail WHERE aside = 'poison' AND id NOT IN (SELECT mail_id FROM poison)"),
        ("delivered-explained", "every instance of a delivered study is confirmed or rejected",
            "SELECT DISTINCT study.study_id AS id FROM study JOIN instance ON instance.study_id = study.study_id WHERE study.status = 'Delivered' AND instance.state NOT IN ('Confirmed', 'Rejected')"),
        ("ledger-counts", "a study's counts are those of its ledger",
            """
            SELECT study.study_id AS id FROM study
            LEFT JOIN (SELECT study_id, count(*) AS instances, sum(CASE WHEN state = 'Confirmed' THEN 1 ELSE 0 END) AS confirmed FROM instance GROUP BY study_id) AS ledger
                ON ledger.study_id = study.study_id
            WHERE study.retired_at IS NULL AND (located + fetched + rejected + anonymized + verified + delivered + study.confirmed + held <> coalesce(ledger.instances, 0)
               OR study.confirmed <> coalesce(ledger.confirmed, 0))
            """),
        ("ledger-study", "every ledger row belongs to a study",
            "SELECT DISTINCT study_id AS id FROM instance WHERE study_id NOT IN (SELECT study_id FROM study)"),
        ("claim-study", "every claim belongs to a study",
            "SELECT DISTINCT study_id AS id FROM claim WHERE study_id NOT IN (SELECT study_id FROM study)"),
        ("tombstone-left", "of a retired study a tombstone is left and no ledger",
            """
            SELECT study_id AS id FROM study WHERE retired_at IS NOT NULL
            AND (study_id NOT IN (SELECT study_id FROM tombstone) OR study_id IN (SELECT study_id FROM instance))
            """),
        ("tombstone-claim", "a study that was delivered and retired keeps its claims, or it would be delivered again",
            """
            SELECT study_id AS id FROM study WHERE retired_at IS NOT NULL AND status = 'Delivered' AND study_id NOT IN (SELECT study_id FROM claim)
            """),
        ("tombstone-identity", "the identity of a retired study's subject is still fixed",
            """
            SELECT study_id AS id FROM tombstone WHERE subject_key IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM identity WHERE identity.project = tombstone.project AND identity.subject_key = tombstone.subject_key)
            """),
    ];

    /// <summary>How many break the rule, and some of them: two columns, the number and one id a row.</summary>
    internal static string Counted(string sql) => $"SELECT count(*) OVER () AS broken, id FROM ({sql}) AS offenders ORDER BY id LIMIT {ExamplesMax}";

    /// <summary>The finding that rows of <see cref="Counted"/> make, or null.</summary>
    internal static StoreFinding? Finding(string rule, string meaning, IReadOnlyList<(long Broken, string Id)> rows) =>
        rows.Count == 0 ? null : new StoreFinding(rule, meaning, rows[0].Broken, [.. rows.Select(row => row.Id)]);
}
