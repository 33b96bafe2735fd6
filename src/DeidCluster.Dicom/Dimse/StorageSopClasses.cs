namespace DeidCluster.Dicom;

/// <summary>
/// The SOP classes of the storage service class (PS3.4 B.5), retired and trial ones too, since archives hold them. Every one is named
/// "... Storage ..." in the registry; of those that are named so, storage commitment and the media directory are no C-STORE.
/// </summary>
public static class StorageSopClasses
{
    private static readonly Lazy<HashSet<string>> Standard = new(() => [.. UidDictionary.All
        .Where(entry => entry.Type == UidType.SOPClass && entry.Name.Contains("Storage", StringComparison.Ordinal)
            && entry.Uid is not (Uids.StorageCommitmentPushModel or Uids.StorageCommitmentPullModel or Uids.MediaStorageDirectoryStorage))
        .Select(entry => entry.Uid)]);

    /// <summary>
    /// What a user of C-GET proposes when it does not know what a study holds: the classes that archives are full of, the frequent first.
    /// They fit one association in two encodings; a class that is not here must come from the query (SOP Classes in Study, SOP Class UID).
    /// </summary>
    public static IReadOnlyList<string> Frequent { get; } =
    [
        Uids.CtImageStorage, Uids.MrImageStorage, Uids.DigitalXRayImageStorageForPresentation, Uids.ComputedRadiographyImageStorage,
        Uids.UltrasoundImageStorage, Uids.UltrasoundMultiFrameImageStorage, Uids.SecondaryCaptureImageStorage,
        Uids.DigitalMammographyXRayImageStorageForPresentation, Uids.DigitalMammographyXRayImageStorageForProcessing,
        Uids.BreastTomosynthesisImageStorage, Uids.PositronEmissionTomographyImageStorage, Uids.NuclearMedicineImageStorage,
        Uids.XRayAngiographicImageStorage, Uids.XRayRadiofluoroscopicImageStorage, Uids.EnhancedCtImageStorage, Uids.EnhancedMrImageStorage,
        Uids.EnhancedXaImageStorage, Uids.EnhancedPetImageStorage, Uids.DigitalXRayImageStorageForProcessing,
        Uids.XRayRadiationDoseSrStorage, Uids.KeyObjectSelectionDocumentStorage, Uids.GrayscaleSoftcopyPresentationStateStorage,
        Uids.BasicTextSrStorage, Uids.EnhancedSrStorage, Uids.ComprehensiveSrStorage, Uids.Comprehensive3DSrStorage, Uids.MammographyCadSrStorage,
        Uids.EncapsulatedPdfStorage, Uids.EncapsulatedCdaStorage, Uids.SegmentationStorage, Uids.RawDataStorage, Uids.SpatialRegistrationStorage,
        Uids.RtImageStorage, Uids.RtDoseStorage, Uids.RtStructureSetStorage, Uids.RtPlanStorage, Uids.RtIonPlanStorage,
        Uids.RtBeamsTreatmentRecordStorage, Uids.VlEndoscopicImageStorage, Uids.VlMicroscopicImageStorage, Uids.VlPhotographicImageStorage,
        Uids.VlWholeSlideMicroscopyImageStorage, Uids.OphthalmicPhotography8BitImageStorage, Uids.OphthalmicTomographyImageStorage,
        Uids.MultiFrameGrayscaleByteSecondaryCaptureImageStorage, Uids.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        Uids.MultiFrameTrueColorSecondaryCaptureImageStorage, Uids.TwelveLeadEcgWaveformStorage, Uids.GeneralEcgWaveformStorage,
    ];

    /// <summary>The UIDs of all that the standard registers.</summary>
    public static IReadOnlyCollection<string> All => Standard.Value;

    /// <summary>True for a storage SOP class of the standard.</summary>
    public static bool Contains(string sopClassUid) => Standard.Value.Contains(sopClassUid);
}
