using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// The fewest and widest retrievals that bring what is missing and nothing else: the study when all of it is, a series when all of
/// that is, else lists of instances.
/// </summary>
public static class RetrievalPlan
{
    /// <summary>The longest list in one retrieval: 100 UIDs of 64 characters fit every peer's limits for UI (PS3.5 6.2, 7.1.2). Instances.</summary>
    public const int InstancesPerRetrievalMax = 100;

    /// <summary>What to retrieve for the rows that are Located; <paramref name="onlySomeSeries"/> when the rows are not all that the archive has of the study.</summary>
    public static IReadOnlyList<Retrieval> For(IReadOnlyList<InstanceRow> rows, bool onlySomeSeries) =>
        [.. rows.GroupBy(row => row.IdStudyUid).SelectMany(study =>
            !onlySomeSeries && study.All(IsMissing)
                ? [new Retrieval(study.Key, null, [])]
                : study.GroupBy(row => row.IdSeriesUid).SelectMany(series => OfSeries(study.Key, series.Key, [.. series])))];

    private static IEnumerable<Retrieval> OfSeries(string studyUid, string seriesUid, IReadOnlyList<InstanceRow> rows) =>
        rows.All(IsMissing)
            ? [new Retrieval(studyUid, seriesUid, [])]
            : rows.Where(IsMissing).Select(row => row.IdSopInstanceUid).Chunk(InstancesPerRetrievalMax).Select(uids => new Retrieval(studyUid, seriesUid, uids));

    private static bool IsMissing(InstanceRow row) => row.State == InstanceState.Located;
}
