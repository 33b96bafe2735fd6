using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>What a person writes of a DICOMweb query, and how a match is shown.</summary>
internal static class WebKeys
{
    public static QueryLevel Level(string name) => name switch
    {
        "study" => QueryLevel.Study,
        "series" => QueryLevel.Series,
        "instance" => QueryLevel.Image,
        _ => throw new UsageException("--level takes one of study, series, instance."),
    };

    public static DicomWebResource Resource(string study, string? series, string? instance) => (series, instance) switch
    {
        (null, null) => DicomWebResource.Study(study),
        (string of, null) => DicomWebResource.Series(study, of),
        (string of, string one) => DicomWebResource.Instance(study, of, one),
        _ => throw new UsageException("--instance needs --series."),
    };

    /// <summary>The keys "KEYWORD=VALUE" and "KEYWORD".</summary>
    public static DataSet Read(IEnumerable<string> keys)
    {
        DataSet read = new();
        read.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        foreach (string key in keys)
        {
            int equals = key.IndexOf('=');
            string name = equals < 0 ? key : key[..equals];
            Tag tag = Tag.TryParse(name, out Tag given) ? given : DicomDictionary.FindKeyword(name)?.Tag ?? throw new UsageException($"'{name}' is no keyword of the dictionary.");
            if (equals < 0)
            {
                read.SetEmpty(tag);
            }
            else
            {
                read.SetString(tag, key[(equals + 1)..].Split('\\'));
            }
        }

        return read;
    }

    /// <summary>The UIDs of the level and what was asked for, separated by tabs.</summary>
    public static string Line(QueryLevel level, DataSet asked, DataSet match)
    {
        IEnumerable<Tag> uids = new[] { Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID }.Take(1 + (level - QueryLevel.Study));
        IEnumerable<Tag> shown = asked.Select(key => key.Tag).Where(tag => tag != Tags.SpecificCharacterSet);
        return string.Join('\t', uids.Concat(shown).Distinct().Select(tag => string.Join('\\', match.GetStrings(tag))));
    }
}
