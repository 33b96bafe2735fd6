using System.Collections.Frozen;

namespace DeidCluster.Dicom;

/// <summary>
/// At which level of the information models an attribute stands: by the modules of its information entity (PS3.3 C.7, PS3.4 C.6.1.1.2
/// to C.6.1.1.5). Whatever is not named here belongs to the instance.
/// </summary>
internal static class QueryAttributes
{
    /// <summary>What an answer carries, or a request says about itself, and what is never matched (PS3.4 C.4.1.1.3, C.2.2.2).</summary>
    public static readonly FrozenSet<Tag> NeverMatched = new[]
    {
        Tags.QueryRetrieveLevel, Tags.SpecificCharacterSet, Tags.RetrieveAETitle, Tags.InstanceAvailability, Tags.TimezoneOffsetFromUTC,
        Tags.QueryRetrieveView, Tags.StorageMediaFileSetID, Tags.StorageMediaFileSetUID,
    }.ToFrozenSet();

    /// <summary>Counted from what lies below an entity and returned; a count is not matched (PS3.4 C.3.4).</summary>
    public static readonly FrozenDictionary<Tag, QueryLevel> Counts = new Dictionary<Tag, QueryLevel>
    {
        [Tags.NumberOfPatientRelatedStudies] = QueryLevel.Patient,
        [Tags.NumberOfPatientRelatedSeries] = QueryLevel.Patient,
        [Tags.NumberOfPatientRelatedInstances] = QueryLevel.Patient,
        [Tags.NumberOfStudyRelatedSeries] = QueryLevel.Study,
        [Tags.NumberOfStudyRelatedInstances] = QueryLevel.Study,
        [Tags.NumberOfSeriesRelatedInstances] = QueryLevel.Series,
    }.ToFrozenDictionary();

    /// <summary>A date and the time that belongs to it.</summary>
    public static readonly IReadOnlyList<(Tag Date, Tag Time)> DateTimePairs =
    [
        (Tags.StudyDate, Tags.StudyTime), (Tags.SeriesDate, Tags.SeriesTime), (Tags.AcquisitionDate, Tags.AcquisitionTime),
        (Tags.ContentDate, Tags.ContentTime), (Tags.InstanceCreationDate, Tags.InstanceCreationTime),
        (Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime),
        (Tags.PerformedProcedureStepEndDate, Tags.PerformedProcedureStepEndTime),
        (Tags.ScheduledProcedureStepStartDate, Tags.ScheduledProcedureStepStartTime),
    ];

    private static readonly Tag[] Patient =
    [
        Tags.ReferencedPatientSequence, Tags.PatientName, Tags.PatientID, Tags.IssuerOfPatientID, Tags.TypeOfPatientID,
        Tags.IssuerOfPatientIDQualifiersSequence, Tags.SourcePatientGroupIdentificationSequence, Tags.GroupOfPatientsIdentificationSequence,
        Tags.PatientBirthDate, Tags.PatientBirthTime, Tags.PatientBirthDateInAlternativeCalendar, Tags.PatientDeathDateInAlternativeCalendar,
        Tags.PatientAlternativeCalendar, Tags.PatientSex, Tags.QualityControlSubject, Tags.StrainDescription, Tags.StrainNomenclature,
        Tags.StrainStockSequence, Tags.StrainAdditionalInformation, Tags.StrainCodeSequence, Tags.GeneticModificationsSequence,
        Tags.OtherPatientIDs, Tags.OtherPatientNames, Tags.OtherPatientIDsSequence, Tags.ReferencedPatientPhotoSequence, Tags.EthnicGroup,
        Tags.EthnicGroupCodeSequence, Tags.EthnicGroups, Tags.PatientSpeciesDescription, Tags.PatientSpeciesCodeSequence,
        Tags.PatientBreedDescription, Tags.PatientBreedCodeSequence, Tags.BreedRegistrationSequence, Tags.ResponsiblePerson,
        Tags.ResponsiblePersonRole, Tags.ResponsibleOrganization, Tags.PatientComments, Tags.ClinicalTrialSponsorName,
        Tags.ClinicalTrialProtocolID, Tags.ClinicalTrialProtocolName, Tags.ClinicalTrialSiteID, Tags.ClinicalTrialSiteName,
        Tags.IssuerOfClinicalTrialProtocolID, Tags.OtherClinicalTrialProtocolIDsSequence, Tags.IssuerOfClinicalTrialSiteID,
        Tags.ClinicalTrialSubjectID, Tags.IssuerOfClinicalTrialSubjectID, Tags.ClinicalTrialSubjectReadingID,
        Tags.IssuerOfClinicalTrialSubjectReadingID, Tags.PatientIdentityRemoved, Tags.DeidentificationMethod, Tags.DeidentificationMethodCodeSequence,
        Tags.NumberOfPatientRelatedStudies, Tags.NumberOfPatientRelatedSeries, Tags.NumberOfPatientRelatedInstances,
    ];

    private static readonly Tag[] Study =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.IssuerOfAccessionNumberSequence, Tags.ReferringPhysicianName,
        Tags.ReferringPhysicianIdentificationSequence, Tags.ConsultingPhysicianName, Tags.ConsultingPhysicianIdentificationSequence,
        Tags.StudyDescription, Tags.ProcedureCodeSequence, Tags.PhysiciansOfRecord, Tags.PhysiciansOfRecordIdentificationSequence,
        Tags.NameOfPhysiciansReadingStudy, Tags.PhysiciansReadingStudyIdentificationSequence, Tags.AdmittingDiagnosesDescription,
        Tags.AdmittingDiagnosesCodeSequence, Tags.ReferencedStudySequence, Tags.PrincipalDiagnosisCodeSequence, Tags.PrimaryDiagnosisCodeSequence,
        Tags.SecondaryDiagnosesCodeSequence, Tags.HistologicalDiagnosesCodeSequence, Tags.PersonNamesToUseSequence,
        Tags.ThirdPersonPronounsSequence, Tags.GenderIdentitySequence, Tags.SexParametersForClinicalUseCategorySequence, Tags.PatientAge,
        Tags.PatientSize, Tags.PatientSizeCodeSequence, Tags.PatientBodyMassIndex, Tags.MeasuredAPDimension, Tags.MeasuredLateralDimension,
        Tags.PatientWeight, Tags.MedicalAlerts, Tags.Allergies, Tags.Occupation, Tags.SmokingStatus, Tags.AdditionalPatientHistory,
        Tags.PregnancyStatus, Tags.LastMenstrualDate, Tags.PatientSexNeutered, Tags.ClinicalTrialTimePointID,
        Tags.ClinicalTrialTimePointDescription, Tags.LongitudinalTemporalOffsetFromEvent, Tags.LongitudinalTemporalEventType,
        Tags.ClinicalTrialTimePointTypeCodeSequence, Tags.IssuerOfClinicalTrialTimePointID, Tags.ConsentForClinicalTrialUseSequence,
        Tags.StudyInstanceUID, Tags.StudyID, Tags.RequestingService, Tags.RequestingServiceCodeSequence, Tags.ReasonForVisit,
        Tags.ReasonForVisitCodeSequence, Tags.AdmissionID, Tags.IssuerOfAdmissionIDSequence, Tags.ServiceEpisodeID,
        Tags.ServiceEpisodeDescription, Tags.IssuerOfServiceEpisodeIDSequence, Tags.PatientState, Tags.ReasonForPerformedProcedureCodeSequence,
        Tags.ModalitiesInStudy, Tags.SOPClassesInStudy, Tags.AnatomicRegionsInStudyCodeSequence, Tags.NumberOfStudyRelatedSeries,
        Tags.NumberOfStudyRelatedInstances,
    ];

    private static readonly Tag[] Series =
    [
        Tags.Modality, Tags.SeriesDate, Tags.SeriesTime, Tags.PresentationIntentType, Tags.SeriesDescription, Tags.SeriesDescriptionCodeSequence,
        Tags.PerformingPhysicianName, Tags.PerformingPhysicianIdentificationSequence, Tags.OperatorsName, Tags.OperatorIdentificationSequence,
        Tags.ReferencedPerformedProcedureStepSequence, Tags.RelatedSeriesSequence, Tags.AnatomicalOrientationType, Tags.ClinicalTrialSeriesID,
        Tags.ClinicalTrialSeriesDescription, Tags.IssuerOfClinicalTrialSeriesID, Tags.BodyPartExamined, Tags.ProtocolName, Tags.PatientPosition,
        Tags.SeriesInstanceUID, Tags.SeriesNumber, Tags.Laterality, Tags.SmallestPixelValueInSeries, Tags.LargestPixelValueInSeries,
        Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.PerformedProcedureStepEndDate,
        Tags.PerformedProcedureStepEndTime, Tags.PerformedProcedureStepID, Tags.PerformedProcedureStepDescription,
        Tags.PerformedProtocolCodeSequence, Tags.PerformedProtocolType, Tags.RequestAttributesSequence, Tags.CommentsOnThePerformedProcedureStep,
        Tags.SeriesType, Tags.Units, Tags.TreatmentSessionUID, Tags.FrameOfReferenceUID, Tags.PositionReferenceIndicator, Tags.Manufacturer,
        Tags.InstitutionName, Tags.InstitutionAddress, Tags.StationName, Tags.InstitutionalDepartmentName,
        Tags.InstitutionalDepartmentTypeCodeSequence, Tags.ManufacturerModelName, Tags.DeviceSerialNumber, Tags.DeviceUID, Tags.GantryID,
        Tags.UDISequence, Tags.SoftwareVersions, Tags.SpatialResolution, Tags.DateOfLastCalibration, Tags.TimeOfLastCalibration,
        Tags.NumberOfSeriesRelatedInstances,
    ];

    private static readonly FrozenDictionary<Tag, QueryLevel> Levels = Patient.Select(tag => (tag, QueryLevel.Patient))
        .Concat(Study.Select(tag => (tag, QueryLevel.Study)))
        .Concat(Series.Select(tag => (tag, QueryLevel.Series)))
        .ToFrozenDictionary(pair => pair.tag, pair => pair.Item2);

    /// <summary>The level at which <paramref name="tag"/> stands.</summary>
    public static QueryLevel LevelOf(Tag tag) => Levels.GetValueOrDefault(tag, QueryLevel.Image);
}
