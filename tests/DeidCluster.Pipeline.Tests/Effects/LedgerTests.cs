using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

public class LedgerTests
{
    private readonly MemoryIndex index = new();

    [Fact]
    public async Task Changes_ComeWithTheResultOnce_AndCountsAreOfTheWholeLedger()
    {
        index.Put([Row("1"), Row("2")]);
        Ledger ledger = await ReadAsync(() => true);
        ledger.Put(Row("1") with { State = InstanceState.Fetched, RawBytes = 7 });
        Assert.Equal(new InstanceCounts(Located: 1, Fetched: 1), ledger.Counts);
        Assert.Equal(7, ledger.RawBytes);
        Assert.Equal("1", Assert.Single(ledger.Take()).IdSopInstanceUid);
        Assert.Empty(ledger.Take());
    }

    [Fact]
    public async Task ManyChanges_AreReportedInBatches_AndNoneTwice()
    {
        InstanceRow[] rows = [.. Enumerable.Range(0, 600).Select(at => Row($"{at}"))];
        index.Put(rows);
        Ledger ledger = await ReadAsync(() => true);
        await Parallel.ForEachAsync(rows, async (row, cancel) => await ledger.PutAsync(row with { State = InstanceState.Fetched }, cancel));

        InstanceRow[] told = [.. index.Progress.SelectMany(progress => progress.Changed), .. ledger.Take()];
        Assert.True(index.Progress.Count >= 2);
        Assert.Equal(600, told.Length);
        Assert.Equal(600, told.Select(row => row.IdSopInstanceUid).Distinct().Count());
    }

    [Fact]
    public async Task Lease_IsInDoubt_HoldsTheEffect_UntilItIsRenewedOrLost()
    {
        int looks = 0;
        Ledger renewed = await ReadAsync(() => ++looks > 2);
        await renewed.WaitForLeaseAsync(CancellationToken.None);

        Ledger lost = await ReadAsync(() => false);
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost.WaitForLeaseAsync(stop.Token));
    }

    private Task<Ledger> ReadAsync(Func<bool> lease) => Ledger.ReadAsync(
        index, "id", new EffectContext(new EffectId(new ActorId("study", "id"), 1, 1), (command, _) => index.TakeAsync(command), lease), TimeProvider.System, CancellationToken.None);

    private static InstanceRow Row(string instance) => new()
    {
        StudyId = "id", IdStudyUid = "study", IdSeriesUid = "series", IdSopInstanceUid = instance, Archive = "VNA", State = InstanceState.Located,
    };
}
