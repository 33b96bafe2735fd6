using DeidCluster.Dicom;
using static DeidCluster.Simulator.SampleElements;

namespace DeidCluster.Simulator;

/// <summary>Digital X-Ray Image for presentation (PS3.3 A.26).</summary>
internal static class DxSample
{
    public static SampleInstance Image(SampleVisit visit, int seriesNumber)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        string sopUid = visit.Uid($"series {seriesNumber} image 1");
        DataSet data = CommonModules.Begin(visit, Uids.DigitalXRayImageStorageForPresentation, sopUid)
            .Patient(visit).Study(visit).Series(visit, "DX", seriesNumber, "Chest PA", seriesUid).Equipment(visit, "WEX DR")
            .Image(visit, 1, "ORIGINAL", "PRIMARY", "")
            .Text(Tags.PresentationIntentType, "FOR PRESENTATION")
            .Text(Tags.BodyPartExamined, "CHEST")
            .Text(Tags.ImageLaterality, "U")
            .Text(Tags.ViewPosition, "PA")
            .Text(Tags.PatientOrientation, "L", "F")
            .Sequence(Tags.AnatomicRegionSequence, Code("51185008", "SCT", "Chest"))
            .Sequence(Tags.ViewCodeSequence, Code("272479007", "SCT", "Posterior anterior"))
            .Sequence(Tags.AcquisitionContextSequence)
            .Text(Tags.PositionerType, "NONE")
            .Text(Tags.DetectorType, "DIRECT")
            .Text(Tags.DetectorID, visit.DeviceSerialNumber)
            .Date(Tags.DateOfLastDetectorCalibration, visit.Date.AddDays(-30))
            .Number(Tags.ImagerPixelSpacing, 0.2, 0.2)
            .Text(Tags.PixelIntensityRelationship, "LIN")
            .Bytes(Tags.PixelIntensityRelationshipSign, Vr.SS, new byte[] { 1, 0 })
            .Number(Tags.RescaleIntercept, 0)
            .Number(Tags.RescaleSlope, 1)
            .Text(Tags.RescaleType, "US")
            .Text(Tags.PresentationLUTShape, "IDENTITY")
            .Text(Tags.LossyImageCompression, "00")
            .Text(Tags.BurnedInAnnotation, "NO")
            .Number(Tags.WindowCenter, 800)
            .Number(Tags.WindowWidth, 1600)
            .GreyPixels(visit.Options.ImageSize, seriesNumber)
            .PrivateBlocks(visit);
        return new SampleInstance(Uids.DigitalXRayImageStorageForPresentation, sopUid, seriesUid, Uids.ExplicitVrLittleEndian, data);
    }
}
