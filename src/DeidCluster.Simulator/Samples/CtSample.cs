using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>CT Image (PS3.3 A.3): axial slices on one frame of reference.</summary>
internal static class CtSample
{
    public static IEnumerable<SampleInstance> Series(SampleVisit visit, int seriesNumber, string description)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        for (int i = 1; i <= visit.Options.ImagesPerSeries; i++)
        {
            string sopUid = visit.Uid($"series {seriesNumber} image {i}");
            DataSet data = CommonModules.Begin(visit, Uids.CtImageStorage, sopUid)
                .Patient(visit).Study(visit).Series(visit, "CT", seriesNumber, description, seriesUid).Equipment(visit, "WEX CT 64")
                .Image(visit, i, "ORIGINAL", "PRIMARY", "AXIAL")
                .Text(Tags.BodyPartExamined, "CHEST")
                .Text(Tags.PatientPosition, "HFS")
                .Text(Tags.FrameOfReferenceUID, visit.Uid("frame of reference"))
                .Text(Tags.PositionReferenceIndicator, "SN")
                .Number(Tags.ImagePositionPatient, -150, -150, 20 + (i * 2.5))
                .Number(Tags.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
                .Number(Tags.PixelSpacing, 0.7, 0.7)
                .Number(Tags.SliceThickness, 2.5)
                .Number(Tags.SliceLocation, 20 + (i * 2.5))
                .Number(Tags.KVP, 120)
                .Number(Tags.AcquisitionNumber, 1)
                .Number(Tags.RescaleIntercept, -1024)
                .Number(Tags.RescaleSlope, 1)
                .Text(Tags.RescaleType, "HU")
                .Number(Tags.WindowCenter, 40)
                .Number(Tags.WindowWidth, 400)
                .GreyPixels(visit.Options.ImageSize, (seriesNumber * 1000) + i)
                .PrivateBlocks(visit);
            if (i == 1)
            {
                data.Overlay(visit.Options.ImageSize, visit.Patient.FamilyName);
            }
            else
            {
                data.Sequence(Tags.ReferencedImageSequence, SampleElements.Reference(Uids.CtImageStorage, visit.Uid($"series {seriesNumber} image 1")));
            }

            yield return new SampleInstance(Uids.CtImageStorage, sopUid, seriesUid, Uids.ExplicitVrLittleEndian, data);
        }
    }
}
