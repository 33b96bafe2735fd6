using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>MR Image (PS3.3 A.4): sagittal slices, written in implicit VR, where private elements have no VR of their own.</summary>
internal static class MrSample
{
    public static IEnumerable<SampleInstance> Series(SampleVisit visit, int seriesNumber, string description)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        for (int i = 1; i <= visit.Options.ImagesPerSeries; i++)
        {
            string sopUid = visit.Uid($"series {seriesNumber} image {i}");
            DataSet data = CommonModules.Begin(visit, Uids.MrImageStorage, sopUid)
                .Patient(visit).Study(visit).Series(visit, "MR", seriesNumber, description, seriesUid).Equipment(visit, "WEX MR 3")
                .Image(visit, i, "ORIGINAL", "PRIMARY", "OTHER")
                .Text(Tags.BodyPartExamined, "BRAIN")
                .Text(Tags.PatientPosition, "HFS")
                .Text(Tags.FrameOfReferenceUID, visit.Uid("frame of reference"))
                .Text(Tags.PositionReferenceIndicator)
                .Number(Tags.ImagePositionPatient, -80 + (i * 4), -120, 120)
                .Number(Tags.ImageOrientationPatient, 0, 1, 0, 0, 0, -1)
                .Number(Tags.PixelSpacing, 0.9, 0.9)
                .Number(Tags.SliceThickness, 4)
                .Text(Tags.ScanningSequence, "SE")
                .Text(Tags.SequenceVariant, "NONE")
                .Text(Tags.ScanOptions)
                .Text(Tags.MRAcquisitionType, "2D")
                .Number(Tags.RepetitionTime, 500)
                .Number(Tags.EchoTime, 12)
                .Number(Tags.EchoTrainLength, 1)
                .Number(Tags.MagneticFieldStrength, 3)
                .Number(Tags.AcquisitionNumber, 1)
                .Number(Tags.WindowCenter, 600)
                .Number(Tags.WindowWidth, 1200)
                .GreyPixels(visit.Options.ImageSize, (seriesNumber * 1000) + i)
                .PrivateBlocks(visit);
            yield return new SampleInstance(Uids.MrImageStorage, sopUid, seriesUid, Uids.ImplicitVrLittleEndian, data);
        }
    }
}
