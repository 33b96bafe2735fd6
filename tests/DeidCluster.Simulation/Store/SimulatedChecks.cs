using DeidCluster.Engine;
using DeidCluster.Store;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>The rules of <see cref="StoreChecks"/> on the simulated store; the dictionaries keep the others by construction.</summary>
internal static class SimulatedChecks
{
    public static IEnumerable<StoreFinding> Findings(SimulatedStore store)
    {
        List<(string Rule, string Id)> broken = [];
        foreach ((ActorId actor, List<JournalRow> journal) in store.Journals.All)
        {
            long start = actor.Kind == Actors.StudyKind ? store.Tables.Tombstone(actor.Key)?.Version ?? 1 : 1;
            Journal(actor, journal, start, broken);
        }

        foreach ((ActorId actor, Snapshot snapshot) in store.Journals.Snapshots)
        {
            if (snapshot.Version > store.Journals.Version(actor))
            {
                broken.Add(("snapshot-behind", actor.ToString()));
            }
        }

        foreach (StudyRow study in store.Tables.Studies)
        {
            Study(study, store.Tables.Ledger(study.StudyId), broken);
            Retired(study, store.Tables, broken);
        }

        broken.AddRange(store.Tables.Ledgers.Where(ledger => ledger.Value.Count > 0 && store.Tables.Find(ledger.Key) is null).Select(ledger => ("ledger-study", ledger.Key)));
        broken.AddRange(store.Tables.Claims.Where(claim => store.Tables.Find(claim.StudyId) is null).Select(claim => ("claim-study", claim.StudyId)));
        return broken.GroupBy(one => one.Rule).Select(rule => new StoreFinding(rule.Key, rule.Key, rule.Count(), [.. rule.Select(one => one.Id).Take(10)]));
    }

    private static void Journal(ActorId actor, List<JournalRow> journal, long start, List<(string Rule, string Id)> broken)
    {
        for (int index = 0; index < journal.Count; index++)
        {
            if (journal[index].Version != start + index)
            {
                broken.Add(("journal-gap", actor.ToString()));
            }

            if (index > 0 && journal[index].Token < journal[index - 1].Token)
            {
                broken.Add(("token-order", actor.ToString()));
            }
        }

        if (journal.GroupBy(row => row.Cause).Any(cause => cause.Max(row => row.Version) - cause.Min(row => row.Version) + 1 != cause.Count()))
        {
            broken.Add(("mail-once", actor.ToString()));
        }
    }

    private static void Study(StudyRow study, IReadOnlyList<InstanceRow> ledger, List<(string Rule, string Id)> broken)
    {
        if (study.RetiredAt is not null)
        {
            return;
        }

        if (study.Counts.Total != ledger.Count || study.Counts.Confirmed != ledger.Count(row => row.State == InstanceState.Confirmed))
        {
            broken.Add(("ledger-counts", study.StudyId));
        }

        if (study.Status == StudyStatus.Delivered && ledger.Any(row => row.State is not (InstanceState.Confirmed or InstanceState.Rejected)))
        {
            broken.Add(("delivered-explained", study.StudyId));
        }
    }

    private static void Retired(StudyRow study, StudyTables tables, List<(string Rule, string Id)> broken)
    {
        TombstoneRow? tombstone = tables.Tombstone(study.StudyId);
        if (study.RetiredAt is not null && (tombstone is null || tables.Ledger(study.StudyId).Count > 0))
        {
            broken.Add(("tombstone-left", study.StudyId));
        }

        if (study is { RetiredAt: not null, Status: StudyStatus.Delivered } && tables.Claims.All(claim => claim.StudyId != study.StudyId))
        {
            broken.Add(("tombstone-claim", study.StudyId));
        }

        if (tombstone?.SubjectKey is { } subject && !tables.HasIdentity(tombstone.Project, subject))
        {
            broken.Add(("tombstone-identity", study.StudyId));
        }
    }
}
