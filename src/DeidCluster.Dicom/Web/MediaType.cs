using System.Globalization;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// A media type with its parameters (RFC 9110 8.3.1), read leniently: a value such as <c>type=application/dicom</c> should be quoted, and often is not.
/// Names and the type itself are in lower case; values are as they were written, without quotes.
/// </summary>
public sealed class MediaType
{
    /// <summary>More parameters than any peer sends; further ones are left out.</summary>
    private const int ParametersMax = 16;

    private readonly List<KeyValuePair<string, string>> parameters = [];

    private MediaType(string name) => Name = name;

    /// <summary>DICOM part 10 files.</summary>
    public const string Dicom = "application/dicom";

    /// <summary>The DICOM JSON model (PS3.18 annex F).</summary>
    public const string DicomJson = "application/dicom+json";

    /// <summary>The native DICOM model (PS3.19 annex A) as XML.</summary>
    public const string DicomXml = "application/dicom+xml";

    /// <summary>Bytes without more meaning: uncompressed frames and bulk data.</summary>
    public const string OctetStream = "application/octet-stream";

    /// <summary>Several parts, of which the first is the root (RFC 2387).</summary>
    public const string MultipartRelated = "multipart/related";

    /// <summary>Type and subtype, such as "multipart/related"; a range in an Accept header may have "*" for either.</summary>
    public string Name { get; }

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters => parameters;

    /// <summary>The quality of a range in an Accept header (RFC 9110 12.4.2), 0 to 1; 1 when it names none, 0 when it cannot be read.</summary>
    public double Quality => Parameter("q") is not string text ? 1
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double quality) ? Math.Clamp(quality, 0, 1) : 0;

    /// <summary>The value of the parameter <paramref name="name"/> (lower case); null when it is not there.</summary>
    public string? Parameter(string name)
    {
        foreach ((string known, string value) in parameters)
        {
            if (known == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Reads one media type; null when <paramref name="text"/> is none.</summary>
    public static MediaType? Parse(string? text)
    {
        int at = 0;
        return text is null ? null : ReadOne(text, ref at);
    }

    /// <summary>Reads the list of an Accept header; what is no media type is left out.</summary>
    public static IReadOnlyList<MediaType> ParseList(string? text)
    {
        List<MediaType> types = [];
        for (int at = 0; text is not null && at < text.Length; at++)
        {
            if (ReadOne(text, ref at) is MediaType type)
            {
                types.Add(type);
            }
        }

        return types;
    }

    /// <summary>True when <paramref name="name"/> lies in this range: equal, "type/*" or "*/*" (RFC 9110 12.5.1).</summary>
    public bool Includes(string name) => Name == name || Name == "*/*"
        || (Name.EndsWith("/*", StringComparison.Ordinal) && name.StartsWith(Name[..^1], StringComparison.Ordinal));

    /// <summary>As it is written in a header: values are quoted when they must be.</summary>
    public override string ToString()
    {
        StringBuilder text = new(Name);
        foreach ((string name, string value) in parameters)
        {
            text.Append("; ").Append(name).Append('=').Append(value.Length > 0 && value.All(IsTokenLetter) ? value : $"\"{value}\"");
        }

        return text.ToString();
    }

    /// <summary>Reads up to a comma outside quotes or the end, and leaves <paramref name="at"/> there.</summary>
    private static MediaType? ReadOne(string text, ref int at)
    {
        string name = ReadUntil(text, ref at, ";,").Trim().ToLowerInvariant();
        int slash = name.IndexOf('/');
        bool isType = slash > 0 && slash < name.Length - 1 && name.All(letter => letter == '/' || IsTokenLetter(letter)) && name.Count(letter => letter == '/') == 1;
        MediaType type = new(name);
        while (at < text.Length && text[at] == ';')
        {
            at++;
            string parameter = ReadUntil(text, ref at, "=;,").Trim().ToLowerInvariant();
            string value = "";
            if (at < text.Length && text[at] == '=')
            {
                at++;
                value = ReadValue(text, ref at);
            }

            if (parameter.Length > 0 && type.parameters.Count < ParametersMax)
            {
                type.parameters.Add(new(parameter, value));
            }
        }

        return isType ? type : null;
    }

    private static string ReadValue(string text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
        {
            at++;
        }

        if (at >= text.Length || text[at] != '"')
        {
            return ReadUntil(text, ref at, ";,").Trim();
        }

        StringBuilder value = new();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            value.Append(text[at]);
        }

        ReadUntil(text, ref at, ";,");
        return value.ToString();
    }

    private static string ReadUntil(string text, ref int at, string ends)
    {
        int start = at;
        int end = text.AsSpan(start).IndexOfAny(ends);
        at = end < 0 ? text.Length : start + end;
        return text[start..at];
    }

    private static bool IsTokenLetter(char letter) => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter, StringComparison.Ordinal);
}
