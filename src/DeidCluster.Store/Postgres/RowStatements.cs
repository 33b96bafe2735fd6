using DeidCluster.Engine;
using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>
/// The statements that write the rows of a group of turns. Rows of one table keep their order (a ledger is cleared before its new rows
/// come); neighbours of one kind share a statement.
/// </summary>
internal static class RowStatements
{
    public static IEnumerable<NpgsqlBatchCommand> Of(IReadOnlyList<(ActorId Actor, RowWrite Row)> rows) => rows
        .GroupBy(one => Table(one.Row))
        .SelectMany(table => Runs([.. table]))
        .SelectMany(Write);

    private static int Table(RowWrite row) => row switch
    {
        ClaimRow or ClaimRelease => 0,
        LedgerClear or LedgerReset or InstanceRow => 1,
        StudyRow => 2,
        LinkageRow => 3,
        ProjectRow => 4,
        ArchiveRow => 5,
        TombstoneRow => 6,
        _ => throw new InvalidOperationException($"The store has no table for {row.GetType().Name}."),
    };

    private static IEnumerable<IReadOnlyList<(ActorId Actor, RowWrite Row)>> Runs(List<(ActorId Actor, RowWrite Row)> rows)
    {
        int start = 0;
        for (int end = 1; end <= rows.Count; end++)
        {
            if (end == rows.Count || rows[end].Row.GetType() != rows[start].Row.GetType())
            {
                yield return rows[start..end];
                start = end;
            }
        }
    }

    private static IEnumerable<NpgsqlBatchCommand> Write(IReadOnlyList<(ActorId Actor, RowWrite Row)> run)
    {
        IEnumerable<T> All<T>() => run.Select(one => (T)(object)one.Row);
        return run[0].Row switch
        {
            ClaimRow => [LedgerStatements.Claim([.. run.Select(one => (one.Actor, (ClaimRow)one.Row))])],
            ClaimRelease => [LedgerStatements.Release(All<ClaimRelease>())],
            LedgerClear => [LedgerStatements.Clear(All<LedgerClear>())],
            LedgerReset => All<LedgerReset>().Select(LedgerStatements.Reset),
            InstanceRow => [StudyTables.Instances.Upsert(All<InstanceRow>())],
            StudyRow => [StudyTables.Studies.Upsert(All<StudyRow>())],
            LinkageRow => [StudyTables.Linkages.Upsert(All<LinkageRow>())],
            TombstoneRow => [StudyTables.Tombstones.Upsert(All<TombstoneRow>())],
            ProjectRow => [StudyTables.Projects.Upsert(All<ProjectRow>())],
            _ => [StudyTables.Archives.Upsert(All<ArchiveRow>())],
        };
    }
}
