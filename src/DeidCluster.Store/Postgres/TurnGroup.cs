using DeidCluster.Engine;
using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>
/// Commits a group of turns as one pipelined round trip. The guards raise with the names of all turns that offend, which rolls the group
/// back; these turns have their outcome then, and the others go again. At most one round for each kind of offence, as a rule.
/// </summary>
internal sealed class TurnGroup(PostgresSessions sessions, int shardCount, DateTimeOffset receiptsExpireAt)
{
    private const string StaleToken = "DC001";
    private const string Moved = "DC002";
    private const string ClaimTaken = "DC003";
    private const int UnexplainedMax = 3;

    public async Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        foreach (Turn turn in group)
        {
            AssertNoGap(turn);
        }

        TurnOutcome[] outcomes = new TurnOutcome[group.Count];
        List<int> open = [.. Enumerable.Range(0, group.Count)];
        int unexplained = 0;
        while (open.Count > 0)
        {
            try
            {
                await sessions.ExecuteAsync(Statements([.. open.Select(index => group[index])]), cancellation);
                break; // all that are open are committed, which is what outcomes say from the start
            }
            catch (PostgresException refusal) when (Outcome(refusal) is { } outcome)
            {
                HashSet<string> named = [.. refusal.MessageText.Split('\n')];
                int before = open.Count;
                foreach (int index in open.Where(index => named.Contains(NameOf(group[index], outcome))))
                {
                    outcomes[index] = outcome;
                }

                open.RemoveAll(index => named.Contains(NameOf(group[index], outcome)));
                if (open.Count == before)
                {
                    throw new InvalidOperationException($"The store refused a group with {refusal.SqlState} and named no turn of it.", refusal);
                }
            }
            catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.UniqueViolation && ++unexplained < UnexplainedMax)
            {
                continue; // a commit whose answer was lost has just come true; the guards name its turns now
            }
        }

        return outcomes;
    }

    private List<NpgsqlBatchCommand> Statements(List<Turn> turns)
    {
        (int Shard, long Token)[] fences = [.. turns.Select(turn => (Shard: turn.Actor.Shard(shardCount), turn.Token)).Distinct().Order()];
        List<NpgsqlBatchCommand> statements =
        [
            Statement.Of("SELECT fence($1, $2)", Statement.Ints(fences.Select(fence => fence.Shard)), Statement.Longs(fences.Select(fence => fence.Token))),
            JournalStatements.Expect(turns),
        ];
        void Add<T>(IReadOnlyList<T> rows, Func<IReadOnlyList<T>, NpgsqlBatchCommand> statement)
        {
            if (rows.Count > 0)
            {
                statements.Add(statement(rows));
            }
        }

        Add(Of(turns, turn => turn.Consumed.Select(id => (id, turn.Actor))), mail => MailStatements.Consume(mail, receiptsExpireAt));
        Add(Of(turns, turn => turn.SetAside.Select(id => (id, turn.Actor))), MailStatements.SetAside);
        List<(ActorId, Poison)> poisoned = [.. turns.Where(turn => turn.Poison is not null).Select(turn => (turn.Actor, turn.Poison!))];
        if (poisoned.Count > 0)
        {
            statements.AddRange(PoisonStatements.Set(poisoned));
        }

        List<(ActorId, Quarantine)> failed = [.. turns.Where(turn => turn.Quarantine is not null).Select(turn => (turn.Actor, turn.Quarantine!))];
        if (failed.Count > 0)
        {
            statements.AddRange(JournalStatements.SetQuarantine(failed, shardCount));
        }

        List<Turn> going = [.. turns.Where(turn => turn.Quarantine is null)];
        Add(Of(going, turn => turn.Events.Select(row => (turn.Actor, row))), JournalStatements.Append);
        Add([.. going.Where(turn => turn.Events.Count > 0)], written => JournalStatements.Keep(written, shardCount));
        List<Turn> cut = [.. going.Where(turn => turn.HistoryStart is not null)];
        if (cut.Count > 0)
        {
            statements.AddRange(JournalStatements.Forget(cut));
        }

        Add([.. going.Where(turn => turn.Snapshot is not null).Select(turn => (turn.Actor, turn.Snapshot!))], JournalStatements.KeepSnapshots);
        Add(Of(going, turn => turn.Mail), mail => MailStatements.Post(mail, shardCount));
        Add(Of(going, turn => turn.Replies), replies => MailStatements.Reply([.. replies.Reverse().DistinctBy(reply => reply.MailId)], receiptsExpireAt));
        statements.AddRange(RowStatements.Of(Of(going, turn => turn.Rows.Select(row => (turn.Actor, row)))));
        return statements;
    }

    private static List<T> Of<T>(IEnumerable<Turn> turns, Func<Turn, IEnumerable<T>> rows) => [.. turns.SelectMany(rows)];

    private static TurnOutcome? Outcome(PostgresException refusal) => refusal.SqlState switch
    {
        StaleToken => TurnOutcome.Fenced,
        Moved => TurnOutcome.Conflict,
        ClaimTaken => TurnOutcome.ClaimTaken,
        _ => null,
    };

    /// <summary>What the guard of <paramref name="outcome"/> calls a turn.</summary>
    private string NameOf(Turn turn, TurnOutcome outcome) =>
        outcome == TurnOutcome.Fenced ? $"{turn.Actor.Shard(shardCount)}:{turn.Token}" : turn.Actor.ToString();

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
