using DeidCluster.Engine;

namespace DeidCluster.Studies;

// Commands that reach a StudyActor.

/// <summary>
/// An upstream system wants this study. Asked again, it changes nothing and answers with the present state; only series that were not asked
/// for before have it queued again, with the same identities.
/// </summary>
public sealed record RequestStudy(StudyRequest Request) : ICommand;

/// <summary>The project lets the study start.</summary>
public sealed record AdmitStudy : ICommand;

/// <summary>The archive lets the study use one of its associations; with <paramref name="LeasesInstances"/> it wants to hear what is about to be fetched.</summary>
public sealed record GrantPermit(string Archive, long PermitId, bool LeasesInstances = false) : ICommand;

/// <summary>
/// Result of <see cref="LocateEffect"/> or <see cref="FetchEffect"/>: its permit was taken on a node that has since lost the study, and that may
/// still have an association open. Nothing was asked of the archive.
/// </summary>
public sealed record ReportPermitLost : ICommand;

/// <summary>Result of <see cref="LocateEffect"/>: what the archive holds; no instances when it holds nothing.</summary>
public sealed record ReportLocated(string Archive, IReadOnlyList<InstanceRow> Inventory, int StudyCount) : ICommand;

/// <summary>Result of <see cref="FetchEffect"/>: every wanted instance is staged, or rejected by what only the file could tell.</summary>
public sealed record ReportFetched(IReadOnlyList<InstanceRow> Changed, InstanceCounts Counts, long BytesFetched) : ICommand;

/// <summary>Result of <see cref="AnonymizeEffect"/>, with the version of the configuration and the key of the identity record that made it.</summary>
public sealed record ReportAnonymized(
    IReadOnlyList<InstanceRow> Changed, InstanceCounts Counts, long BytesWritten, LinkageRow? Linkage, string? Configuration = null, string? SubjectKey = null) : ICommand;

/// <summary>Result of <see cref="VerifyEffect"/>; findings hold the study, with the reason of each instance in the ledger.</summary>
public sealed record ReportVerified(IReadOnlyList<InstanceRow> Changed, InstanceCounts Counts, int Findings) : ICommand;

/// <summary>Result of <see cref="DeliverEffect"/>: confirmed at every destination.</summary>
public sealed record ReportDelivered(IReadOnlyList<InstanceRow> Changed, InstanceCounts Counts, long BytesDelivered) : ICommand;

/// <summary>Progress of a running effect: ledger rows that changed, and the counts with them.</summary>
public sealed record ReportProgress(IReadOnlyList<InstanceRow> Changed, InstanceCounts Counts, long Bytes) : ICommand;

/// <summary>The running effect failed. <paramref name="Reason"/> is shown to operators and never holds an identifying value.</summary>
public sealed record ReportFailed(FailureKind Failure, string Reason, IReadOnlyList<InstanceRow> Changed, InstanceCounts? Counts = null) : ICommand;

/// <summary>The back-off of the step that <paramref name="StepVersion"/> started is over.</summary>
public sealed record ResumeAfterBackoff(long StepVersion) : ICommand;

/// <summary>Try the waiting or held step again now, with a fresh count of attempts.</summary>
public sealed record RetryStudy(string By, string Why) : ICommand;

/// <summary>Start again from <paramref name="From"/>, whatever the state, with the same identities.</summary>
public sealed record RequeueStudy(StudyStep From, string By, string Why) : ICommand;

/// <summary>Stop for good; what runs is stopped.</summary>
public sealed record CancelStudy(string By, string Why) : IUrgentCommand;

/// <summary>Counts at the next grant.</summary>
public sealed record SetStudyPriority(int Priority, string By, string Why) : IUrgentCommand;

/// <summary>
/// Another study asks to be told when this one ends, because it leaves instances to it: those of <paramref name="IdSeriesUids"/>, which are all
/// when it is empty; null says nothing of them.
/// </summary>
public sealed record FollowStudy(string FollowerStudyId, IReadOnlyList<string>? IdSeriesUids = null) : ICommand;

/// <summary>A study that this one left instances to has ended; if it was not delivered, this one is queued again.</summary>
public sealed record ReportOriginalEnded(StudyStatus Status, string? StudyId = null) : ICommand;

/// <summary>The answer to every command above that a person or a system sends.</summary>
/// <param name="StudyId">The public id.</param>
/// <param name="Status">The state after the command.</param>
/// <param name="Changed">False when the command found nothing to do.</param>
/// <param name="Refusal">Why the command was refused; null when it was not.</param>
public sealed record StudyReply(string StudyId, StudyStatus Status, bool Changed, string? Refusal = null);

// Effects that a StudyActor waits for: EffectRequest.Kind and Parameters.

/// <summary>
/// "locate": C-FIND in one archive, with its inventory by series and instance. Needs a permit, which counts under the fencing token
/// <paramref name="PermitToken"/> only: under another one the outcome is <see cref="ReportPermitLost"/>.
/// </summary>
public sealed record LocateEffect(string StudyId, StudyRequest Request, string Archive, long PermitToken);

/// <summary>"fetch": bring the instances of the ledger that are Located into staging. Needs a permit, as <see cref="LocateEffect"/> does.</summary>
public sealed record FetchEffect(string StudyId, StudyRequest Request, string Archive, long PermitToken);

/// <summary>"anonymize": de-identify the Fetched instances by the project's profile.</summary>
public sealed record AnonymizeEffect(string StudyId, StudyRequest Request);

/// <summary>"verify": check the Anonymized instances.</summary>
public sealed record VerifyEffect(string StudyId, StudyRequest Request);

/// <summary>"deliver": hand the Verified instances to the project's destinations.</summary>
public sealed record DeliverEffect(string StudyId, StudyRequest Request);
