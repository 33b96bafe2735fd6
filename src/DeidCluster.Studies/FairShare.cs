using System.Collections.Immutable;

namespace DeidCluster.Studies;

/// <summary>
/// Shares an archive between projects (start-time fair queueing): each grant moves its project's own clock on by one over its share, and among studies of
/// one priority the project whose clock is furthest behind comes next. A project that was away starts at the present, so that it neither
/// loses its place nor has saved up.
/// </summary>
/// <param name="Now">The clock of the latest grant.</param>
/// <param name="ByProject">The clock of each project after its latest grant.</param>
public sealed record FairShare(double Now, ImmutableSortedDictionary<string, double> ByProject)
{
    /// <summary>Nobody has been served.</summary>
    public static readonly FairShare Start = new(0, ImmutableSortedDictionary<string, double>.Empty);

    /// <summary>The clocks after <paramref name="project"/> was served.</summary>
    public FairShare Serve(string project, double share)
    {
        double start = StartOf(project);
        // Clocks that lie behind the present are the same as none.
        return new FairShare(start, ByProject.RemoveRange(ByProject.Where(other => other.Value <= start).Select(other => other.Key)).SetItem(project, start + (1 / share)));
    }

    /// <summary>Who comes next of <paramref name="waiting"/>, which stands in order of priority, then of time.</summary>
    public StudyRow? Next(IEnumerable<StudyRow> waiting)
    {
        StudyRow? best = null;
        foreach (StudyRow row in waiting)
        {
            if (best is null)
            {
                best = row;
            }
            else if (row.Priority < best.Priority)
            {
                break;
            }
            else if (StartOf(row.Project) < StartOf(best.Project))
            {
                best = row;
            }
        }

        return best;
    }

    private double StartOf(string project) => Math.Max(Now, ByProject.GetValueOrDefault(project));
}
