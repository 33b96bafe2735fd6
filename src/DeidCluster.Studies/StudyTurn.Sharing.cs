using DeidCluster.Engine;

namespace DeidCluster.Studies;

/// <summary>Several requests for the same source studies: one delivers, the others leave it their instances and follow it.</summary>
internal sealed partial class StudyTurn
{
    /// <summary>The same request changes nothing; one for further series has the study located again.</summary>
    public Decision Again(StudyRequest request)
    {
        if (State.IsRetired)
        {
            return AgainAfterRetirement(request);
        }

        if (!Covers(State.Request!.SeriesUids, request.SeriesUids))
        {
            Widen(request.SeriesUids);
        }

        return Answer();
    }

    /// <summary>Tells the owners which series are left to them, and asks to hear of their end.</summary>
    private void Follow(string[] owners, IReadOnlyList<InstanceRow> inventory, Dictionary<string, string> ownerByUid)
    {
        foreach (string owner in owners)
        {
            string[] series = State.Request!.SeriesUids.Count == 0 ? [] :
            [
                .. inventory.Where(row => ownerByUid.GetValueOrDefault(row.IdStudyUid) == owner)
                    .Select(row => row.IdSeriesUid).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ];
            draft.Sends(Actors.Study(owner), new FollowStudy(State.StudyId, series));
        }
    }

    /// <summary>A follower is told of the end, now or when it comes; what it wants beyond the own request is fetched too.</summary>
    public Decision AddFollower(FollowStudy follow)
    {
        if (State.IsRetired)
        {
            if (State.Claimed && follow.IdSeriesUids is { } wanted && !WasAskedFor(wanted))
            {
                Revive(null, "a later request");
            }
        }
        else if (State.Claimed && follow.IdSeriesUids is { } series && !Covers(State.Request!.SeriesUids, series))
        {
            Widen(series);
        }

        if (State.IsOver)
        {
            draft.Sends(Actors.Study(follow.FollowerStudyId), new ReportOriginalEnded(State.Status, State.StudyId));
        }
        else if (!State.Followers.Contains(follow.FollowerStudyId, StringComparer.Ordinal))
        {
            draft.Happens(new FollowerAdded(follow.FollowerStudyId, Now));
        }

        return draft.Decision();
    }

    /// <summary>A study that instances were left to ended; undelivered, it leaves the work to this one.</summary>
    public Decision EndOriginal(ReportOriginalEnded ended)
    {
        bool isDuplicate = State.Status == StudyStatus.Duplicate;
        bool isPartOwner = State.Status != StudyStatus.Cancelled && State.LeftTo.Contains(ended.StudyId ?? "", StringComparer.Ordinal);
        if (isDuplicate && ended.Status == StudyStatus.Delivered && State.IsRetired)
        {
            return draft.Decision();
        }

        if (isDuplicate && ended.Status == StudyStatus.Delivered)
        {
            draft.Happens(new OriginalEnded(ended.Status, Now));
        }
        else if (isDuplicate || (isPartOwner && ended.Status != StudyStatus.Delivered))
        {
            if (State.IsRetired)
            {
                Revive(null, "the end of another study");
                return draft.Decision();
            }

            ReturnPermit(unused: true);
            draft.Happens(new OriginalEnded(ended.Status, Now));
            GoOn();
        }

        return draft.Decision();
    }

    /// <summary>True when who asked for <paramref name="asked"/> gets <paramref name="wanted"/> too; an empty list is all series.</summary>
    private static bool Covers(IReadOnlyList<string> asked, IReadOnlyList<string> wanted) =>
        asked.Count == 0 || (wanted.Count > 0 && wanted.All(uid => asked.Contains(uid, StringComparer.Ordinal)));

    /// <summary>Takes further series into the request and locates again what was located before; a cancelled study stays so.</summary>
    private void Widen(IReadOnlyList<string> series)
    {
        draft.Happens(new StudyWidened(series.Count == 0 ? [] : [.. State.Request!.SeriesUids.Union(series, StringComparer.Ordinal)], Now));
        if (State.Status is StudyStatus.Cancelled || (State.Status == StudyStatus.Queued && State.Step == StudyStep.Locate))
        {
            return;
        }

        ReturnPermit(unused: true);
        draft.Happens(new StudyRequeued(StudyStep.Locate, "a later request", "it wants further series", State.Counts, Now));
        GoOn();
    }
}
