namespace DeidCluster.Studies;

/// <summary>Where a study stands, in the words that operators see.</summary>
public enum StudyStatus
{
    /// <summary>Accepted, waiting for its project to admit it.</summary>
    Queued,

    /// <summary>Being looked for in an archive, or waiting for that archive's permit.</summary>
    Locating,

    /// <summary>Its missing instances are being retrieved, or it waits for the archive's permit.</summary>
    Fetching,

    /// <summary>Being de-identified.</summary>
    Anonymizing,

    /// <summary>The result is being checked by another code path.</summary>
    Verifying,

    /// <summary>On its way to the project's destinations.</summary>
    Delivering,

    /// <summary>Every located instance is confirmed at every destination, or rejected with a reason. Final.</summary>
    Delivered,

    /// <summary>A transient failure happened; the step is tried again at a known time.</summary>
    Waiting,

    /// <summary>Stopped with a reason; an operator decides.</summary>
    Held,

    /// <summary>The project's selection wants none of it. Final.</summary>
    Rejected,

    /// <summary>No archive has it. Final.</summary>
    NotFound,

    /// <summary>An operator cancelled it. Final.</summary>
    Cancelled,

    /// <summary>Another request of this project delivers the same study; this one follows it.</summary>
    Duplicate,
}

/// <summary>The steps of a study's way, in order; an operator can requeue from any of them.</summary>
public enum StudyStep
{
    /// <summary>Find the study and its inventory in the archives.</summary>
    Locate,

    /// <summary>Bring the missing instances into staging.</summary>
    Fetch,

    /// <summary>De-identify what is staged and selected.</summary>
    Anonymize,

    /// <summary>Check the result independently.</summary>
    Verify,

    /// <summary>Hand it to every destination and have it confirmed.</summary>
    Deliver,
}

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

        return new InstanceCounts(count[0], count[1], count[2], count[3], count[4], count[5], count[6], count[7]);
    }
}

/// <summary>Whose fault a failed effect is, which decides what happens next.</summary>
public enum FailureKind
{
    /// <summary>May pass by itself (time-out, refused association, full disk): wait and try again.</summary>
    Transient,

    /// <summary>Will not pass by itself (a malformed file, a verification finding): held.</summary>
    Permanent,

    /// <summary>Somebody must change the configuration (unknown AE title, missing key): held.</summary>
    Misconfigured,
}
