using System.Globalization;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// A QIDO-RS query (PS3.18 8.3.4, 10.6). Its keys are those of a C-FIND identifier: an element with a value is matched, one without is asked for.
/// </summary>
public sealed record DicomWebQuery
{
    /// <summary>Sequences inside sequences in the name of a key.</summary>
    internal const int KeyDepthMax = 8;

    /// <summary>What is looked for: studies, series or instances (PS3.18 table 10.6.1-2).</summary>
    public required QueryLevel Level { get; init; }

    /// <summary>The study that the series or instances belong to; null for any.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>The series that the instances belong to; null for any. It needs a study.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Elements to match or to return; wildcards, ranges and lists of UIDs as in PS3.4 C.2.2.2. An item with elements stands for a path.</summary>
    public DataSet Keys { get; init; } = new();

    /// <summary>Everything that the server has for the level is returned (includefield=all).</summary>
    public bool IncludeAll { get; init; }

    /// <summary>Person names are matched approximately where the server can; if not, it says so (<see cref="DicomWebWarnings.FuzzyNotSupported"/>).</summary>
    public bool IsFuzzy { get; init; }

    /// <summary>Matches to return at most; null for as many as the server gives.</summary>
    public int? Limit { get; init; }

    /// <summary>Matches to skip.</summary>
    public int Offset { get; init; }

    /// <summary>
    /// The C-FIND identifier that asks the same at a relational Study Root: the keys, the study and series of the path, and what every answer
    /// has (PS3.18 tables 10.6.3-3 to 10.6.3-5).
    /// </summary>
    public DataSet Identifier()
    {
        DataSet identifier = Keys.DeepCopy();
        identifier.SetString(Tags.QueryRetrieveLevel, Level.Keyword());
        if (StudyInstanceUid is not null)
        {
            identifier.SetString(Tags.StudyInstanceUID, StudyInstanceUid);
        }

        if (SeriesInstanceUid is not null)
        {
            identifier.SetString(Tags.SeriesInstanceUID, SeriesInstanceUid);
        }

        foreach (Tag tag in DicomWebAttributes.Returned(this).Where(tag => !identifier.Contains(tag)))
        {
            identifier.SetEmpty(tag);
        }

        return identifier;
    }

    /// <summary>Path and query below the root of the service. It holds identifiers: not for logs.</summary>
    internal string PathAndQuery()
    {
        StringBuilder text = new(Path());
        char separator = '?';
        foreach (Element element in Keys.Where(element => element.Tag != Tags.SpecificCharacterSet && element.Tag != Tags.QueryRetrieveLevel))
        {
            Append(Keys, element, "", depth: 0);
        }

        Flag(IncludeAll, "includefield=all");
        Flag(IsFuzzy, "fuzzymatching=true");
        Flag(Limit is not null, $"limit={Limit?.ToString(CultureInfo.InvariantCulture)}");
        Flag(Offset > 0, $"offset={Offset.ToString(CultureInfo.InvariantCulture)}");
        return text.ToString();

        void Append(DataSet at, Element element, string path, int depth)
        {
            path += element.Tag.Value.ToString("X8", CultureInfo.InvariantCulture);
            if (element is SequenceElement { Items: [DataSet { Count: > 0 } item, ..] } && depth < KeyDepthMax)
            {
                foreach (Element inner in item)
                {
                    Append(item, inner, path + ".", depth + 1);
                }
            }
            else if (element is ValueElement { Bytes.Length: > 0 } value)
            {
                Flag(true, $"{path}={Uri.EscapeDataString(string.Join(element.Vr == Vr.UI ? ',' : '\\', at.Strings(value)))}");
            }
            else
            {
                Flag(true, $"includefield={path}");
            }
        }

        void Flag(bool isSet, string parameter)
        {
            if (isSet)
            {
                text.Append(separator).Append(parameter);
                separator = '&';
            }
        }
    }

    /// <summary>Level and counts, no identifier.</summary>
    public override string ToString() => $"{Level} query with {Keys.Count} keys";

    private string Path() => (Level, StudyInstanceUid, SeriesInstanceUid) switch
    {
        (QueryLevel.Study, null, null) => "/studies",
        (QueryLevel.Series, null, null) => "/series",
        (QueryLevel.Series, string study, null) => $"{DicomWebResource.Study(study).Path}/series",
        (QueryLevel.Image, null, null) => "/instances",
        (QueryLevel.Image, string study, null) => $"{DicomWebResource.Study(study).Path}/instances",
        (QueryLevel.Image, string study, string series) => $"{DicomWebResource.Series(study, series).Path}/instances",
        _ => throw new ArgumentException("a query names a study above series and instances, and a series above instances only (PS3.18 table 10.6.1-2)"),
    };
}
