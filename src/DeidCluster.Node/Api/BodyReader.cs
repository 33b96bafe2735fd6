using System.Globalization;
using System.Text.Json;

namespace DeidCluster.Node;

/// <summary>
/// A JSON object of a body, read strictly: each member is taken by name and type, and <see cref="Finish"/> notes those that nobody
/// took. Problems name the member's path and never its value.
/// </summary>
internal sealed class BodyReader(JsonElement element, string path, List<FieldProblem> problems)
{
    private readonly HashSet<string> known = [];

    /// <summary>The text of <paramref name="name"/>; null when it is absent, null or empty.</summary>
    public string? String(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return Wrong<string>(name, "is not a text");
        }

        string text = value.GetString()!;
        return text.Length == 0 ? null : text;
    }

    /// <summary>The text of <paramref name="name"/>, not longer than <paramref name="lengthMax"/> characters; null when it is absent.</summary>
    public string? String(string name, int lengthMax) =>
        String(name) is not { } text ? null : text.Length <= lengthMax ? text : Wrong<string>(name, $"is longer than {lengthMax} characters");

    /// <summary>The time zone of <paramref name="name"/>, which this machine must know; null when it is absent.</summary>
    public string? TimeZone(string name) =>
        String(name) is not { } zone ? null : TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : Wrong<string>(name, "is no time zone like Europe/Berlin");

    /// <summary>The whole number of <paramref name="name"/> within the bounds, or <paramref name="fallback"/> when it is absent.</summary>
    public int Int(string name, int fallback, int least, int most) => OptionalInt(name, least, most) ?? fallback;

    /// <summary>The whole number of <paramref name="name"/> within the bounds; null when it is absent.</summary>
    public int? OptionalInt(string name, int least, int most)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most
            ? number
            : Wrong<int?>(name, $"is not a whole number from {least} to {most}");
    }

    /// <summary>The number of <paramref name="name"/>, 0 or more; null when it is absent.</summary>
    public double? OptionalNumber(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= 0 && double.IsFinite(number)
            ? number
            : Wrong<double?>(name, "is not a number from 0 on");
    }

    /// <summary>The text of <paramref name="name"/>, possibly empty; null when it is absent.</summary>
    public string? OptionalText(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "is not a text");
    }

    /// <summary><paramref name="value"/>, or a problem noted when <paramref name="name"/> is absent.</summary>
    public T Required<T>(string name, T? value) where T : struct =>
        value ?? (Take(name) is null ? Wrong<T>(name, "is missing") : default);

    /// <summary>The texts of the list <paramref name="name"/>; none when it is absent.</summary>
    public IReadOnlyList<string> Strings(string name)
    {
        if (Take(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            return Wrong<IReadOnlyList<string>>(name, "is not a list of texts") ?? [];
        }

        return [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>The word of <paramref name="name"/>, one of the members of <typeparamref name="T"/> in camelCase; null when it is absent.</summary>
    public T? Enum<T>(string name) where T : struct, System.Enum =>
        String(name) is not { } word ? null
        : Words.TryRead(word, out T member) ? member
        : Wrong<T?>(name, $"is none of {string.Join(", ", Words.All<T>())}");

    /// <summary>The date of <paramref name="name"/>, written yyyy-MM-dd; null when it is absent.</summary>
    public DateOnly? Date(string name) =>
        String(name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? date
        : Wrong<DateOnly?>(name, "is not a date like 2026-01-31");

    /// <summary>The time of <paramref name="name"/> with its offset; null when it is absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out DateTimeOffset at)
            ? at
            : Wrong<DateTimeOffset?>(name, "is not a time like 2026-01-31T08:30:00Z");
    }

    /// <summary>Notes every member that nobody took.</summary>
    public void Finish()
    {
        foreach (JsonProperty member in element.EnumerateObject().Where(member => !known.Contains(member.Name)))
        {
            problems.Add(new FieldProblem(path + member.Name, $"is not known here{Deid.NearestWord.Suggest(member.Name, known)}"));
        }
    }

    private JsonElement? Take(string name)
    {
        known.Add(name);
        return element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T? Wrong<T>(string name, string problem)
    {
        problems.Add(new FieldProblem(path + name, problem));
        return default;
    }
}
