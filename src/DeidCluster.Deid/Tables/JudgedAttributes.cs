using System.Collections.Frozen;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Attributes that no edition of table E.1-1 names, though by their definition in PS3.3 they tell who the patient is or where the
/// original lies. PS3.15 E.1.1 leaves these to the de-identifier's judgement: they are removed everywhere.
/// </summary>
internal static class JudgedAttributes
{
    private static readonly FrozenSet<Tag> Identifying = new[]
    {
        Tags.PatientBirthDateInAlternativeCalendar, Tags.PatientDeathDateInAlternativeCalendar, // the dates that the table removes, in words
        Tags.BreedRegistrationSequence, // the number of one animal
        Tags.EncryptedAttributesSequence, // an earlier de-identification's originals
        Tags.HL7InstanceIdentifier, // names the original document
        Tags.RetrieveURL, Tags.RetrieveURI, Tags.PixelDataProviderURL, Tags.StorageURL, // lead to the original
        Tags.NTPSourceAddress, // a host of the hospital
    }.ToFrozenSet();

    /// <summary>True when <paramref name="tag"/> is one of them.</summary>
    public static bool Identify(Tag tag) => Identifying.Contains(tag);
}
