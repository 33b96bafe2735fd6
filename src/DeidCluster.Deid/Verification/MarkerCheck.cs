using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Checks what a de-identified file must say of itself (PS3.15 E.1.1), and its preamble and file meta information.</summary>
internal static class MarkerCheck
{
    /// <summary>File meta elements that name systems of the source (PS3.10 7.1).</summary>
    private static readonly Tag[] SystemTags =
    [
        Tags.SourceApplicationEntityTitle, Tags.SendingApplicationEntityTitle, Tags.ReceivingApplicationEntityTitle,
        Tags.SourcePresentationAddress, Tags.SendingPresentationAddress, Tags.ReceivingPresentationAddress,
        Tags.PrivateInformationCreatorUID, Tags.PrivateInformation,
    ];

    /// <summary>All findings about the markers of <paramref name="result"/>.</summary>
    public static IEnumerable<Finding> Check(DicomFile result, ProjectProfile profile)
    {
        DataSet data = result.DataSet;
        if (data.GetString(Tags.PatientIdentityRemoved) != "YES")
        {
            yield return Missing(Tags.PatientIdentityRemoved, "is not YES");
        }

        if (data.GetString(Tags.DeidentificationMethod) is null && data.Items(Tags.DeidentificationMethodCodeSequence).Count == 0)
        {
            yield return Missing(Tags.DeidentificationMethodCodeSequence, "and the method's text are both missing");
        }

        string expected = profile.Dates.Treatment switch
        {
            DateTreatment.Remove => "REMOVED",
            DateTreatment.Shift or DateTreatment.Floor => "MODIFIED",
            _ => "UNMODIFIED",
        };
        if (data.GetString(Tags.LongitudinalTemporalInformationModified) != expected)
        {
            yield return Missing(Tags.LongitudinalTemporalInformationModified, $"is not {expected}");
        }

        foreach (Finding finding in CheckFileMeta(result))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> CheckFileMeta(DicomFile result)
    {
        if (result.Preamble is { } preamble && preamble.Span.ContainsAnyExcept((byte)0))
        {
            yield return new Finding("preamble", FindingKind.FileMeta, "the preamble is not empty");
        }

        DataSet meta = result.FileMeta;
        if (meta.GetString(Tags.MediaStorageSOPInstanceUID) != result.DataSet.GetString(Tags.SOPInstanceUID))
        {
            yield return Missing(Tags.MediaStorageSOPInstanceUID, "is not the data set's SOP Instance UID");
        }

        if (meta.GetString(Tags.MediaStorageSOPClassUID) != result.DataSet.GetString(Tags.SOPClassUID))
        {
            yield return Missing(Tags.MediaStorageSOPClassUID, "is not the data set's SOP Class UID");
        }

        foreach (Tag tag in SystemTags.Where(meta.Contains))
        {
            yield return new Finding(tag.ToString(), FindingKind.FileMeta, "a system of the source is named in the file meta information");
        }
    }

    private static Finding Missing(Tag tag, string problem) => new(tag.ToString(), FindingKind.Marker, $"{tag} {problem}");
}
