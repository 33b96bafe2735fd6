using DeidCluster.Studies;

namespace DeidCluster.Store.Tests;

/// <summary>Rows to write in tests.</summary>
internal static class Rows
{
    public static StudyRow Study(string id, DateTimeOffset at, StudyStatus status = StudyStatus.Queued, string project = "p") =>
        new() { StudyId = id, Project = project, Status = status, RequestedAt = at, UpdatedAt = at };

    public static InstanceRow Instance(string study, string sop, InstanceState state = InstanceState.Located) => new()
    {
        StudyId = study,
        IdSopInstanceUid = sop,
        IdStudyUid = "1.2.3",
        IdSeriesUid = "1.2.3.4",
        Archive = "vna",
        State = state,
    };
}
