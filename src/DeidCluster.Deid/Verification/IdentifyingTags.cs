using System.Collections.Frozen;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Which elements of a source tell who the patient is. Written down here once more, apart from the profile's tables, because
/// verification must not share their mistakes.
/// </summary>
internal static class IdentifyingTags
{
    private static readonly FrozenSet<Tag> Numbers = Set(
        Tags.PatientID, Tags.OtherPatientIDs, Tags.AccessionNumber, Tags.StudyID, Tags.AdmissionID, Tags.MedicalRecordLocator,
        Tags.RequestedProcedureID, Tags.ScheduledProcedureStepID, Tags.PerformedProcedureStepID, Tags.ServiceEpisodeID,
        Tags.InsurancePlanIdentification, Tags.PlacerOrderNumberImagingServiceRequest, Tags.FillerOrderNumberImagingServiceRequest);

    private static readonly FrozenSet<Tag> Addresses = Set(
        Tags.PatientAddress, Tags.PatientTelephoneNumbers, Tags.PatientTelecomInformation, Tags.ReferringPhysicianAddress,
        Tags.ReferringPhysicianTelephoneNumbers, Tags.InstitutionAddress, Tags.PersonAddress, Tags.PersonTelephoneNumbers,
        Tags.PersonTelecomInformation, Tags.OrderCallbackPhoneNumber, Tags.CurrentPatientLocation, Tags.PatientInstitutionResidence);

    private static readonly FrozenSet<Tag> Institutions = Set(
        Tags.InstitutionName, Tags.InstitutionalDepartmentName, Tags.ResponsibleOrganization, Tags.RequestingService);

    private static readonly FrozenSet<Tag> Devices = Set(Tags.StationName, Tags.DeviceSerialNumber);

    /// <summary>UIDs that name a kind of thing or a registry, not one thing of one patient.</summary>
    private static readonly FrozenSet<Tag> KindUids = Set(
        Tags.SOPClassUID, Tags.ReferencedSOPClassUID, Tags.RelatedGeneralSOPClassUID, Tags.OriginalSpecializedSOPClassUID,
        Tags.SOPClassesInStudy, Tags.SOPClassesSupported, Tags.TransferSyntaxUID, Tags.AvailableTransferSyntaxUID,
        Tags.EncryptedContentTransferSyntaxUID, Tags.MACCalculationTransferSyntaxUID, Tags.ImplementationClassUID,
        Tags.MediaStorageSOPClassUID, Tags.CodingSchemeUID, Tags.ContextUID, Tags.MappingResourceUID, Tags.ContextGroupExtensionCreatorUID,
        Tags.PrivateInformationCreatorUID, Tags.ReferencedRelatedGeneralSOPClassUIDInFile, Tags.ReferencedSOPClassUIDInFile);

    /// <summary>What the values of <paramref name="tag"/> tell; null when nothing, or when their VR says it (PN, UI, DA, DT).</summary>
    public static FindingKind? KindOf(Tag tag, IReadOnlySet<ProfileOption> options) =>
        Numbers.Contains(tag) ? FindingKind.Number
        : Addresses.Contains(tag) && !(tag == Tags.InstitutionAddress && options.Contains(ProfileOption.RetainInstitutionIdentity)) ? FindingKind.Address
        : Institutions.Contains(tag) && !options.Contains(ProfileOption.RetainInstitutionIdentity) && !IsCleaned(tag, options) ? FindingKind.Institution
        : Devices.Contains(tag) && !options.Contains(ProfileOption.RetainDeviceIdentity) ? FindingKind.Institution
        : null;

    // A service is a description like RADIOLOGY, of which the clinical words stay where descriptions are cleaned.
    private static bool IsCleaned(Tag tag, IReadOnlySet<ProfileOption> options) => tag == Tags.RequestingService && options.Contains(ProfileOption.CleanDescriptors);

    /// <summary>True when a UID in <paramref name="tag"/> names one thing, unless the standard itself defined it.</summary>
    public static bool NamesOneThing(Tag tag, string uid) => !KindUids.Contains(tag) && UidDictionary.Name(uid) is null;

    private static FrozenSet<Tag> Set(params ReadOnlySpan<Tag> tags) => tags.ToArray().ToFrozenSet();
}
