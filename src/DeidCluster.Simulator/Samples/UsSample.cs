using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>
/// Ultrasound Image (PS3.3 A.6) in colour: a fan inside one ultrasound region (PS3.3 C.8.5.5) and, above it, the patient's name
/// and number burned into the pixels.
/// </summary>
public static class UsSample
{
    /// <summary>Rows above the ultrasound region, where the text stands. Pixels.</summary>
    public const int BannerRows = 24;

    private const int Columns = 160;
    private const int Rows = 120;
    private const int SamplesPerPixel = 3;

    internal static SampleInstance Image(SampleVisit visit, int seriesNumber, int number)
    {
        string seriesUid = visit.Uid($"series {seriesNumber}");
        string sopUid = visit.Uid($"series {seriesNumber} image {number}");
        DataSet data = CommonModules.Begin(visit, Uids.UltrasoundImageStorage, sopUid)
            .Patient(visit).Study(visit).Series(visit, "US", seriesNumber, "Abdomen", seriesUid).Equipment(visit, "WEX SONO")
            .Image(visit, number, "ORIGINAL", "PRIMARY", "ABDOMINAL", "0001")
            .Text(Tags.BodyPartExamined, "ABDOMEN")
            .Text(Tags.PatientOrientation)
            .Text(Tags.BurnedInAnnotation, "YES")
            .Text(Tags.LossyImageCompression, "00")
            .Sequence(Tags.SequenceOfUltrasoundRegions, new DataSet()
                .Words(Tags.RegionSpatialFormat, 1)
                .Words(Tags.RegionDataType, 1)
                .Longs(Tags.RegionFlags, 0)
                .Longs(Tags.RegionLocationMinX0, 0)
                .Longs(Tags.RegionLocationMinY0, BannerRows)
                .Longs(Tags.RegionLocationMaxX1, Columns - 1)
                .Longs(Tags.RegionLocationMaxY1, Rows - 1)
                .Words(Tags.PhysicalUnitsXDirection, 3)
                .Words(Tags.PhysicalUnitsYDirection, 3)
                .Doubles(Tags.PhysicalDeltaX, 0.05)
                .Doubles(Tags.PhysicalDeltaY, 0.05))
            .Words(Tags.SamplesPerPixel, SamplesPerPixel)
            .Text(Tags.PhotometricInterpretation, "RGB")
            .Words(Tags.PlanarConfiguration, 0)
            .Words(Tags.Rows, Rows)
            .Words(Tags.Columns, Columns)
            .Words(Tags.BitsAllocated, 8)
            .Words(Tags.BitsStored, 8)
            .Words(Tags.HighBit, 7)
            .Words(Tags.PixelRepresentation, 0)
            .Bytes(Tags.PixelData, Vr.OB, Pixels(visit, number))
            .PrivateBlocks(visit);
        return new SampleInstance(Uids.UltrasoundImageStorage, sopUid, seriesUid, Uids.ExplicitVrLittleEndian, data);
    }

    private static byte[] Pixels(SampleVisit visit, int seed)
    {
        byte[] pixels = new byte[Rows * Columns * SamplesPerPixel];
        Random random = new(seed);
        for (int y = BannerRows; y < Rows; y++)
        {
            int half = (y - BannerRows) * Columns / (2 * Rows);
            for (int x = (Columns / 2) - half; x < (Columns / 2) + half; x++)
            {
                pixels.AsSpan(((y * Columns) + x) * SamplesPerPixel, SamplesPerPixel).Fill((byte)random.Next(30, 220));
            }
        }

        void White(int x, int y) => pixels.AsSpan(((y * Columns) + x) * SamplesPerPixel, SamplesPerPixel).Fill(0xFF);
        PixelFont.Draw(visit.Patient.FamilyName, 2, 2, Columns, Rows, White);
        PixelFont.Draw(visit.Patient.PatientId + " " + SamplePatient.Dicom(visit.Date), 2, 12, Columns, Rows, White);
        return pixels;
    }
}
