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
