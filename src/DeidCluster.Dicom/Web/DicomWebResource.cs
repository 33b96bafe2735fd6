namespace DeidCluster.Dicom;

/// <summary>A study, a series or an instance of a DICOMweb server (PS3.18 10.1.1). Its text is a path that names the patient's study: not for logs.</summary>
public sealed record DicomWebResource
{
    private const int UidLettersMax = 64;

    private DicomWebResource(string study, string? series, string? instance) =>
        (StudyInstanceUid, SeriesInstanceUid, SopInstanceUid) = (Checked(study), Checked(series), Checked(instance));

    /// <summary>The study.</summary>
    public string StudyInstanceUid { get; }

    /// <summary>The series; null for a whole study.</summary>
    public string? SeriesInstanceUid { get; }

    /// <summary>The instance; null for a whole study or series.</summary>
    public string? SopInstanceUid { get; }

    /// <summary>A study.</summary>
    public static DicomWebResource Study(string studyInstanceUid) => new(studyInstanceUid, null, null);

    /// <summary>A series of a study.</summary>
    public static DicomWebResource Series(string studyInstanceUid, string seriesInstanceUid) => new(studyInstanceUid, seriesInstanceUid, null);

    /// <summary>An instance of a series.</summary>
    public static DicomWebResource Instance(string studyInstanceUid, string seriesInstanceUid, string sopInstanceUid) => new(studyInstanceUid, seriesInstanceUid, sopInstanceUid);

    /// <summary>Its path below the root of the service: "/studies/..." and so on.</summary>
    internal string Path => $"/studies/{StudyInstanceUid}"
        + (SeriesInstanceUid is null ? "" : $"/series/{SeriesInstanceUid}")
        + (SopInstanceUid is null ? "" : $"/instances/{SopInstanceUid}");

    /// <summary>True for what may stand in a path as it is: letters that a UID has, and a few more that broken ones have; no way to another path.</summary>
    internal static bool IsUsable(string uid) => uid.Length is > 0 and <= UidLettersMax
        && uid.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_') && uid.Any(char.IsAsciiLetterOrDigit);

    /// <summary>What kind of resource it is; no identifier.</summary>
    public override string ToString() => SopInstanceUid is not null ? "an instance" : SeriesInstanceUid is not null ? "a series" : "a study";

    private static string Checked(string? uid) => uid is null || IsUsable(uid) ? uid! : throw new ArgumentException("this UID cannot stand in a path", nameof(uid));
}
