using System.Globalization;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>A key and its value.</summary>
internal sealed record YamlEntry(YamlScalar Key, YamlValue Value);

/// <summary>
/// A map of a strict YAML file. The reader takes each key that it knows, by type; what is wrong is noted and a harmless value is
/// returned, so that one pass finds everything. <see cref="Finish"/> of the outermost map refuses keys that nobody took, at any
/// depth, and throws when something was wrong: nothing that was read may be used before it.
/// </summary>
public sealed class YamlMap : YamlValue
{
    private readonly IReadOnlyList<YamlEntry> entries;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly bool standsForMistake;

    internal YamlMap(YamlSource source, int line, int column, IReadOnlyList<YamlEntry> entries, bool standsForMistake = false)
        : base(source, line, column)
    {
        this.entries = entries;
        this.standsForMistake = standsForMistake;
    }

    /// <summary>The keys in the order of the file, for maps whose keys are names that the user chose.</summary>
    public IReadOnlyList<string> Keys => [.. entries.Select(entry => entry.Key.Text)];

    /// <summary>The keys that were asked for, present or not.</summary>
    internal IReadOnlySet<string> Known => known;

    internal override string Kind => "a map";

    /// <summary>True when <paramref name="key"/> is present, whatever its value; it does not count as taken.</summary>
    public bool Has(string key) => entries.Any(entry => entry.Key.Text == key);

    /// <summary>The value of <paramref name="key"/> whatever its type, or null when it is absent or empty.</summary>
    public YamlValue? Optional(string key)
    {
        known.Add(key);
        YamlValue? value = entries.FirstOrDefault(entry => entry.Key.Text == key)?.Value;
        return value is YamlScalar { IsNull: true } ? null : value;
    }

    /// <summary>The value of <paramref name="key"/> whatever its type; null, and noted as missing, when it is absent or empty.</summary>
    public YamlValue? Required(string key)
    {
        YamlValue? value = Optional(key);
        if (value is null && !standsForMistake)
        {
            Source.Add(Line, Column, $"key '{key}' is missing here");
        }

        return value;
    }

    /// <summary>The text of <paramref name="key"/>, which must be present.</summary>
    public string RequiredString(string key) => Text(Required(key)) ?? "";

    /// <summary>The text of <paramref name="key"/>, or <paramref name="fallback"/> when it is absent.</summary>
    public string? OptionalString(string key, string? fallback = null) => Text(Optional(key)) ?? fallback;

    /// <summary>The whole number of <paramref name="key"/>, which must be present and within the bounds.</summary>
    public int RequiredInt(string key, int least = 0, int most = int.MaxValue) => Int(Required(key), least, most) ?? least;

    /// <summary>The whole number of <paramref name="key"/> within the bounds, or <paramref name="fallback"/> when it is absent.</summary>
    public int OptionalInt(string key, int fallback, int least = 0, int most = int.MaxValue) => Int(Optional(key), least, most) ?? fallback;

    /// <summary>The number of <paramref name="key"/> within the bounds, or <paramref name="fallback"/> when it is absent.</summary>
    public double OptionalDouble(string key, double fallback, double least = 0, double most = double.MaxValue)
    {
        YamlValue? value = Optional(key);
        if (value is null)
        {
            return fallback;
        }

        if (value is YamlScalar { Quoted: false } scalar
            && double.TryParse(scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number >= least && number <= most)
        {
            return number;
        }

        value.Fail(FormattableString.Invariant($"a number from {least} to {most} is expected here"));
        return fallback;
    }

    /// <summary>true or false as <paramref name="key"/> says, or <paramref name="fallback"/> when it is absent. No other spelling.</summary>
    public bool OptionalBool(string key, bool fallback)
    {
        YamlValue? value = Optional(key);
        if (value is null)
        {
            return fallback;
        }

        if (value is YamlScalar { Quoted: false, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        value.Fail("true or false is expected here");
        return fallback;
    }

    /// <summary>The member of <typeparamref name="T"/> that <paramref name="key"/> names in kebab-case (FullDates is full-dates); it must be present.</summary>
    public T RequiredEnum<T>(string key) where T : struct, Enum => Member<T>(Required(key)) ?? default;

    /// <summary>The member of <typeparamref name="T"/> that <paramref name="key"/> names in kebab-case, or <paramref name="fallback"/> when it is absent.</summary>
    public T OptionalEnum<T>(string key, T fallback) where T : struct, Enum => Member<T>(Optional(key)) ?? fallback;

    /// <summary>The map of <paramref name="key"/>, which must be present.</summary>
    public YamlMap RequiredMap(string key) => Map(Required(key)) ?? new YamlMap(Source, Line, Column, [], standsForMistake: true);

    /// <summary>The map of <paramref name="key"/>, or null when it is absent.</summary>
    public YamlMap? OptionalMap(string key) => Map(Optional(key));

    /// <summary>The values of the list <paramref name="key"/>; none when it is absent.</summary>
    public IReadOnlyList<YamlValue> OptionalList(string key)
    {
        YamlValue? value = Optional(key);
        if (value is YamlList list)
        {
            return list.Values;
        }

        value?.Fail($"a list is expected here, not {value.Kind}");
        return [];
    }

    /// <summary>The maps of the list <paramref name="key"/>; none when it is absent.</summary>
    public IReadOnlyList<YamlMap> OptionalMaps(string key) => [.. OptionalList(key).Select(Map).OfType<YamlMap>()];

    /// <summary>The texts of the list <paramref name="key"/>, with their places; none when it is absent.</summary>
    public IReadOnlyList<YamlScalar> OptionalScalars(string key) => [.. OptionalList(key).Select(Scalar).OfType<YamlScalar>()];

    /// <summary>The texts of the list <paramref name="key"/>; none when it is absent.</summary>
    public IReadOnlyList<string> OptionalStrings(string key) => [.. OptionalScalars(key).Select(scalar => scalar.Text)];

    /// <summary>The scalar of <paramref name="key"/> with its place, or null when it is absent.</summary>
    public YamlScalar? OptionalScalar(string key) => Optional(key) is { } value ? Scalar(value) : null;

    /// <summary>The scalar of <paramref name="key"/> with its place; null, and noted, when it is absent.</summary>
    public YamlScalar? RequiredScalar(string key) => Required(key) is { } value ? Scalar(value) : null;

    /// <summary>Refuses every key that nobody took, here and at any depth below, and reports everything that was noted.</summary>
    /// <exception cref="ConfigurationException">Something was wrong; all problems of the file in its order.</exception>
    public void Finish()
    {
        NoteLeftovers();
        Source.ThrowIfAny();
    }

    /// <summary>Notes that something is missing from the file; it is reported behind all other problems.</summary>
    public void FailAtEnd(string problem) => Source.Add(Source.EndLine, 1, problem);

    /// <summary>The word for <paramref name="name"/>, a PascalCase identifier, in configuration files: FullDates is full-dates.</summary>
    public static string Kebab(string name)
    {
        StringBuilder word = new();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && word.Length > 0)
            {
                word.Append('-');
            }

            word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }

    private static void NoteLeftovers(YamlValue value)
    {
        if (value.HasFailed)
        {
            return;
        }

        if (value is YamlList list)
        {
            foreach (YamlValue item in list.Values)
            {
                NoteLeftovers(item);
            }
        }
        else if (value is YamlMap map)
        {
            map.NoteLeftovers();
        }
    }

    private void NoteLeftovers()
    {
        foreach (YamlEntry entry in entries)
        {
            if (known.Contains(entry.Key.Text))
            {
                NoteLeftovers(entry.Value);
            }
            else
            {
                entry.Key.Fail($"unknown key '{entry.Key.Text}'{NearestWord.Suggest(entry.Key.Text, known)}");
            }
        }

    }

    private static YamlMap? Map(YamlValue? value)
    {
        if (value is YamlMap map)
        {
            return map;
        }

        value?.Fail($"a map of keys is expected here, not {value.Kind}");
        return null;
    }

    private static YamlScalar? Scalar(YamlValue value)
    {
        if (value is YamlScalar { IsNull: false } scalar)
        {
            return scalar;
        }

        value.Fail($"text is expected here, not {value.Kind}");
        return null;
    }

    private static string? Text(YamlValue? value) => value is null ? null : Scalar(value)?.Text;

    private static int? Int(YamlValue? value, int least, int most)
    {
        if (value is null)
        {
            return null;
        }

        if (value is YamlScalar { Quoted: false } scalar
            && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            && number >= least && number <= most)
        {
            return number;
        }

        value.Fail(most == int.MaxValue ? $"a whole number, {least} or more, is expected here" : $"a whole number from {least} to {most} is expected here");
        return null;
    }

    private static T? Member<T>(YamlValue? value) where T : struct, Enum
    {
        if (value is null || Scalar(value) is not { } scalar)
        {
            return null;
        }

        foreach (T member in Enum.GetValues<T>())
        {
            if (Kebab(member.ToString()) == scalar.Text)
            {
                return member;
            }
        }

        string[] words = [.. Enum.GetNames<T>().Select(Kebab)];
        scalar.Fail($"unknown value '{scalar.Text}'{NearestWord.Suggest(scalar.Text, words)}; known: {string.Join(", ", words)}");
        return null;
    }
}
