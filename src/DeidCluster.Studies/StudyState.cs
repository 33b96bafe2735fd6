using System.Text.Json.Serialization;

namespace DeidCluster.Studies;

/// <summary>All that a study's rules know of it: the fold of its events. Identifies a person; its text form is redacted.</summary>
public sealed record StudyState
{
    /// <summary>The public id, which is also the actor's key.</summary>
    public required string StudyId { get; init; }

    /// <summary>The number of events folded; the version of the last one.</summary>
    public long Version { get; init; }

    /// <summary>What was asked for; null until it was.</summary>
    public StudyRequest? Request { get; init; }

    /// <summary>Where it stands.</summary>
    public StudyStatus Status { get; init; }

    /// <summary>The step it is in, would take next, or has ended in.</summary>
    public StudyStep Step { get; init; }

    /// <summary>The version that started the pending effect or the back-off.</summary>
    public long StepVersion { get; init; }

    /// <summary>0 (last) to 9 (first).</summary>
    public int Priority { get; init; }

    /// <summary>True while it counts as in flight in its project.</summary>
    public bool Admitted { get; init; }

    /// <summary>The archive it is looked for in, or was located in.</summary>
    public string? Archive { get; init; }

    /// <summary>Archives that hold nothing of it.</summary>
    public IReadOnlyList<string> EmptyArchives { get; init; } = [];

    /// <summary>True while it waits for a permit of <see cref="Archive"/>.</summary>
    public bool WantsPermit { get; init; }

    /// <summary>The permit of <see cref="Archive"/> that it holds.</summary>
    public long? PermitId { get; init; }

    /// <summary>The fencing token under which it took that permit: under another one, who used it before may not have ended yet.</summary>
    public long PermitToken { get; init; }

    /// <summary>True when the archive counts instances, and is told of them before they are fetched with that permit.</summary>
    public bool LeasesInstances { get; init; }

    /// <summary>Instances that were fetched when it took that permit.</summary>
    public int FetchedBeforePermit { get; init; }

    /// <summary>StudyInstanceUIDs of the inventory. Identifying.</summary>
    public IReadOnlyList<string> IdStudyUids { get; init; } = [];

    /// <summary>True while it owns the claims of <see cref="IdStudyUids"/>.</summary>
    public bool Claimed { get; init; }

    /// <summary>Instances by state.</summary>
    public InstanceCounts Counts { get; init; } = new();

    /// <summary>Bytes fetched.</summary>
    public long Bytes { get; init; }

    /// <summary>Failed attempts of the present step.</summary>
    public int Attempts { get; init; }

    /// <summary>When the step is tried again, while Waiting.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Why it is where it is.</summary>
    public string? Reason { get; init; }

    /// <summary>The study that this one duplicates.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>Studies that have claimed a part of what was located, and deliver it.</summary>
    public IReadOnlyList<string> LeftTo { get; init; } = [];

    /// <summary>Studies that left all or some of their instances to this one, and are told when it ends.</summary>
    public IReadOnlyList<string> Followers { get; init; } = [];

    /// <summary>When it was first requested.</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The version of the project's configuration that made the results.</summary>
    public string? Configuration { get; init; }

    /// <summary>The key of the subject's identity record: a keyed hash.</summary>
    public string? SubjectKey { get; init; }

    /// <summary>True when the study that this one duplicates was delivered.</summary>
    public bool OriginalDelivered { get; init; }

    /// <summary>The retirement of its record, while that is on its way.</summary>
    public Retirement? Retirement { get; init; }

    /// <summary>What is left of a record that was retired; stays when the study is worked on again.</summary>
    public StudyTombstone? Tombstone { get; init; }

    /// <summary>True while there is no record but <see cref="Tombstone"/>.</summary>
    public bool IsRetired { get; init; }

    /// <summary>Since when its record may be retired; null while it may not.</summary>
    [JsonIgnore]
    public DateTimeOffset? FinishedAt =>
        IsOver && Retirement is null && !IsRetired && (Status != StudyStatus.Duplicate || OriginalDelivered) ? UpdatedAt : null;

    /// <summary>True when nothing more happens by itself: delivered, rejected, not found, cancelled or left to the study it duplicates.</summary>
    public bool IsOver => Status is StudyStatus.Delivered or StudyStatus.Rejected or StudyStatus.NotFound or StudyStatus.Cancelled or StudyStatus.Duplicate;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"StudyState {StudyId} {Status}";
}
