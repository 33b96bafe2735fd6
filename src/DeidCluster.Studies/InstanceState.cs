namespace DeidCluster.Studies;

/// <summary>Where one instance stands in the ledger.</summary>
public enum InstanceState
{
    /// <summary>An archive says that it exists.</summary>
    Located,

    /// <summary>Durable in staging.</summary>
    Fetched,

    /// <summary>Left out, with a reason. Final.</summary>
    Rejected,

    /// <summary>De-identified, result durable in staging.</summary>
    Anonymized,

    /// <summary>The result passed verification.</summary>
    Verified,

    /// <summary>Handed to a destination.</summary>
    Delivered,

    /// <summary>Confirmed by every destination. Final.</summary>
    Confirmed,

    /// <summary>Cannot be processed; the study is held with this reason.</summary>
    Held,
}

/// <summary>How many of a study's instances stand in each state; they sum to the inventory.</summary>
public sealed record InstanceCounts(
    int Located = 0, int Fetched = 0, int Rejected = 0, int Anonymized = 0, int Verified = 0, int Delivered = 0, int Confirmed = 0, int Held = 0)
{
    /// <summary>All instances of the inventory.</summary>
    public int Total => Located + Fetched + Rejected + Anonymized + Verified + Delivered + Confirmed + Held;

    /// <summary>The counts of <paramref name="rows"/> by state.</summary>
    public static InstanceCounts Of(IEnumerable<InstanceRow> rows)
    {
        int[] count = new int[Enum.GetValues<InstanceState>().Length];
        foreach (InstanceRow row in rows)
        {
            count[(int)row.State]++;
        }

        return Of(count);
    }

    /// <summary>The counts after all instances in <paramref name="from"/> were put into <paramref name="to"/>.</summary>
    public InstanceCounts Move(IReadOnlyList<InstanceState> from, InstanceState to)
    {
        int[] count = [Located, Fetched, Rejected, Anonymized, Verified, Delivered, Confirmed, Held];
        foreach (InstanceState state in from.Where(state => state != to))
        {
            count[(int)to] += count[(int)state];
            count[(int)state] = 0;
        }

        return Of(count);
    }

    private static InstanceCounts Of(int[] count) => new(count[0], count[1], count[2], count[3], count[4], count[5], count[6], count[7]);
}
