namespace DeidCluster.Dicom;

/// <summary>What an answer to a query has whether it was asked for or not (PS3.18 tables 10.6.3-3 to 10.6.3-5).</summary>
internal static class DicomWebAttributes
{
    private static readonly Tag[] Study =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.ModalitiesInStudy, Tags.ReferringPhysicianName, Tags.PatientName, Tags.PatientID,
        Tags.PatientBirthDate, Tags.PatientSex, Tags.StudyInstanceUID, Tags.StudyID, Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances,
    ];

    private static readonly Tag[] Series =
    [
        Tags.Modality, Tags.SeriesDescription, Tags.SeriesInstanceUID, Tags.SeriesNumber, Tags.NumberOfSeriesRelatedInstances,
        Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.RequestAttributesSequence,
    ];

    private static readonly Tag[] Instance =
    [
        Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.InstanceNumber, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.NumberOfFrames,
    ];

    /// <summary>The level's own, and those of each level above that the path does not name.</summary>
    public static IEnumerable<Tag> Returned(DicomWebQuery query) => query.Level switch
    {
        QueryLevel.Study => Study,
        QueryLevel.Series => [.. Above(query.StudyInstanceUid, Study), .. Series, Tags.StudyInstanceUID],
        _ => [.. Above(query.StudyInstanceUid, Study), .. Above(query.SeriesInstanceUid, Series), .. Instance, Tags.StudyInstanceUID, Tags.SeriesInstanceUID],
    };

    private static IEnumerable<Tag> Above(string? named, Tag[] tags) => named is null ? tags : [];
}
