using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// Turns what an archive holds into ledger rows, and rejects what its answers show to be unwanted, before any transfer. What the
/// archive does not tell is left for the file to show.
/// </summary>
public static class InventorySelection
{
    /// <summary>One row for each instance: Located, or Rejected with the reason.</summary>
    public static IReadOnlyList<InstanceRow> Rows(string studyId, string archive, IReadOnlyList<ArchiveSeries> inventory, Selection selection)
    {
        Selector selector = new(selection);
        List<InstanceRow> rows = [];
        foreach (ArchiveSeries series in inventory)
        {
            string? tooShort = series.Instances.Count < selection.MinInstancesPerSeries
                ? $"its series has fewer than {selection.MinInstancesPerSeries} instances"
                : null;
            rows.AddRange(series.Instances.Select(instance =>
                Row(studyId, archive, series, instance, tooShort ?? selector.Judge(Header(series, instance), isComplete: false).Reason)));
        }

        return rows;
    }

    private static InstanceRow Row(string studyId, string archive, ArchiveSeries series, ArchiveInstance instance, string? reason) => new()
    {
        StudyId = studyId,
        IdSopInstanceUid = instance.SopInstanceUid,
        IdStudyUid = series.StudyUid,
        IdSeriesUid = series.SeriesUid,
        SopClassUid = instance.SopClassUid,
        Modality = series.Modality,
        Archive = archive,
        State = reason is null ? InstanceState.Located : InstanceState.Rejected,
        Reason = reason,
    };

    private static DataSet Header(ArchiveSeries series, ArchiveInstance instance)
    {
        DataSet header = new();
        header.SetString(Tags.SpecificCharacterSet, CharacterSet.Utf8.ToString());
        foreach ((Tag tag, string? value) in new[]
        {
            (Tags.SOPClassUID, instance.SopClassUid), (Tags.Modality, series.Modality), (Tags.SeriesDescription, series.SeriesDescription),
        })
        {
            if (value is not null && (tag == Tags.SeriesDescription || value.All(char.IsAscii)))
            {
                header.SetString(tag, value);
            }
        }

        return header;
    }
}
