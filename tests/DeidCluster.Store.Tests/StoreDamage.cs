namespace DeidCluster.Store.Tests;

/// <summary>For each rule of <see cref="StoreChecks"/> a damage that breaks it, as somebody with a database console might do.</summary>
internal static class StoreDamage
{
    public static readonly IReadOnlyList<(string Rule, string Sql)> All =
    [
        ("journal-gap", "DELETE FROM journal WHERE actor = 'study/a' AND version = 2"),
        ("journal-end", "UPDATE actor SET version = version + 1 WHERE actor = 'study/b'"),
        ("token-order", "UPDATE journal SET token = token + 5 WHERE actor = 'study/c' AND version = 1"),
        ("mail-once", "UPDATE journal SET cause = (SELECT cause FROM journal WHERE actor = 'study/d' AND version = 1) WHERE actor = 'study/d' AND version = 3"),
        ("snapshot-behind", "INSERT INTO snapshot (actor, version, schema, body) VALUES ('study/e', 9, 's', '{}')"),
        ("shard-owner", "UPDATE shard SET owner = 'nobody' WHERE shard = 0"),
        ("mail-shard", "UPDATE mail SET shard = 999"),
        ("poison-note", "UPDATE mail SET aside = 'poison'"),
        ("delivered-explained", "UPDATE instance SET state = 'Verified' WHERE study_id = 's1'"),
        ("ledger-counts", "UPDATE study SET confirmed = 7 WHERE study_id = 's1'"),
        ("ledger-study", "UPDATE instance SET study_id = 'gone' WHERE study_id = 's2'"),
        ("tombstone-left", "INSERT INTO instance SELECT 't1', id_study_uid, id_sop_instance_uid, id_series_uid, sop_class_uid, modality, archive, state, reason, raw_bytes, raw_digest, new_sop_instance_uid, new_series_uid, new_study_uid, out_bytes, out_digest FROM instance"),
        ("tombstone-claim", "DELETE FROM claim WHERE study_id = 't1'"),
        ("tombstone-identity", "DELETE FROM identity"),
        ("claim-study", "UPDATE claim SET study_id = 'gone'"),
    ];
}
