using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The keys that say what a project wants.</summary>
internal static class SelectionLanguage
{
    private const int InstancesLimit = 100_000;

    /// <summary>
    /// Defined terms of Modality (0008,0060), PS3.3 C.7.3.1.1.1, with the retired ones that archives still hold. A project that names
    /// another is misspelt.
    /// </summary>
    public static readonly string[] Modalities =
    [
        "ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CFM", "CR", "CT", "CTPROTOCOL", "DMS", "DG", "DOC", "DX", "ECG", "EEG", "EMG",
        "EOG", "EPS", "ES", "FID", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER", "KO", "LEN", "LS", "M3D", "MG", "MR", "NM", "OAM",
        "OCT", "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "OT", "PA", "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG",
        "RTDOSE", "RTIMAGE", "RTINTENT", "RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SEG", "SM", "SMR", "SR", "SRF",
        "STAIN", "TEXTUREMAP", "TG", "US", "VA", "XA", "XAPROTOCOL", "XC", "DD", "DF", "DS", "EC", "FA", "FS", "LP", "MA", "MS", "OPR", "ST", "VF",
    ];

    /// <summary>Names every SOP class that PS3.3 defines, but for documents and video, which are named one by one.</summary>
    public const string AllSopClasses = "all";

    /// <summary>What 'select' of <paramref name="project"/> says. SOP classes that it does not name are not taken, so it must name some.</summary>
    public static Selection Read(YamlMap project, RuleLanguage language)
    {
        YamlMap? map = project.OptionalMap("select");
        IReadOnlyList<string> classes = map is null ? [] : ReadSopClasses(map, "sop-classes");
        if (map is null || !map.Has("sop-classes"))
        {
            project.FailAtEnd($"the project names no SOP classes, and takes none that it does not name: add 'select: {{sop-classes: [CT Image Storage]}}', or '{AllSopClasses}' for every class but documents and video");
        }

        return map is null ? new Selection() : new Selection
        {
            Modalities = ReadModalities(map, "modalities"),
            SopClassUids = classes,
            Manufacturers = [.. map.OptionalMaps("manufacturers").Select(ReadManufacturer)],
            ExcludedSeriesDescriptions = map.OptionalStrings("exclude-series-descriptions"),
            Labels = language.ReadLabels(map, "labels"),
            ExceptLabels = language.ReadLabels(map, "except-labels"),
            MinInstancesPerSeries = map.OptionalInt("min-instances-per-series", 1, 1, InstancesLimit),
        };
    }

    /// <summary>The modalities in the list <paramref name="key"/>; unknown ones are noted.</summary>
    public static IReadOnlyList<string> ReadModalities(YamlMap map, string key)
    {
        IReadOnlyList<YamlScalar> scalars = map.OptionalScalars(key);
        foreach (YamlScalar scalar in scalars)
        {
            if (!Modalities.Contains(scalar.Text))
            {
                scalar.Fail($"unknown modality '{scalar.Text}'{NearestWord.Suggest(scalar.Text, Modalities)}");
            }
        }

        return [.. scalars.Select(scalar => scalar.Text)];
    }

    /// <summary>The SOP classes in the list <paramref name="key"/>, each a UID or the standard's name; unknown ones are noted.</summary>
    public static IReadOnlyList<string> ReadSopClasses(YamlMap map, string key) =>
        [.. map.OptionalScalars(key).SelectMany(scalar => scalar.Text == AllSopClasses ? Undocumentary : [ReadSopClass(scalar)]).OfType<string>().Distinct()];

    private static IEnumerable<string?> Undocumentary => Iod.SopClassUids.Where(uid => !PixelGuard.IsDocument(uid)).Order(StringComparer.Ordinal);

    private static string? ReadSopClass(YamlScalar scalar)
    {
        if (SopClassNames.Find(scalar.Text) is { } uid)
        {
            return uid;
        }

        scalar.Fail($"unknown SOP class '{scalar.Text}'{NearestWord.Suggest(scalar.Text, SopClassNames.All)}");
        return null;
    }

    private static ManufacturerSelection ReadManufacturer(YamlMap map)
    {
        string pattern = ProjectLanguage.ReadPattern(map.RequiredScalar("matches")) ?? "";
        List<int> numbers = [];
        foreach (YamlScalar scalar in map.OptionalScalars("exclude-series-numbers"))
        {
            if (int.TryParse(scalar.Text, out int number))
            {
                numbers.Add(number);
            }
            else
            {
                scalar.Fail("a Series Number is a whole number");
            }
        }

        return new ManufacturerSelection(pattern, numbers);
    }
}
