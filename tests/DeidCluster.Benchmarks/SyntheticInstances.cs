using DeidCluster.Dicom;

namespace DeidCluster.Benchmarks;

/// <summary>CT instances of an invented patient, with the header of a real scanner's length and random pixels.</summary>
internal static class SyntheticInstances
{
    /// <summary>Studies that the instances are dealt out to.</summary>
    public const int Studies = 2;

    public const string PatientId = "MRN77";

    private const int Seed = 20240601;

    /// <summary>Writes <paramref name="count"/> instances of <paramref name="pixelBytes"/> each to <paramref name="folder"/>; their paths.</summary>
    public static string[] Write(string folder, int count, int pixelBytes)
    {
        Directory.CreateDirectory(folder);
        byte[] pixels = new byte[pixelBytes & ~1];
        new Random(Seed).NextBytes(pixels);
        string[] paths = new string[count];
        for (int number = 1; number <= count; number++)
        {
            paths[number - 1] = Path.Combine(folder, $"{number:00000}.dcm");
            BitConverter.TryWriteBytes(pixels, number);
            DataSet header = Header(number, pixels.Length);
            header.SetString(Tags.SOPInstanceUID, SopInstanceUid(pixelBytes, number));
            WriteFile(paths[number - 1], header, pixels);
        }

        return paths;
    }

    /// <summary>Writes one multi-frame instance whose pixels are <paramref name="pixelBytes"/> long.</summary>
    public static void WriteMultiframe(string path, long pixelBytes)
    {
        const int FrameBytes = 512 * 512 * 2;
        byte[] pixels = new byte[Math.Max(pixelBytes / FrameBytes, 1) * FrameBytes];
        new Random(Seed).NextBytes(pixels);
        DataSet header = Header(1, FrameBytes);
        header.SetString(Tags.SOPClassUID, Uids.EnhancedCtImageStorage);
        header.SetString(Tags.NumberOfFrames, $"{pixels.Length / FrameBytes}");
        WriteFile(path, header, pixels);
    }

    public static string StudyInstanceUid(int study) => $"1.2.826.0.1.3680043.8.498.77.{study + 1}";

    private static string SopInstanceUid(int pixelBytes, int number) => $"1.2.826.0.1.3680043.8.498.78.{pixelBytes}.{number}";

    private static void WriteFile(string path, DataSet header, byte[] pixels)
    {
        header.SetBytes(Tags.PixelData, Vr.OW, pixels);
        DataSet meta = FileMetaInformation.Build(header.GetString(Tags.SOPClassUID)!, header.GetString(Tags.SOPInstanceUID)!, Uids.ExplicitVrLittleEndian);
        using SegmentList segments = DicomFileWriter.Segments(meta, header, TransferSyntax.ExplicitVrLittleEndian, source: null);
        using FileStream file = File.Create(path);
        segments.CopyTo(file);
    }

    private static DataSet Header(int number, int frameBytes)
    {
        string study = StudyInstanceUid(number % Studies);
        int columns = Math.Max((int)Math.Sqrt(frameBytes / 2), 1);
        DataSet data = new();
        data.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        data.SetString(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL");
        data.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        data.SetString(Tags.SOPInstanceUID, SopInstanceUid(frameBytes, number));
        data.SetString(Tags.StudyDate, "20240131");
        data.SetString(Tags.SeriesDate, "20240131");
        data.SetString(Tags.AcquisitionDate, "20240131");
        data.SetString(Tags.ContentDate, "20240131");
        data.SetString(Tags.StudyTime, "101112");
        data.SetString(Tags.SeriesTime, "101113");
        data.SetString(Tags.AccessionNumber, "ACC77");
        data.SetString(Tags.Modality, "CT");
        data.SetString(Tags.Manufacturer, "ACME");
        data.SetString(Tags.InstitutionName, "General Hospital");
        data.SetString(Tags.ReferringPhysicianName, "Invented^Doctor");
        data.SetString(Tags.StationName, "CT77");
        data.SetString(Tags.StudyDescription, "CT of the chest");
        data.SetString(Tags.SeriesDescription, "Axial 1.0 mm");
        data.SetString(Tags.ManufacturerModelName, "Scan-o-matic");
        data.SetString(Tags.PatientName, "Invented^Person");
        data.SetString(Tags.PatientID, PatientId);
        data.SetString(Tags.PatientBirthDate, "19700101");
        data.SetString(Tags.PatientSex, "O");
        data.SetString(Tags.PatientAge, "054Y");
        data.SetString(Tags.BodyPartExamined, "CHEST");
        data.SetString(Tags.SliceThickness, "1");
        data.SetString(Tags.KVP, "120");
        data.SetString(Tags.ProtocolName, "Chest routine");
        data.SetString(Tags.ExposureTime, "500");
        data.SetString(Tags.XRayTubeCurrent, "200");
        data.SetString(Tags.ConvolutionKernel, "B30f");
        data.SetString(Tags.PatientPosition, "HFS");
        data.SetString(Tags.StudyInstanceUID, study);
        data.SetString(Tags.SeriesInstanceUID, study + ".1");
        data.SetString(Tags.StudyID, "77");
        data.SetString(Tags.SeriesNumber, "1");
        data.SetString(Tags.AcquisitionNumber, "1");
        data.SetString(Tags.SliceLocation, $"{number}");
        data.SetString(Tags.RescaleSlope, "1");
        DescribeSlice(data, number, study, frameBytes / 2 / columns, columns);
        return data;
    }

    /// <summary>Where slice <paramref name="number"/> lies, and what its 16-bit pixels mean.</summary>
    public static void DescribeSlice(DataSet data, int number, string study, int rows, int columns)
    {
        data.SetString(Tags.InstanceNumber, $"{number}");
        data.SetString(Tags.ImagePositionPatient, "-150", "-150", $"{number}");
        data.SetString(Tags.ImageOrientationPatient, "1", "0", "0", "0", "1", "0");
        data.SetString(Tags.FrameOfReferenceUID, study + ".9");
        data.SetString(Tags.PositionReferenceIndicator, "");
        data.SetUshort(Tags.SamplesPerPixel, 1);
        data.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        data.SetUshort(Tags.Rows, (ushort)rows);
        data.SetUshort(Tags.Columns, (ushort)columns);
        data.SetString(Tags.PixelSpacing, "0.5", "0.5");
        data.SetUshort(Tags.BitsAllocated, 16);
        data.SetUshort(Tags.BitsStored, 16);
        data.SetUshort(Tags.HighBit, 15);
        data.SetUshort(Tags.PixelRepresentation, 0);
        data.SetString(Tags.WindowCenter, "40");
        data.SetString(Tags.WindowWidth, "400");
        data.SetString(Tags.RescaleIntercept, "-1024");
    }
}
