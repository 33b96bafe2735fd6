using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Verification;

/// <summary>A source that identifies a made-up person in every way that verification knows, and a clean result of it.</summary>
internal sealed class VerificationCase
{
    public const string FamilyName = "Przybylska";
    public const string PatientId = "MRN-4711-88";
    public const string StudyUid = "1.2.826.0.1.3680043.9.1.100";
    public const string SopUid = StudyUid + ".1.1";
    public const int ShiftDays = -100;

    public VerificationCase()
    {
        Source.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        Source.SetString(Tags.SOPInstanceUID, SopUid);
        Source.SetString(Tags.StudyInstanceUID, StudyUid);
        Source.SetString(Tags.SeriesInstanceUID, StudyUid + ".1");
        Source.SetString(Tags.PatientName, FamilyName + "^Li^^Dr");
        Source.SetString(Tags.PatientID, PatientId);
        Source.SetString(Tags.PatientBirthDate, "19700517");
        Source.SetString(Tags.PatientAddress, "12 Elderberry Lane, Ashford");
        Source.SetString(Tags.PatientTelephoneNumbers, "+44 1234 567890");
        Source.SetString(Tags.AccessionNumber, "ACC900123");
        Source.SetString(Tags.StudyID, "77");
        Source.SetString(Tags.InstitutionName, "St. Odile Infirmary");
        Source.SetString(Tags.ReferringPhysicianName, "Vandermeulen^Joost");
        Source.SetString(Tags.StudyDate, "20200310");
        Source.SetString(Tags.Modality, "CT");
        Source.SetBytes(Tags.PixelData, Vr.OW, new byte[] { 1, 2, 3, 4 });

        Result.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        Result.SetString(Tags.SOPInstanceUID, "2.25.3");
        Result.SetString(Tags.StudyInstanceUID, "2.25.1");
        Result.SetString(Tags.SeriesInstanceUID, "2.25.2");
        Result.SetString(Tags.PatientName, "P-1");
        Result.SetString(Tags.PatientID, "P-1");
        Result.SetEmpty(Tags.PatientBirthDate);
        Result.SetEmpty(Tags.AccessionNumber);
        Result.SetEmpty(Tags.StudyID);
        Result.SetEmpty(Tags.ReferringPhysicianName);
        Result.SetEmpty(Tags.StudyDate);
        Result.SetString(Tags.Modality, "CT");
        Result.SetString(Tags.PatientIdentityRemoved, "YES");
        Result.SetString(Tags.DeidentificationMethod, "test");
        Result.SetString(Tags.LongitudinalTemporalInformationModified, "REMOVED");
        Result.SetBytes(Tags.PixelData, Vr.OW, new byte[] { 1, 2, 3, 4 });
    }

    public DataSet Source { get; } = new();

    public DataSet Result { get; } = new();

    public byte[] Preamble { get; } = new byte[128];

    public Action<DataSet> ChangeMeta { get; set; } = _ => { };

    public ProjectProfile Profile { get; set; } = ProjectFile.Parse(Make.ProjectText(""), "a.yaml").Profile;

    public VerificationCounts Counts { get; } = new();

    public void UseProject(string text) => Profile = ProjectFile.Parse(Make.ProjectText(text), "a.yaml").Profile;

    public IReadOnlyList<Finding> Verify()
    {
        using DicomFile source = Open(Source, new byte[128], _ => { });
        using DicomFile result = Open(Result, Preamble, ChangeMeta);
        return Verifier.Verify(source, result, new Identity("k", "P-1", ShiftDays), Profile, Counts);
    }

    private static DicomFile Open(DataSet data, byte[] preamble, Action<DataSet> changeMeta)
    {
        DataSet meta = FileMetaInformation.Build(data.GetString(Tags.SOPClassUID)!, data.GetString(Tags.SOPInstanceUID)!, Uids.ExplicitVrLittleEndian);
        changeMeta(meta);
        using SegmentList segments = DicomFileWriter.Segments(meta, data, TransferSyntax.Find(Uids.ExplicitVrLittleEndian)!, source: null, preamble);
        return DicomFile.Read(new MemorySource(segments.ToArray()));
    }
}
