using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>The registered names of everything that stands in mail, journals, replies and snapshots of the three actors. Never renamed.</summary>
public static class StudyMessageTypes
{
    /// <summary>Adds all of them to <paramref name="types"/>.</summary>
    public static MessageTypes Register(MessageTypes types)
    {
        AddCommands(types);
        AddStudyEvents(types);
        AddProjectEvents(types);
        AddArchiveEvents(types);
        return types
            .Add<StudyReply>("study.reply")
            .Add<ProjectReply>("project.reply")
            .Add<RetentionReply>("project.retention-reply")
            .Add<ArchiveReply>("archive.reply")
            .Add<StudyState>("study.state")
            .Add<ProjectState>("project.state")
            .Add<ArchiveState>("archive.state");
    }

    private static void AddCommands(MessageTypes types) => types
        .Add<RequestStudy>("study.request")
        .Add<AdmitStudy>("study.admit")
        .Add<GrantPermit>("study.grant-permit")
        .Add<ReportPermitLost>("study.report-permit-lost")
        .Add<ReportLocated>("study.report-located")
        .Add<ReportFetched>("study.report-fetched")
        .Add<ReportAnonymized>("study.report-anonymized")
        .Add<ReportVerified>("study.report-verified")
        .Add<ReportDelivered>("study.report-delivered")
        .Add<ReportProgress>("study.report-progress")
        .Add<ReportFailed>("study.report-failed")
        .Add<ResumeAfterBackoff>("study.resume-after-backoff")
        .Add<RetryStudy>("study.retry")
        .Add<RequeueStudy>("study.requeue")
        .Add<CancelStudy>("study.cancel")
        .Add<SetStudyPriority>("study.set-priority")
        .Add<FollowStudy>("study.follow")
        .Add<ReportOriginalEnded>("study.report-original-ended")
        .Add<RetireStudy>("study.retire")
        .Add<ReportRetired>("study.report-retired")
        .Add<ResumeRetirement>("study.resume-retirement")
        .Add<ConsiderRetention>("project.consider-retention")
        .Add<RunRetention>("project.run-retention")
        .Add<ConsiderAdmissions>("project.consider-admissions")
        .Add<ReleaseAdmission>("project.release-admission")
        .Add<PauseProject>("project.pause")
        .Add<ResumeProject>("project.resume")
        .Add<ConfigureProject>("project.configure")
        .Add<LimitProject>("project.limit")
        .Add<BeginDay>("project.begin-day")
        .Add<ConsiderPermits>("archive.consider-permits")
        .Add<LeaseInstances>("archive.lease-instances")
        .Add<ReturnPermit>("archive.return-permit")
        .Add<ConfigureArchive>("archive.configure")
        .Add<ProbeArchive>("archive.probe")
        .Add<LimitArchive>("archive.limit")
        .Add<PauseArchive>("archive.pause")
        .Add<ResumeArchive>("archive.resume")
        .Add<ResumeGrants>("archive.resume-grants");

    private static void AddStudyEvents(MessageTypes types) => types
        .Add<StudyRequested>("study.requested")
        .Add<StudyWidened>("study.widened")
        .Add<StudyAdmitted>("study.admitted")
        .Add<PermitWanted>("study.permit-wanted")
        .Add<PermitTaken>("study.permit-taken")
        .Add<ArchiveWasEmpty>("study.archive-was-empty")
        .Add<StudyLocated>("study.located")
        .Add<StepStarted>("study.step-started")
        .Add<ProgressMade>("study.progress-made")
        .Add<StepCompleted>("study.step-completed")
        .Add<StepFailed>("study.step-failed")
        .Add<BackoffStarted>("study.backoff-started")
        .Add<StudyHeld>("study.held")
        .Add<StudyRejected>("study.rejected")
        .Add<StudyNotFound>("study.not-found")
        .Add<StudyDuplicated>("study.duplicated")
        .Add<StudyDelivered>("study.delivered")
        .Add<StudyCancelled>("study.cancelled")
        .Add<StudyRetried>("study.retried")
        .Add<StudyRequeued>("study.requeued")
        .Add<PriorityChanged>("study.priority-changed")
        .Add<FollowerAdded>("study.follower-added")
        .Add<OriginalEnded>("study.original-ended")
        .Add<RetirementStarted>("study.retirement-started")
        .Add<RetirementPostponed>("study.retirement-postponed")
        .Add<StudyRetired>("study.retired")
        .Add<StudyRevived>("study.revived");

    private static void AddProjectEvents(MessageTypes types) => types
        .Add<ProjectConfigured>("project.configured")
        .Add<ProjectLimited>("project.limited")
        .Add<QuotaUsed>("project.quota-used")
        .Add<ProjectPaused>("project.paused")
        .Add<ProjectResumed>("project.resumed")
        .Add<AdmissionsGranted>("project.admissions-granted")
        .Add<AdmissionReleased>("project.admission-released")
        .Add<ZoneMissed>("project.zone-missed")
        .Add<RetirementsAsked>("project.retirements-asked");

    private static void AddArchiveEvents(MessageTypes types) => types
        .Add<ArchiveConfigured>("archive.configured")
        .Add<ArchiveLimited>("archive.limited")
        .Add<ArchivePaused>("archive.paused")
        .Add<ArchiveResumed>("archive.resumed")
        .Add<GrantsDelayed>("archive.grants-delayed")
        .Add<GrantsResumed>("archive.grants-resumed")
        .Add<InstancesLeased>("archive.instances-leased")
        .Add<PermitGranted>("archive.permit-granted")
        .Add<PermitReturned>("archive.permit-returned")
        .Add<BreakerOpened>("archive.breaker-opened")
        .Add<BreakerHalfOpened>("archive.breaker-half-opened")
        .Add<BreakerClosed>("archive.breaker-closed");
}
