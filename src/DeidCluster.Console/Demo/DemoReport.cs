using System.Text.Json;
using DeidCluster.Console.Api;

namespace DeidCluster.Console.Demo;

/// <summary>The report of a demo as a file, without identifiers.</summary>
internal static class DemoReport
{
    /// <summary>Writes it to <paramref name="path"/>.</summary>
    public static async Task WriteAsync(string path, IReadOnlyList<DemoOutcome> outcomes, DemoCheck check, bool passed, CancellationToken cancellation)
    {
        await using FileStream file = File.Create(path);
        var report = new
        {
            passed,
            check,
            studies = outcomes.Select(outcome => new
            {
                shows = outcome.Case.Shows,
                project = outcome.Case.Request.Project,
                outcome.StudyId,
                outcome.Status,
                outcome.Reason,
                located = outcome.Counts.Total,
                outcome.Fetched,
                outcome.Counts.Rejected,
                outcome.Verified,
                delivered = outcome.Counts.Confirmed,
                seconds = outcome.Took.TotalSeconds,
                outcome.Bytes,
                outcome.Difference,
            }),
        };
        await JsonSerializer.SerializeAsync(file, report, ApiClient.Json, cancellation);
    }
}
