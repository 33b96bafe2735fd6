using DeidCluster.Dicom;
using static DeidCluster.Simulator.SampleElements;

namespace DeidCluster.Simulator;

/// <summary>RT Structure Set (PS3.3 A.19): one contour on each image of a CT series of its study.</summary>
internal static class RtStructSample
{
    public static SampleInstance StructureSet(SampleVisit visit, int seriesNumber, IReadOnlyList<SampleInstance> images)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        string sopUid = visit.Uid($"series {seriesNumber} structures");
        string frameOfReference = visit.Uid("frame of reference");
        DataSet data = CommonModules.Begin(visit, Uids.RtStructureSetStorage, sopUid)
            .Patient(visit).Study(visit).Series(visit, "RTSTRUCT", seriesNumber, "Structures", seriesUid).Equipment(visit, "WEX PLAN")
            .Number(Tags.InstanceNumber, 1)
            .Text(Tags.FrameOfReferenceUID, frameOfReference)
            .Text(Tags.PositionReferenceIndicator)
            .Text(Tags.StructureSetLabel, "Lungs")
            .Text(Tags.StructureSetName, $"Plan of {visit.Patient.PatientId}")
            .Text(Tags.StructureSetDescription, $"Drawn by {SampleVisit.Operator.Split('^')[0]}")
            .Date(Tags.StructureSetDate, visit.Date.AddDays(2))
            .Text(Tags.StructureSetTime, "090000")
            .Sequence(Tags.ReferencedFrameOfReferenceSequence, new DataSet()
                .Text(Tags.FrameOfReferenceUID, frameOfReference)
                .Sequence(Tags.RTReferencedStudySequence, Reference(Uids.DetachedStudyManagement, visit.StudyInstanceUid)
                    .Sequence(Tags.RTReferencedSeriesSequence, new DataSet()
                        .Text(Tags.SeriesInstanceUID, images[0].SeriesInstanceUid)
                        .Sequence(Tags.ContourImageSequence, [.. images.Select(image => Reference(image.SopClassUid, image.SopInstanceUid))]))))
            .Sequence(Tags.StructureSetROISequence, new DataSet()
                .Number(Tags.ROINumber, 1)
                .Text(Tags.ReferencedFrameOfReferenceUID, frameOfReference)
                .Text(Tags.ROIName, "Lung")
                .Text(Tags.ROIDescription, $"Checked with {SampleVisit.Radiologist.Split('^')[0]}")
                .Text(Tags.ROIGenerationAlgorithm, "MANUAL"))
            .Sequence(Tags.ROIContourSequence, new DataSet()
                .Number(Tags.ROIDisplayColor, 255, 64, 0)
                .Sequence(Tags.ContourSequence, [.. images.Select(Contour)])
                .Number(Tags.ReferencedROINumber, 1))
            .Sequence(Tags.RTROIObservationsSequence, new DataSet()
                .Number(Tags.ObservationNumber, 1)
                .Number(Tags.ReferencedROINumber, 1)
                .Text(Tags.RTROIInterpretedType, "ORGAN")
                .Text(Tags.ROIInterpreter, SampleVisit.Radiologist))
            .Text(Tags.ApprovalStatus, "APPROVED")
            .Date(Tags.ReviewDate, visit.Date.AddDays(3))
            .Text(Tags.ReviewTime, "150000")
            .Text(Tags.ReviewerName, SampleVisit.Radiologist)
            .PrivateBlocks(visit);
        data.Remove(Tags.DateOfLastCalibration);
        data.Remove(Tags.TimeOfLastCalibration);
        return new SampleInstance(Uids.RtStructureSetStorage, sopUid, seriesUid, Uids.ExplicitVrLittleEndian, data);
    }

    private static DataSet Contour(SampleInstance image, int index)
    {
        double z = 20 + ((index + 1) * 2.5);
        return new DataSet()
            .Sequence(Tags.ContourImageSequence, Reference(image.SopClassUid, image.SopInstanceUid))
            .Text(Tags.ContourGeometricType, "CLOSED_PLANAR")
            .Number(Tags.NumberOfContourPoints, 3)
            .Number(Tags.ContourData, -130, -130, z, -110, -130, z, -120, -110, z);
    }
}
