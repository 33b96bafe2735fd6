namespace DeidCluster.Deid;

/// <summary>What kind of thing verification found in a result.</summary>
public enum FindingKind
{
    /// <summary>A name of the patient or of another person of the source, or a part of one.</summary>
    Name,

    /// <summary>A number that the hospital gave to the patient, the visit, the order or the study.</summary>
    Number,

    /// <summary>A UID of the source that names an instance, a series, a study or another single thing.</summary>
    Uid,

    /// <summary>A date of the source, or one that is not shifted as the identity says.</summary>
    Date,

    /// <summary>An address or telephone number.</summary>
    Address,

    /// <summary>The institution, a department or a station.</summary>
    Institution,

    /// <summary>A private element that the project does not keep.</summary>
    Private,

    /// <summary>Something of the source in the preamble or the file meta information.</summary>
    FileMeta,

    /// <summary>A marker that de-identification must write is missing or contradicts the data set.</summary>
    Marker,

    /// <summary>The result breaks its information object definition where the source did not.</summary>
    Conformance,

    /// <summary>Pixel data differs although no pixel rule asked for it.</summary>
    Pixels,
}

/// <summary>One thing that must not be in a result.</summary>
/// <param name="Path">The path of tags, e.g. "(0040,0275)[0].(0040,0007)".</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Message">In words, never with the value.</param>
public sealed record Finding(string Path, FindingKind Kind, string Message)
{
    /// <summary>"path: message".</summary>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>What verification could search for only weakly, summed over all instances that were given the same object. Thread safe.</summary>
public sealed class VerificationCounts
{
    private long wholeValueOnly;
    private long searched;

    /// <summary>Identifiers searched for everywhere.</summary>
    public long Searched => Interlocked.Read(ref searched);

    /// <summary>Identifiers that are too short or too common a word to be searched for inside text; they were compared with whole values only.</summary>
    public long WholeValueOnly => Interlocked.Read(ref wholeValueOnly);

    internal void Add(int searchedCount, int wholeValueOnlyCount)
    {
        Interlocked.Add(ref searched, searchedCount);
        Interlocked.Add(ref wholeValueOnly, wholeValueOnlyCount);
    }
}
