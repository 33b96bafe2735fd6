namespace DeidCluster.Dicom;

/// <summary>A level of the Query/Retrieve information models (PS3.4 C.6), the widest first.</summary>
public enum QueryLevel
{
    /// <summary>Patients, known by Patient ID.</summary>
    Patient,

    /// <summary>Studies, known by Study Instance UID.</summary>
    Study,

    /// <summary>Series, known by Series Instance UID.</summary>
    Series,

    /// <summary>Composite object instances, known by SOP Instance UID.</summary>
    Image,
}

/// <summary>What the standard fixes for each <see cref="QueryLevel"/>.</summary>
public static class QueryLevelFacts
{
    /// <summary>The value of Query/Retrieve Level (0008,0052), such as "STUDY".</summary>
    public static string Keyword(this QueryLevel level) => level switch
    {
        QueryLevel.Patient => "PATIENT",
        QueryLevel.Study => "STUDY",
        QueryLevel.Series => "SERIES",
        _ => "IMAGE",
    };

    /// <summary>The unique key of the level (PS3.4 C.6.1.1, C.6.2.1).</summary>
    public static Tag UniqueKey(this QueryLevel level) => level switch
    {
        QueryLevel.Patient => Tags.PatientID,
        QueryLevel.Study => Tags.StudyInstanceUID,
        QueryLevel.Series => Tags.SeriesInstanceUID,
        _ => Tags.SOPInstanceUID,
    };

    /// <summary>The level that <paramref name="keyword"/> names; null when it is none of the four.</summary>
    public static QueryLevel? Parse(string? keyword) => keyword switch
    {
        "PATIENT" => QueryLevel.Patient,
        "STUDY" => QueryLevel.Study,
        "SERIES" => QueryLevel.Series,
        "IMAGE" => QueryLevel.Image,
        _ => null,
    };
}
