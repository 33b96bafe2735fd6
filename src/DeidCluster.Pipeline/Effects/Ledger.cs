using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// The instances of one study while an effect works on them. What changes is reported in batches as it goes, so that a crash or a
/// failure loses little; only what was not reported yet comes with the result. Safe for several workers at a time.
/// </summary>
public sealed class Ledger
{
    private const int ProgressRowsMax = 250;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeaseLookInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim reporting = new(1, 1);
    private readonly Dictionary<(string StudyUid, string SopInstanceUid), InstanceRow> rows = [];
    private readonly Dictionary<(string StudyUid, string SopInstanceUid), InstanceRow> unreported = [];
    private readonly EffectContext context;
    private readonly TimeProvider time;
    private long reportedAt;

    private Ledger(string studyId, IReadOnlyList<InstanceRow> rows, EffectContext context, TimeProvider time)
    {
        (StudyId, this.context, this.time, reportedAt) = (studyId, context, time, time.GetTimestamp());
        foreach (InstanceRow row in rows)
        {
            this.rows.Add(Key(row), row);
        }
    }

    /// <summary>The study's public id.</summary>
    public string StudyId { get; }

    /// <summary>All rows as they stand now, in an order that does not depend on how they were stored.</summary>
    public IReadOnlyList<InstanceRow> Rows
    {
        get
        {
            lock (gate)
            {
                return [.. rows.Values
                    .OrderBy(row => row.IdStudyUid, StringComparer.Ordinal)
                    .ThenBy(row => row.IdSeriesUid, StringComparer.Ordinal)
                    .ThenBy(row => row.IdSopInstanceUid, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>How many rows stand in each state.</summary>
    public InstanceCounts Counts => InstanceCounts.Of(Rows);

    /// <summary>Bytes of the raw files of all rows.</summary>
    public long RawBytes => Rows.Sum(row => row.RawBytes);

    /// <summary>Bytes of the results of all rows.</summary>
    public long OutBytes => Rows.Sum(row => row.OutBytes);

    /// <summary>Reads the ledger of a study.</summary>
    public static async Task<Ledger> ReadAsync(
        IStudyIndex index, string studyId, EffectContext context, TimeProvider time, CancellationToken cancellation) =>
        new(studyId, await index.LedgerAsync(studyId, cancellation), context, time);

    /// <summary>Records how <paramref name="row"/> stands now.</summary>
    public void Put(InstanceRow row)
    {
        lock (gate)
        {
            if (rows.GetValueOrDefault(Key(row)) != row)
            {
                rows[Key(row)] = row;
                unreported[Key(row)] = row;
            }
        }
    }

    /// <summary>Records <paramref name="row"/> and reports progress when enough has gathered.</summary>
    public async Task PutAsync(InstanceRow row, CancellationToken cancellation)
    {
        Put(row);
        await ReportIfDueAsync(cancellation);
    }

    /// <summary>Reports progress when enough has gathered or enough time has passed.</summary>
    public async Task ReportIfDueAsync(CancellationToken cancellation)
    {
        if (!IsDue())
        {
            return;
        }

        await reporting.WaitAsync(cancellation);
        try
        {
            if (IsDue() && Take() is { Count: > 0 } changed)
            {
                await context.Report(new ReportProgress(changed, Counts, RawBytes), cancellation);
            }
        }
        finally
        {
            reporting.Release();
        }
    }

    /// <summary>The changed rows that no progress has told of yet; they go with the result.</summary>
    public IReadOnlyList<InstanceRow> Take()
    {
        lock (gate)
        {
            InstanceRow[] taken = [.. unreported.Values];
            unreported.Clear();
            reportedAt = time.GetTimestamp();
            return taken;
        }
    }

    /// <summary>
    /// Returns once the node may act for the study, which is at once unless its lease is in doubt. A lost lease cancels the effect, a
    /// renewed one lets it go on. Asked before each request that others can see.
    /// </summary>
    public async Task WaitForLeaseAsync(CancellationToken cancellation)
    {
        while (!context.Lease())
        {
            await Task.Delay(LeaseLookInterval, time, cancellation);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private static (string StudyUid, string SopInstanceUid) Key(InstanceRow row) => (row.IdStudyUid, row.IdSopInstanceUid);

    private bool IsDue()
    {
        lock (gate)
        {
            return unreported.Count >= ProgressRowsMax
                || (unreported.Count > 0 && time.GetElapsedTime(reportedAt) >= ProgressInterval);
        }
    }
}
