using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Store.Sqlite;

/// <summary>Writes a group of turns: the fence first, then each turn in a savepoint of its own.</summary>
internal static class TurnRows
{
    public static IReadOnlyList<TurnOutcome> Commit(SqliteSession session, IReadOnlyList<Turn> group, int shardCount, DateTimeOffset receiptsExpireAt)
    {
        HashSet<(int, long)> stale = [.. group
            .Select(turn => (Shard: turn.Actor.Shard(shardCount), turn.Token))
            .Distinct()
            .Where(fence => !MemberRows.HoldsToken(session, fence.Shard, fence.Token))];
        List<TurnOutcome> outcomes = new(group.Count);
        foreach (Turn turn in group)
        {
            int shard = turn.Actor.Shard(shardCount);
            outcomes.Add(stale.Contains((shard, turn.Token)) ? TurnOutcome.Fenced : CommitOne(session, turn, shard, shardCount, receiptsExpireAt));
        }

        return outcomes;
    }

    private static TurnOutcome CommitOne(SqliteSession session, Turn turn, int shard, int shardCount, DateTimeOffset receiptsExpireAt)
    {
        session.Execute("SAVEPOINT turn");
        TurnOutcome outcome = Write(session, turn, shard, shardCount, receiptsExpireAt);
        if (outcome != TurnOutcome.Committed)
        {
            session.Execute("ROLLBACK TO turn");
        }

        session.Execute("RELEASE turn");
        return outcome;
    }

    private static TurnOutcome Write(SqliteSession session, Turn turn, int shard, int shardCount, DateTimeOffset receiptsExpireAt)
    {
        AssertNoGap(turn);
        if (JournalRows.Version(session, turn.Actor) != turn.ExpectedVersion)
        {
            return TurnOutcome.Conflict;
        }

        // Mail that is gone was answered by another turn: this one was computed from what no longer holds.
        if (!turn.Consumed.All(id => MailRows.Consume(session, id, turn.Actor, receiptsExpireAt))
            || !turn.SetAside.All(id => MailRows.SetAside(session, id, turn.Actor)))
        {
            return TurnOutcome.Conflict;
        }

        if (turn.Poison is { } poison)
        {
            return PoisonRows.Set(session, turn.Actor, poison) ? TurnOutcome.Committed : TurnOutcome.Conflict;
        }

        if (turn.Quarantine is { } quarantine)
        {
            QuarantineRows.Set(session, turn.Actor, shard, quarantine);
            return TurnOutcome.Committed;
        }

        if (turn.Events.Count > 0)
        {
            JournalRows.Append(session, turn.Actor, turn.Events);
            JournalRows.Keep(session, turn.Actor, shard, turn.ExpectedVersion + turn.Events.Count, turn.Active);
        }

        if (turn.HistoryStart is { } start)
        {
            JournalRows.Forget(session, turn.Actor, start);
        }

        if (turn.Snapshot is not null)
        {
            JournalRows.Keep(session, turn.Actor, turn.Snapshot);
        }

        foreach (Mail mail in turn.Mail)
        {
            MailRows.Post(session, mail, mail.To.Shard(shardCount));
        }

        foreach ((Guid mailId, MessageBody body) in turn.Replies)
        {
            MailRows.Reply(session, mailId, body, receiptsExpireAt);
        }

        return turn.Rows.All(row => Write(session, row)) ? TurnOutcome.Committed : TurnOutcome.ClaimTaken;
    }

    /// <summary>Writes one row; false when it is a claim that another study has.</summary>
    private static bool Write(SqliteSession session, RowWrite row)
    {
        switch (row)
        {
            case StudyRow study:
                StudyRows.Put(session, study);
                return true;
            case InstanceRow instance:
                LedgerRows.Put(session, instance);
                return true;
            case LedgerReset reset:
                LedgerRows.Reset(session, reset);
                return true;
            case LedgerClear clear:
                LedgerRows.Clear(session, clear);
                return true;
            case ClaimRow claim:
                return LedgerRows.Claim(session, claim);
            case ClaimRelease release:
                LedgerRows.Release(session, release);
                return true;
            case LinkageRow linkage:
                LedgerRows.Put(session, linkage);
                return true;
            case TombstoneRow tombstone:
                TombstoneRows.Put(session, tombstone);
                return true;
            case ProjectRow project:
                GuardRows.Put(session, project);
                return true;
            case ArchiveRow archive:
                GuardRows.Put(session, archive);
                return true;
            default:
                throw new InvalidOperationException($"The store has no table for {row.GetType().Name}.");
        }
    }

    private static void AssertNoGap(Turn turn)
    {
        for (int index = 0; index < turn.Events.Count; index++)
        {
            if (turn.Events[index].Version != turn.ExpectedVersion + index + 1)
            {
                throw new InvalidOperationException($"A turn on version {turn.ExpectedVersion} appends version {turn.Events[index].Version}.");
            }
        }
    }
}
