namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Small CT instances of one invented patient.</summary>
internal static class SampleInstances
{
    public static ProposedContext Context { get; } = new(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian);

    public static string StudyInstanceUid(int study) => $"2.25.1000.{study}";

    public static string SeriesInstanceUid(int study, int series) => $"2.25.1000.{study}.{series}";

    public static string SopInstanceUid(int study, int series, int number) => $"2.25.1000.{study}.{series}.{number}";

    public static byte[] DataSet(int study, int series, int number, int pixelBytes = 1000) =>
        DataSetWriter.ToBytes(Instance(study, series, number, pixelBytes), TransferSyntax.ExplicitVrLittleEndian);

    public static byte[] File(int study, int series, int number) => DicomFileWriter.Segments(
        FileMetaInformation.Build(Uids.CtImageStorage, SopInstanceUid(study, series, number), Uids.ExplicitVrLittleEndian),
        Instance(study, series, number, pixelBytes: 1000), TransferSyntax.ExplicitVrLittleEndian, source: null).ToArray();

    private static DataSet Instance(int study, int series, int number, int pixelBytes)
    {
        DataSet instance = new();
        instance.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        instance.SetString(Tags.SOPInstanceUID, SopInstanceUid(study, series, number));
        instance.SetString(Tags.StudyDate, $"2024010{study}");
        instance.SetString(Tags.StudyTime, "120000");
        instance.SetString(Tags.AccessionNumber, $"ACC{study}");
        instance.SetString(Tags.Modality, "CT");
        instance.SetString(Tags.PatientName, "DOE^JANE");
        instance.SetString(Tags.PatientID, "MRN1");
        instance.SetString(Tags.StudyInstanceUID, StudyInstanceUid(study));
        instance.SetString(Tags.SeriesInstanceUID, SeriesInstanceUid(study, series));
        instance.SetString(Tags.StudyID, $"{study}");
        instance.SetString(Tags.SeriesNumber, $"{series}");
        instance.SetString(Tags.InstanceNumber, $"{number}");
        instance.Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[pixelBytes]));
        return instance;
    }
}
