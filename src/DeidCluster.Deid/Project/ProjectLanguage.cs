using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The keys of a project file. What is not known here is refused.</summary>
internal static class ProjectLanguage
{
    private const int NameLengthMax = 64;
    private const int InFlightLimit = 10_000;
    private const int ShareLimit = 100;
    private const int AttemptsLimit = 1_000;
    private const int DelaySecondsLimit = 7 * 24 * 3600;

    private static readonly TransferSyntax[] Uncompressed =
        [TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.DeflatedExplicitVrLittleEndian];

    /// <summary>Options that other keys imply, and those keys.</summary>
    private static readonly IReadOnlyDictionary<ProfileOption, string> ImpliedOptions = new Dictionary<ProfileOption, string>
    {
        [ProfileOption.RetainLongitudinalFullDates] = "say 'dates: {policy: keep}' instead",
        [ProfileOption.RetainLongitudinalModifiedDates] = "say 'dates: {policy: shift}' instead",
        [ProfileOption.CleanPixelData] = "say 'pixels' instead",
    };

    /// <summary>The options that a project chooses.</summary>
    public static IReadOnlyList<string> OptionWords { get; } =
        [.. Enum.GetValues<ProfileOption>().Where(option => !ImpliedOptions.ContainsKey(option)).Select(ProfileCodes.WordOf)];

    /// <summary>The project of <paramref name="map"/>, which was read from <paramref name="path"/>.</summary>
    public static ProjectFile Read(YamlMap map, string path)
    {
        string name = ReadName(map, Path.GetFileNameWithoutExtension(path));
        string description = map.OptionalString("description") ?? "";
        string edition = ReadEdition(map);
        DatePolicy dates = ReadDates(map.OptionalMap("dates"));
        HashSet<ProfileOption> options = ReadOptions(map);
        IReadOnlyList<LabelRule> labels = LabelLanguage.Read(map);
        RuleLanguage language = new(new WeakerRules(edition, options, dates.Treatment), labels.Select(label => label.Name).ToHashSet(StringComparer.Ordinal));
        RuleSources sources = new(language, path);
        ProjectProfile profile = new()
        {
            Name = name,
            Edition = edition,
            Options = options,
            Dates = dates,
            Pseudonym = PseudonymLanguage.Read(map.OptionalMap("pseudonym"), path),
            Selection = SelectionLanguage.Read(map, language),
            Labels = labels,
            OutputTransferSyntax = ReadSyntax(map.OptionalScalar("output-transfer-syntax")),
            Rules = sources.Read(map),
            PixelRules = PixelLanguage.Read(map),
            CombineByAccession = map.OptionalBool("combine-by-accession", false),
            Version = "",
        };

        YamlMap? retry = map.OptionalMap("retry");
        ProjectFile project = new()
        {
            Profile = profile with { Version = ProfileVersion.Of(profile) },
            Description = description,
            Archives = ReadNames(map, "archives"),
            Destinations = ReadNames(map, "destinations"),
            InFlightMax = map.OptionalInt("in-flight", ProjectFile.DefaultInFlightMax, 1, InFlightLimit),
            DayLimits = ReadDayLimits(map),
            Share = map.OptionalInt("share", 1, 1, ShareLimit),
            Retention = RecordRetention.Read(map.OptionalMap("retention")),
            Retry = retry is null ? new ProjectRetry() : ReadRetry(retry),
        };
        LabelLanguage.Check(map, labels, profile.Selection, language.UsedLabels);
        Finish(map, sources.Problems);
        return project;
    }

    private static void Finish(YamlMap map, IReadOnlyList<ConfigurationProblem> others)
    {
        try
        {
            map.Finish();
        }
        catch (ConfigurationException e) when (others.Count > 0)
        {
            throw new ConfigurationException([.. e.Problems, .. others]);
        }

        if (others.Count > 0)
        {
            throw new ConfigurationException(others);
        }
    }

    private static string? ReadSyntax(YamlScalar? scalar)
    {
        if (scalar is null)
        {
            return null;
        }

        string? uid = UidDictionary.All.FirstOrDefault(entry =>
            entry.Type == UidType.TransferSyntax && (entry.Uid == scalar.Text || string.Equals(entry.Name, scalar.Text, StringComparison.OrdinalIgnoreCase)))?.Uid
            ?? (TransferSyntax.Find(scalar.Text) is { } known ? known.Uid : null)
            ?? Uncompressed.FirstOrDefault(syntax => string.Equals(syntax.Name, scalar.Text, StringComparison.OrdinalIgnoreCase))?.Uid;
        if (uid is null || TransferSyntax.Find(uid) is not { } found)
        {
            scalar.Fail($"unknown transfer syntax '{scalar.Text}'{NearestWord.Suggest(scalar.Text, Uncompressed.Select(syntax => syntax.Name))}");
            return null;
        }

        if (found.IsBigEndian)
        {
            scalar.Fail("big endian is retired (PS3.5 A.3): nothing is written in it");
        }

        return uid;
    }

    /// <summary>A regular expression that compiles without backtracking, or the problem noted.</summary>
    public static string? ReadPattern(YamlScalar? scalar)
    {
        if (scalar is null)
        {
            return null;
        }

        try
        {
            _ = new Regex(scalar.Text, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
            return scalar.Text;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            scalar.Fail($"this is no regular expression that can be used here: {e.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private static ProjectDayLimits ReadDayLimits(YamlMap map)
    {
        YamlScalar? zone = map.OptionalScalar("time-zone");
        if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _))
        {
            zone.Fail($"there is no time zone '{zone.Text}' (a name like Europe/Berlin is expected)");
        }

        return new ProjectDayLimits(map.OptionalInt("studies-per-day", 0), zone?.Text ?? "UTC", map.OptionalInt("held-to-pause", 0));
    }

    private static string ReadName(YamlMap map, string fileName)
    {
        YamlScalar? scalar = map.RequiredScalar("project");
        if (scalar is null)
        {
            return "";
        }

        if (scalar.Text.Length > NameLengthMax || !IsName(scalar.Text))
        {
            scalar.Fail($"a project's name has 1 to {NameLengthMax} lower-case letters, digits, '-' and '_'");
        }
        else if (scalar.Text != fileName)
        {
            scalar.Fail($"the project is named unlike its file, '{fileName}'");
        }

        return scalar.Text;
    }

    private static string ReadEdition(YamlMap map)
    {
        YamlScalar? scalar = map.OptionalScalar("edition");
        if (scalar is not null && !ProjectProfile.Editions.Contains(scalar.Text))
        {
            scalar.Fail($"edition '{scalar.Text}' of PS3.15 is not built in; known: {string.Join(", ", ProjectProfile.Editions)}");
            return ProjectProfile.Editions[0];
        }

        return scalar?.Text ?? ProjectProfile.Editions[0];
    }

    private static HashSet<ProfileOption> ReadOptions(YamlMap map)
    {
        HashSet<ProfileOption> options = [];
        string[] words = [.. Enum.GetNames<ProfileOption>().Select(YamlMap.Kebab)];
        foreach (YamlScalar scalar in map.OptionalScalars("options"))
        {
            int index = Array.IndexOf(words, scalar.Text);
            if (index < 0)
            {
                scalar.Fail($"unknown option '{scalar.Text}'{NearestWord.Suggest(scalar.Text, words)}; known: {string.Join(", ", words)}");
            }
            else if (ImpliedOptions.TryGetValue(Enum.GetValues<ProfileOption>()[index], out string? instead))
            {
                scalar.Fail($"option '{scalar.Text}' is not chosen here; {instead}");
            }
            else if (!options.Add(Enum.GetValues<ProfileOption>()[index]))
            {
                scalar.Fail($"option '{scalar.Text}' stands here a second time");
            }
        }

        return options;
    }

    private static DatePolicy ReadDates(YamlMap? map)
    {
        if (map is null)
        {
            return new DatePolicy(DateTreatment.Remove);
        }

        DateTreatment treatment = map.RequiredEnum<DateTreatment>("policy");
        if (treatment != DateTreatment.Shift)
        {
            return treatment == DateTreatment.Floor ? new DatePolicy(treatment) { FloorTo = map.RequiredEnum<DateUnit>("to") } : new DatePolicy(treatment);
        }

        const int Limit = DatePolicy.ShiftDaysLimit;
        DatePolicy policy = new(
            treatment,
            map.OptionalInt("shift-days-min", DatePolicy.DefaultShiftDaysMin, -Limit, Limit),
            map.OptionalInt("shift-days-max", DatePolicy.DefaultShiftDaysMax, -Limit, Limit));
        NoteProblem(map, policy.Problem());
        return policy;
    }

    private static ProjectRetry ReadRetry(YamlMap map)
    {
        ProjectRetry fallback = new();
        return new ProjectRetry(
            map.OptionalInt("attempts", fallback.AttemptsMax, 1, AttemptsLimit),
            map.OptionalInt("first-delay-seconds", fallback.FirstDelaySeconds, 1, DelaySecondsLimit),
            map.OptionalInt("delay-seconds-max", fallback.DelaySecondsMax, 1, DelaySecondsLimit));
    }

    private static List<string> ReadNames(YamlMap map, string key)
    {
        List<string> names = [];
        foreach (YamlScalar scalar in map.OptionalScalars(key))
        {
            if (!IsName(scalar.Text))
            {
                scalar.Fail("a name has lower-case letters, digits, '-' and '_'");
            }
            else if (names.Contains(scalar.Text))
            {
                scalar.Fail($"'{scalar.Text}' stands here a second time");
            }
            else
            {
                names.Add(scalar.Text);
            }
        }

        return names;
    }

    private static void NoteProblem(YamlMap map, string? problem)
    {
        if (problem is not null)
        {
            map.Fail(problem);
        }
    }

    /// <summary>True for a name of lower-case letters, digits, '-' and '_'.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_');
}
