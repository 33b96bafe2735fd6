using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// Deletes results that every destination has confirmed. Never part of the delivery itself: an effect may run again, and then its
/// results must still be there; only the index tells that it will not.
/// </summary>
public sealed class ResultRetention(StagingArea staging, IStudyIndex index, bool releases)
{
    /// <summary>Releases the results of all studies that are Delivered, and returns how many these were. For a node to call now and then.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        int released = 0;
        foreach (string studyId in releases ? staging.StudiesWithResults() : [])
        {
            if (await index.FindAsync(studyId, cancellation) is { Status: StudyStatus.Delivered })
            {
                staging.ReleaseResults(studyId);
                released++;
            }
        }

        return released;
    }
}
