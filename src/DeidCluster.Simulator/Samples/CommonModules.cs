using System.Globalization;
using DeidCluster.Dicom;
using static DeidCluster.Simulator.SampleElements;

namespace DeidCluster.Simulator;

/// <summary>
/// The modules that every sample has (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.7.3.1, C.7.5.1, C.12.1), with identifiers wherever the standard
/// has a place for them, in retired elements, in nested items and in private blocks.
/// </summary>
internal static class CommonModules
{
    private const string CreatorOne = "WEXMED HEADER 01";
    private const string CreatorTwo = "WEXMED NESTED 02";

    public static DataSet Begin(SampleVisit visit, string sopClassUid, string sopInstanceUid) =>
        new DataSet()
            .Text(Tags.SpecificCharacterSet, visit.Patient.CharacterSet)
            .Text(Tags.SOPClassUID, sopClassUid)
            .Text(Tags.SOPInstanceUID, sopInstanceUid)
            .Date(Tags.InstanceCreationDate, visit.Date)
            .Text(Tags.InstanceCreationTime, "101502");

    public static DataSet Patient(this DataSet data, SampleVisit visit)
    {
        SamplePatient patient = visit.Patient;
        int years = visit.Date.Year - patient.BirthDate.Year;
        return data
            .Text(Tags.PatientName, patient.Name)
            .Text(Tags.PatientID, patient.PatientId)
            .Text(Tags.IssuerOfPatientID, "NORTHGATE")
            .Date(Tags.PatientBirthDate, patient.BirthDate)
            .Text(Tags.PatientSex, patient.Sex)
            .Text(Tags.OtherPatientNames, patient.Name)
            .Text(Tags.OtherPatientIDs, patient.OtherPatientId)
            .Sequence(Tags.OtherPatientIDsSequence, new DataSet()
                .Text(Tags.PatientID, patient.OtherPatientId)
                .Text(Tags.IssuerOfPatientID, "NATIONAL")
                .Text(Tags.TypeOfPatientID, "TEXT"))
            .Text(Tags.PatientAge, years.ToString("D3", CultureInfo.InvariantCulture) + "Y")
            .Number(Tags.PatientSize, 1.71)
            .Number(Tags.PatientWeight, 68.5)
            .Text(Tags.PatientAddress, patient.Address)
            .Text(Tags.PatientMotherBirthName, patient.MotherBirthName)
            .Text(Tags.PatientTelephoneNumbers, patient.Phone)
            .Text(Tags.AdditionalPatientHistory, $"Lives at {patient.Address}; call {patient.Phone}")
            .Text(Tags.PatientComments, $"Known here as {patient.PatientId}, elsewhere as {patient.OtherPatientId}");
    }

    public static DataSet Study(this DataSet data, SampleVisit visit) =>
        data
            .Text(Tags.StudyInstanceUID, visit.StudyInstanceUid)
            .Date(Tags.StudyDate, visit.Date)
            .Text(Tags.StudyTime, "101500")
            .Text(Tags.AccessionNumber, visit.AccessionNumber)
            .Text(Tags.StudyID, "S" + visit.AccessionNumber)
            .Text(Tags.ReferringPhysicianName, SampleVisit.ReferringPhysician)
            .Sequence(Tags.ReferringPhysicianIdentificationSequence, new DataSet()
                .Text(Tags.InstitutionName, SampleVisit.Institution)
                .Text(Tags.PersonAddress, SampleVisit.InstitutionAddress)
                .Text(Tags.PersonTelephoneNumbers, SampleVisit.PhysicianPhone)
                .Sequence(Tags.PersonIdentificationCodeSequence, Code("GMC7041", "99NORTHGATE", SampleVisit.ReferringPhysician.Split('^')[0])))
            .Text(Tags.StudyDescription, $"Study of {visit.Patient.PatientId}")
            .Text(Tags.NameOfPhysiciansReadingStudy, SampleVisit.Radiologist)
            .Text(Tags.OtherStudyNumbers, "12077")
            .Text(Tags.RequestingPhysician, SampleVisit.ReferringPhysician)
            .Text(Tags.ReasonForStudy, $"Asked for by {SampleVisit.ReferringPhysician.Split('^')[0]}")
            .Sequence(Tags.ReferencedStudySequence, Reference(Uids.DetachedStudyManagement, visit.Uid("earlier study")))
            .Text(Tags.InterpretationText, $"See the letter to {visit.Patient.Address}");

    public static DataSet Series(this DataSet data, SampleVisit visit, string modality, int number, string description, string seriesUid) =>
        data
            .Text(Tags.Modality, modality)
            .Text(Tags.SeriesInstanceUID, seriesUid)
            .Number(Tags.SeriesNumber, number)
            .Text(Tags.SeriesDescription, description)
            .Date(Tags.SeriesDate, visit.Date)
            .Text(Tags.SeriesTime, "101510")
            .Text(Tags.PerformingPhysicianName, SampleVisit.PerformingPhysician)
            .Text(Tags.OperatorsName, SampleVisit.Operator)
            .Text(Tags.ProtocolName, $"Protocol of {SampleVisit.Operator.Split('^')[0]}")
            .Date(Tags.PerformedProcedureStepStartDate, visit.Date)
            .Text(Tags.PerformedProcedureStepStartTime, "101505")
            .Text(Tags.PerformedProcedureStepID, "PPS" + visit.AccessionNumber)
            .Sequence(Tags.RequestAttributesSequence, new DataSet()
                .Text(Tags.RequestedProcedureID, "RP" + visit.AccessionNumber)
                .Text(Tags.ScheduledProcedureStepID, "SPS" + visit.AccessionNumber)
                .Text(Tags.ScheduledProcedureStepDescription, $"For {SampleVisit.ReferringPhysician.Split('^')[0]}")
                .Sequence(Tags.ScheduledProtocolCodeSequence, Code("P-77", "99NORTHGATE", $"As {SampleVisit.Radiologist.Split('^')[0]} likes it")
                    .Text(0x0029, 0x0010, Vr.LO, CreatorTwo)
                    .Text(0x0029, 0x1001, Vr.LO, visit.Patient.PatientId)));

    public static DataSet Equipment(this DataSet data, SampleVisit visit, string model) =>
        data
            .Text(Tags.Manufacturer, "WEXMED")
            .Text(Tags.InstitutionName, SampleVisit.Institution)
            .Text(Tags.InstitutionAddress, SampleVisit.InstitutionAddress)
            .Text(Tags.InstitutionalDepartmentName, "Imaging of " + SampleVisit.Institution)
            .Text(Tags.StationName, SampleVisit.StationName)
            .Text(Tags.ManufacturerModelName, model)
            .Text(Tags.DeviceSerialNumber, visit.DeviceSerialNumber)
            .Text(Tags.SoftwareVersions, "4.2")
            .Date(Tags.DateOfLastCalibration, visit.Date.AddDays(-9))
            .Text(Tags.TimeOfLastCalibration, "063000");

    /// <summary>Two private blocks: text, a date, a UID and a sequence whose item has a block of its own; one element as UN.</summary>
    public static DataSet PrivateBlocks(this DataSet data, SampleVisit visit) =>
        data
            .Text(0x0019, 0x0010, Vr.LO, CreatorOne)
            .Text(0x0019, 0x1001, Vr.LO, visit.Patient.PatientId)
            .Text(0x0019, 0x1002, Vr.DA, SamplePatient.Dicom(visit.Patient.BirthDate))
            .Text(0x0019, 0x1003, Vr.UI, visit.StudyInstanceUid)
            .Bytes(new Tag(0x0019, 0x1004), Vr.UN, System.Text.Encoding.ASCII.GetBytes(visit.Patient.Phone))
            .Sequence(new Tag(0x0019, 0x1005), new DataSet()
                .Text(Tags.ReferencedSOPInstanceUID, visit.Uid("earlier instance"))
                .Text(0x0021, 0x0011, Vr.LO, CreatorTwo)
                .Text(0x0021, 0x1101, Vr.SH, visit.AccessionNumber)
                .Text(0x0021, 0x1102, Vr.PN, SampleVisit.ReferringPhysician));

    public static DataSet Image(this DataSet data, SampleVisit visit, int number, params string[] imageType) =>
        data
            .Text(Tags.ImageType, imageType)
            .Number(Tags.InstanceNumber, number)
            .Date(Tags.AcquisitionDate, visit.Date)
            .Text(Tags.AcquisitionTime, "101520.250000")
            .Date(Tags.ContentDate, visit.Date)
            .Text(Tags.ContentTime, FormattableString.Invariant($"1016{number % 60:D2}"))
            .Text(Tags.AcquisitionDateTime, SamplePatient.Dicom(visit.Date) + "101520.250000+0000")
            .Text(Tags.ImageComments, $"Read by {SampleVisit.Radiologist.Split('^')[0]} on {SamplePatient.Dicom(visit.Date)}");
}
