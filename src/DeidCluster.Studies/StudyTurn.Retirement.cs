using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>The end of a study's record, and what comes after it.</summary>
internal sealed partial class StudyTurn
{
    /// <summary>Between two tries to write a record's file.</summary>
    private static readonly TimeSpan RetirementRetry = TimeSpan.FromMinutes(15);

    /// <summary>Begins to retire a record that may be retired; asked twice, it changes nothing.</summary>
    public Decision Retire(RetireStudy retire)
    {
        if (State.FinishedAt is null)
        {
            return Refuse(State.IsRetired ? "the study's record was retired before" : State.Retirement is not null ? "the study's record is being retired" : "the study is not finished");
        }

        draft.Happens(new RetirementStarted(retire.Rule, retire.Archive, Now));
        return Answer();
    }

    /// <summary>What must be remembered is known, and the file is durable: the record goes.</summary>
    public Decision Retire(ReportRetired report)
    {
        if (State.Retirement is not { IsPostponed: false } retirement)
        {
            return draft.Decision();
        }

        StudyTombstone? before = State.Tombstone;
        StudyTombstone tombstone = new()
        {
            RetiredAt = Now,
            Rule = retirement.Rule,
            ConfirmedHashes = [.. (before?.ConfirmedHashes ?? []).Union(report.ConfirmedHashes, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            SeriesHashes = SeriesHashes(before),
            SubjectKey = State.SubjectKey ?? before?.SubjectKey,
            Configuration = State.Configuration ?? before?.Configuration,
            Events = State.Version,
            ArchiveFile = report.ArchiveFile,
        };
        draft.Writes(new LedgerClear(State.StudyId));
        draft.Writes(new TombstoneRow
        {
            StudyId = State.StudyId,
            Project = Project,
            Status = State.Status,
            Version = State.Version + 1,
            RetiredAt = Now,
            Rule = tombstone.Rule,
            Confirmed = tombstone.ConfirmedHashes.Count,
            Events = tombstone.Events,
            Instances = report.Instances,
            SubjectKey = tombstone.SubjectKey,
            Configuration = tombstone.Configuration,
            ArchiveFile = report.ArchiveFile,
            ArchiveSha256 = report.ArchiveSha256,
        });
        draft.Happens(new StudyRetired(
            State.Version + 1, Project, State.Status, State.Step, State.Priority, State.Archive, State.DuplicateOf, State.Reason, State.IdStudyUids, State.Claimed, State.LeftTo,
            State.Counts, State.Bytes, State.RequestedAt, State.UpdatedAt, tombstone, Now));
        return draft.Decision();
    }

    /// <summary>The file could not be written. The record stays, and is tried again later.</summary>
    private Decision PostponeRetirement(string reason)
    {
        DateTimeOffset until = Now + RetirementRetry;
        draft.Happens(new RetirementPostponed(reason, until, Now));
        draft.Sends(context.Self, new ResumeRetirement(State.Version), until);
        return draft.Decision();
    }

    /// <summary>Time to try again, if nothing has called it off.</summary>
    public Decision ResumeRetirement(ResumeRetirement resume)
    {
        if (State.Retirement is { IsPostponed: true } retirement && retirement.Version == resume.Version)
        {
            draft.Happens(new RetirementStarted(retirement.Rule, retirement.Archive, Now));
        }

        return draft.Decision();
    }

    /// <summary>A request for a retired study: what was delivered is answered as delivered; what was not is worked on anew.</summary>
    private Decision AgainAfterRetirement(StudyRequest request)
    {
        bool isAnswered = State.Status is StudyStatus.Delivered or StudyStatus.Duplicate && WasAskedFor(request.SeriesUids);
        if (!isAnswered)
        {
            if (StudyRequestRules.Check(request) is [RequestProblem first, ..])
            {
                return Refuse($"{first.Field} {first.Problem}");
            }

            Revive(request, "a later request");
        }

        return Answer();
    }

    /// <summary>Works on a retired study again. Without the identifiers of its request, which went with its record, a single source study can still be named.</summary>
    private void Revive(StudyRequest? request, string by)
    {
        StudyRequest? known = State.IdStudyUids is [string only] ? new StudyRequest { Project = Project, StudyUid = only, Priority = State.Priority } : null;
        if ((request ?? known) is { } revived)
        {
            draft.Happens(new StudyRevived(revived, by, Now));
            draft.Sends(Actors.Project(Project), new ConsiderAdmissions());
        }
        else
        {
            draft.Happens(new StudyHeld("its record was retired, and with it what it was requested by: request it again, by the StudyInstanceUID of what is missing", Now));
        }
    }

    /// <summary>True when the retired study was asked for all of these series.</summary>
    private bool WasAskedFor(IReadOnlyList<string> series)
    {
        IReadOnlyList<string> asked = State.Tombstone!.SeriesHashes;
        return asked.Count == 0 || (series.Count > 0 && series.All(uid => asked.Contains(StudyTombstone.HashOf(State.StudyId, uid), StringComparer.Ordinal)));
    }

    private IReadOnlyList<string> SeriesHashes(StudyTombstone? before)
    {
        IReadOnlyList<string> asked = State.Request!.SeriesUids;
        return asked.Count == 0 || before is { SeriesHashes.Count: 0 }
            ? []
            : [.. asked.Select(uid => StudyTombstone.HashOf(State.StudyId, uid)).Union(before?.SeriesHashes ?? [], StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Inventory rows with those that were delivered before the record was retired left out, and explained.</summary>
    private IEnumerable<InstanceRow> WithoutDelivered(IEnumerable<InstanceRow> inventory)
    {
        if (State.Tombstone is not { ConfirmedHashes.Count: > 0 } tombstone)
        {
            return inventory;
        }

        HashSet<string> delivered = [.. tombstone.ConfirmedHashes];
        return inventory.Select(row => delivered.Contains(StudyTombstone.HashOf(State.StudyId, row.IdSopInstanceUid))
            ? row with { State = InstanceState.Rejected, Reason = DeliveredBefore }
            : row);
    }

    private const string DeliveredBefore = "delivered before the study's record was retired";
}
