using DeidCluster.Dicom;
using static DeidCluster.Simulator.SampleElements;

namespace DeidCluster.Simulator;

/// <summary>Comprehensive SR (PS3.3 A.35.3): a verified report that names people and refers to images of its study.</summary>
internal static class SrSample
{
    public static SampleInstance Report(SampleVisit visit, int seriesNumber, IReadOnlyList<SampleInstance> images)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        string sopUid = visit.Uid($"series {seriesNumber} report");
        string dateTime = SamplePatient.Dicom(visit.Date) + "113000";
        DataSet data = CommonModules.Begin(visit, Uids.ComprehensiveSrStorage, sopUid)
            .Patient(visit).Study(visit).Series(visit, "SR", seriesNumber, "Report", seriesUid).Equipment(visit, "WEX REPORT")
            .Sequence(Tags.ReferencedPerformedProcedureStepSequence)
            .Number(Tags.InstanceNumber, 1)
            .Text(Tags.CompletionFlag, "COMPLETE")
            .Text(Tags.VerificationFlag, "VERIFIED")
            .Date(Tags.ContentDate, visit.Date)
            .Text(Tags.ContentTime, "113000")
            .Sequence(Tags.VerifyingObserverSequence, new DataSet()
                .Text(Tags.VerifyingObserverName, SampleVisit.Radiologist)
                .Text(Tags.VerifyingOrganization, SampleVisit.Institution)
                .Text(Tags.VerificationDateTime, dateTime)
                .Sequence(Tags.VerifyingObserverIdentificationCodeSequence))
            .Sequence(Tags.PerformedProcedureCodeSequence)
            .Sequence(Tags.CurrentRequestedProcedureEvidenceSequence, Evidence(visit, images))
            .Text(Tags.ValueType, "CONTAINER")
            .Sequence(Tags.ConceptNameCodeSequence, Code("18748-4", "LN", "Diagnostic imaging report"))
            .Text(Tags.ContinuityOfContent, "SEPARATE")
            .Sequence(Tags.ContentSequence, Content(visit, images[0], dateTime))
            .PrivateBlocks(visit);
        data.Remove(Tags.DateOfLastCalibration);
        data.Remove(Tags.TimeOfLastCalibration);
        return new SampleInstance(Uids.ComprehensiveSrStorage, sopUid, seriesUid, Uids.ExplicitVrLittleEndian, data);
    }

    private static DataSet Evidence(SampleVisit visit, IReadOnlyList<SampleInstance> images) =>
        new DataSet()
            .Text(Tags.StudyInstanceUID, visit.StudyInstanceUid)
            .Sequence(Tags.ReferencedSeriesSequence, [.. images.GroupBy(image => image.SeriesInstanceUid).Select(series => new DataSet()
                .Text(Tags.SeriesInstanceUID, series.Key)
                .Sequence(Tags.ReferencedSOPSequence, [.. series.Select(image => Reference(image.SopClassUid, image.SopInstanceUid))]))]);

    private static DataSet[] Content(SampleVisit visit, SampleInstance image, string dateTime) =>
    [
        Item("HAS OBS CONTEXT", "PNAME", Code("121008", "DCM", "Person Observer Name")).Text(Tags.PersonName, SampleVisit.Radiologist),
        Item("HAS OBS CONTEXT", "DATETIME", Code("121111", "DCM", "Summary")).Text(Tags.DateTime, dateTime),
        Item("CONTAINS", "TEXT", Code("121071", "DCM", "Finding"))
            .Text(Tags.TextValue, $"{visit.Patient.PatientId} seen with {SampleVisit.PerformingPhysician.Split('^')[0]}; ring {visit.Patient.Phone}"),
        Item("CONTAINS", "CONTAINER", Code("121070", "DCM", "Findings"))
            .Text(Tags.ContinuityOfContent, "SEPARATE")
            .Sequence(
                Tags.ContentSequence,
                Item("CONTAINS", "IMAGE", Code("121080", "DCM", "Best illustration of finding"))
                    .Sequence(Tags.ReferencedSOPSequence, Reference(image.SopClassUid, image.SopInstanceUid)),
                Item("CONTAINS", "UIDREF", Code("121019", "DCM", "Study Instance UID")).Text(Tags.UID, visit.StudyInstanceUid)),
    ];

    private static DataSet Item(string relationship, string valueType, DataSet concept) =>
        new DataSet()
            .Text(Tags.RelationshipType, relationship)
            .Text(Tags.ValueType, valueType)
            .Sequence(Tags.ConceptNameCodeSequence, concept);
}
