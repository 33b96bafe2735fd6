namespace DeidCluster.Deid;

/// <summary>
/// The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3). The two options on dates are not chosen here:
/// <see cref="ProjectProfile.Dates"/> implies them, as <see cref="ProjectProfile.PixelRules"/> imply Clean Pixel Data.
/// </summary>
public enum ProfileOption
{
    /// <summary>E.3.10: private attributes of the safe list are kept.</summary>
    RetainSafePrivate,

    /// <summary>E.3.9: UIDs are kept as they are.</summary>
    RetainUids,

    /// <summary>E.3.8: what identifies the device is kept.</summary>
    RetainDeviceIdentity,

    /// <summary>E.3.11: what identifies the institution is kept.</summary>
    RetainInstitutionIdentity,

    /// <summary>E.3.7: age, sex, size, weight and the like are kept.</summary>
    RetainPatientCharacteristics,

    /// <summary>E.3.6: dates and times are kept as they are.</summary>
    RetainLongitudinalFullDates,

    /// <summary>E.3.6: dates are moved, intervals are kept.</summary>
    RetainLongitudinalModifiedDates,

    /// <summary>E.3.5: descriptions are cleaned instead of removed.</summary>
    CleanDescriptors,

    /// <summary>E.3.4: structured content is cleaned instead of removed.</summary>
    CleanStructuredContent,

    /// <summary>E.3.3: graphics, overlays and annotations are cleaned instead of removed.</summary>
    CleanGraphics,

    /// <summary>E.3.1: text burned into the pixels is removed.</summary>
    CleanPixelData,
}
