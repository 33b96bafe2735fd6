using DeidCluster.Dicom;

namespace DeidCluster.Pipeline.Tests;

/// <summary>A small CT image, complete enough to be de-identified.</summary>
internal sealed record SampleInstance
{
    public const string Study = "1.2.826.0.1.3680043.8.498.1";

    public string StudyUid { get; init; } = Study;

    public string SeriesUid { get; init; } = Study + ".1";

    public string SopInstanceUid { get; init; } = Study + ".1.1";

    public string PatientId { get; init; } = "MRN0042";

    public string AccessionNumber { get; init; } = "ACC0042";

    public string Modality { get; init; } = "CT";

    public byte Grey { get; init; } = 7;

    /// <summary>A study of two series with the given number of instances each.</summary>
    public static IReadOnlyList<SampleInstance> StudyOf(int perSeries, string studyUid = Study) =>
    [
        .. from series in Enumerable.Range(1, 2)
           from instance in Enumerable.Range(1, perSeries)
           select new SampleInstance { StudyUid = studyUid, SeriesUid = $"{studyUid}.{series}", SopInstanceUid = $"{studyUid}.{series}.{instance}" },
    ];

    public byte[] ToFile()
    {
        DataSet meta = FileMetaInformation.Build(Uids.CtImageStorage, SopInstanceUid, TransferSyntax.ExplicitVrLittleEndian.Uid);
        SegmentList segments = DicomFileWriter.Segments(meta, ToDataSet(), TransferSyntax.ExplicitVrLittleEndian, source: null, new byte[128]);
        using MemoryStream file = new();
        segments.CopyTo(file);
        return file.ToArray();
    }

    /// <summary>C-STORE of the instance as <paramref name="sopInstanceUid"/>, its last bytes left out when <paramref name="cutBytes"/> says so.</summary>
    public async Task<DimseStatus> SendAsync(ScuAssociation association, string sopInstanceUid, int cutBytes = 0)
    {
        byte[] bytes = ToFile();
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        int offset = (int)file.DataSetOffset;
        using MemoryStream stream = new(bytes, offset, bytes.Length - offset - cutBytes);
        return await association.StoreAsync(Uids.CtImageStorage, sopInstanceUid, file.TransferSyntax, stream, stream.Length, originator: null, CancellationToken.None);
    }

    private DataSet ToDataSet()
    {
        DataSet data = new();
        data.SetString(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL");
        data.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        data.SetString(Tags.SOPInstanceUID, SopInstanceUid);
        data.SetString(Tags.StudyDate, "20200131");
        data.SetString(Tags.StudyTime, "101112");
        data.SetString(Tags.AccessionNumber, AccessionNumber);
        data.SetString(Tags.Modality, Modality);
        data.SetString(Tags.Manufacturer, "ACME");
        data.SetString(Tags.ReferringPhysicianName, "Huxtable^Cliff");
        data.SetString(Tags.PatientName, "Doe^Jonathan");
        data.SetString(Tags.PatientID, PatientId);
        data.SetString(Tags.PatientBirthDate, "19611224");
        data.SetString(Tags.PatientSex, "M");
        data.SetString(Tags.KVP, "120");
        data.SetString(Tags.StudyInstanceUID, StudyUid);
        data.SetString(Tags.SeriesInstanceUID, SeriesUid);
        data.SetString(Tags.StudyID, "S42");
        data.SetString(Tags.SeriesNumber, "1");
        data.SetString(Tags.AcquisitionNumber, "1");
        data.SetString(Tags.InstanceNumber, "1");
        data.SetString(Tags.ImagePositionPatient, "0", "0", "0");
        data.SetString(Tags.ImageOrientationPatient, "1", "0", "0", "0", "1", "0");
        data.SetString(Tags.FrameOfReferenceUID, StudyUid + ".9");
        data.SetString(Tags.PositionReferenceIndicator, "");
        data.SetUshort(Tags.SamplesPerPixel, 1);
        data.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        data.SetUshort(Tags.Rows, 4);
        data.SetUshort(Tags.Columns, 4);
        data.SetString(Tags.PixelSpacing, "1", "1");
        data.SetUshort(Tags.BitsAllocated, 16);
        data.SetUshort(Tags.BitsStored, 12);
        data.SetUshort(Tags.HighBit, 11);
        data.SetUshort(Tags.PixelRepresentation, 0);
        data.SetString(Tags.RescaleIntercept, "0");
        data.SetString(Tags.RescaleSlope, "1");
        byte[] pixels = new byte[32];
        Array.Fill(pixels, Grey);
        data.SetBytes(Tags.PixelData, Vr.OW, pixels);
        return data;
    }
}
