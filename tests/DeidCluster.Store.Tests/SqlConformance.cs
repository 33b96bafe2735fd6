using DeidCluster.Engine;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>What a driver with a database behind it must do besides: find what somebody changed there by hand.</summary>
public abstract class SqlConformance : GeneratedConformance
{
    [ConformanceFact]
    public async Task Verification_FindsEachDamage_AndNothingInAStoreThatIsWhole()
    {
        DateTimeOffset now = Time.GetUtcNow();
        await WriteAsync(
            Rows.Study("s1", now, StudyStatus.Delivered) with { Counts = new InstanceCounts(Confirmed: 1) }, Rows.Instance("s1", "9.1", InstanceState.Confirmed),
            Rows.Study("s2", now) with { Counts = new InstanceCounts(Located: 1) }, Rows.Instance("s2", "9.2"), new ClaimRow("p", "1.2.3", "s1"));
        await Index.FixIdentityAsync(new IdentityRow("p", "subject", "key-1", "P-1", 11), None);
        await WriteAsync(
            Rows.Study("t1", now, StudyStatus.Delivered) with { Counts = new InstanceCounts(Confirmed: 3), RetiredAt = now }, new ClaimRow("p", "1.2.4", "t1"),
            Tombstone("t1", 7) with { SubjectKey = "subject" });
        foreach (string key in new[] { "a", "b", "c", "d", "e" })
        {
            ActorId actor = new("study", key);
            int shard = actor.Shard(ShardCount);
            long held = (await Store.HeartbeatAsync("writer", Lease, None)).Shards[shard] is { Owner: "writer" } row ? row.Token : await HoldAsync("writer", shard);
            Turn turn = new() { Actor = actor, Token = held, ExpectedVersion = 0, Events = [Row(1, held), Row(2, held), Row(3, held)], Mail = [NewMail(actor, now, actor)] };
            Assert.Equal(TurnOutcome.Committed, await CommitAsync(turn));
        }

        IVerifiableStore store = (IVerifiableStore)Store;
        Assert.Empty(await store.VerifyAsync(None));
        foreach ((string rule, string sql) in StoreDamage.All)
        {
            await DamageAsync(sql);
            Assert.Contains(await store.VerifyAsync(None), finding => finding.Rule == rule && finding.Broken > 0 && finding.Examples.Count > 0);
        }

        Assert.Equal(StoreChecks.Rules.Order(), StoreDamage.All.Select(damage => damage.Rule).Order());
    }

    /// <summary>Runs <paramref name="sql"/> behind the store's back.</summary>
    protected abstract Task DamageAsync(string sql);
}
