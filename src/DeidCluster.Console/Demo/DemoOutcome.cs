using System.Text.Json.Nodes;
using DeidCluster.Console.Api;
using DeidCluster.Studies;

namespace DeidCluster.Console.Demo;

/// <summary>How one case of the demo stands, as the node's API tells it.</summary>
internal sealed record DemoOutcome
{
    /// <summary>The case.</summary>
    public required DemoCase Case { get; init; }

    /// <summary>The study's public id.</summary>
    public required string StudyId { get; init; }

    /// <summary>Where it stands.</summary>
    public required StudyStatus Status { get; init; }

    /// <summary>Why, in the node's words.</summary>
    public string? Reason { get; init; }

    /// <summary>Instances by state.</summary>
    public InstanceCounts Counts { get; init; } = new();

    /// <summary>Bytes fetched.</summary>
    public long Bytes { get; init; }

    /// <summary>From the request to the last change.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Instances that were ever in staging.</summary>
    public int Fetched => Counts.Total - Counts.Located - Counts.Rejected;

    /// <summary>Instances whose result passed verification.</summary>
    public int Verified => Counts.Verified + Counts.Delivered + Counts.Confirmed;

    /// <summary>True when nothing more will happen by itself.</summary>
    public bool HasEnded => Status is StudyStatus.Delivered or StudyStatus.Held or StudyStatus.Rejected or StudyStatus.NotFound
        or StudyStatus.Cancelled or StudyStatus.Duplicate;

    /// <summary>Null when the case ended as it must; else what is different, in words without identifiers.</summary>
    public string? Difference =>
        Status != Case.Expected ? $"expected {Case.Expected}"
        : Status is StudyStatus.Delivered or StudyStatus.Rejected && Counts.Total != Case.ExpectedLocated ? $"expected {Case.ExpectedLocated} instances located"
        : Status == StudyStatus.Delivered && Counts.Confirmed != Case.ExpectedDelivered ? $"expected {Case.ExpectedDelivered} instances delivered"
        : null;

    /// <summary>The outcome that a study's row in an answer of the API describes.</summary>
    public static DemoOutcome Read(DemoCase demoCase, JsonNode study)
    {
        JsonNode? counts = study["counts"];
        return new DemoOutcome
        {
            Case = demoCase,
            StudyId = study.Text("studyId") ?? "",
            Status = Enum.Parse<StudyStatus>(study.Text("status") ?? "", ignoreCase: true),
            Reason = study.Text("reason"),
            Counts = new InstanceCounts(
                (int)counts.Number("located"), (int)counts.Number("fetched"), (int)counts.Number("rejected"), (int)counts.Number("anonymized"),
                (int)counts.Number("verified"), (int)counts.Number("delivered"), (int)counts.Number("confirmed"), (int)counts.Number("held")),
            Bytes = study.Number("bytes"),
            Took = At(study, "updatedAt") - At(study, "requestedAt"),
        };
    }

    private static DateTimeOffset At(JsonNode study, string member) =>
        DateTimeOffset.TryParse(study.Text(member), System.Globalization.CultureInfo.InvariantCulture, out DateTimeOffset at) ? at : DateTimeOffset.UnixEpoch;
}
