namespace DeidCluster.Dicom;

/// <summary>What a path of PS3.18 tables 10.1.1-1 and 10.4.1-1 asks for.</summary>
internal enum DicomWebTarget
{
    /// <summary>A query (QIDO-RS), or a store request (STOW-RS) when it is posted.</summary>
    Search,

    /// <summary>The instances of a study, series or the instance itself, or a store request when it is posted to a study.</summary>
    Instances,

    /// <summary>Their metadata.</summary>
    Metadata,

    /// <summary>Frames of an instance.</summary>
    Frames,

    /// <summary>The value of one element of an instance.</summary>
    BulkData,
}

/// <summary>A path that was understood.</summary>
/// <param name="Target">What it asks for.</param>
/// <param name="Level">Of a search.</param>
/// <param name="StudyInstanceUid">The study in the path; null for none.</param>
/// <param name="SeriesInstanceUid">The series in the path; null for none.</param>
/// <param name="SopInstanceUid">The instance in the path; null for none.</param>
/// <param name="Rest">The list of frames, or the element of bulk data.</param>
internal sealed record DicomWebRoute(DicomWebTarget Target, QueryLevel Level, string? StudyInstanceUid, string? SeriesInstanceUid, string? SopInstanceUid, string Rest)
{
    /// <summary>The study, series or instance that the path names.</summary>
    public DicomWebResource Resource => (SeriesInstanceUid, SopInstanceUid) switch
    {
        (null, _) => DicomWebResource.Study(StudyInstanceUid!),
        (string series, null) => DicomWebResource.Series(StudyInstanceUid!, series),
        (string series, string instance) => DicomWebResource.Instance(StudyInstanceUid!, series, instance),
    };

    /// <summary>Reads a path below the root; null when there is nothing there. A UID that is none is refused.</summary>
    public static DicomWebRoute? Parse(string path)
    {
        string[] words = path.Trim('/').Split('/');
        DicomWebRoute? route = words switch
        {
            ["studies"] => Search(QueryLevel.Study, null, null),
            ["series"] => Search(QueryLevel.Series, null, null),
            ["instances"] => Search(QueryLevel.Image, null, null),
            ["studies", string study, "series"] => Search(QueryLevel.Series, study, null),
            ["studies", string study, "instances"] => Search(QueryLevel.Image, study, null),
            ["studies", string study, "series", string series, "instances"] => Search(QueryLevel.Image, study, series),
            ["studies", string study] => Below(DicomWebTarget.Instances, study, null, null),
            ["studies", string study, "metadata"] => Below(DicomWebTarget.Metadata, study, null, null),
            ["studies", string study, "series", string series] => Below(DicomWebTarget.Instances, study, series, null),
            ["studies", string study, "series", string series, "metadata"] => Below(DicomWebTarget.Metadata, study, series, null),
            ["studies", string study, "series", string series, "instances", string instance] => Below(DicomWebTarget.Instances, study, series, instance),
            ["studies", string study, "series", string series, "instances", string instance, "metadata"] => Below(DicomWebTarget.Metadata, study, series, instance),
            ["studies", string study, "series", string series, "instances", string instance, "frames", string frames] => Below(DicomWebTarget.Frames, study, series, instance, frames),
            ["studies", string study, "series", string series, "instances", string instance, "bulkdata", .. string[] element] =>
                Below(DicomWebTarget.BulkData, study, series, instance, string.Join('/', element)),
            _ => null,
        };
        string?[] uids = [route?.StudyInstanceUid, route?.SeriesInstanceUid, route?.SopInstanceUid];
        return uids.All(uid => uid is null || DicomWebResource.IsUsable(uid)) ? route : throw new DicomWebRefusal(DicomWebRefusal.BadRequest, "The path holds a UID that is none.");
    }

    private static DicomWebRoute Search(QueryLevel level, string? study, string? series) => new(DicomWebTarget.Search, level, study, series, null, "");

    private static DicomWebRoute Below(DicomWebTarget target, string study, string? series, string? instance, string rest = "") =>
        new(target, QueryLevel.Image, study, series, instance, rest);
}
