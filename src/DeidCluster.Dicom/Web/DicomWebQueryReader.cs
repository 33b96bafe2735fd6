using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>Reads the query part of a QIDO-RS URL (PS3.18 8.3.4). Unknown keys are refused: a key left out would answer with everybody.</summary>
internal static class DicomWebQueryReader
{
    private const int ParametersMax = 256;

    /// <summary>The query that <paramref name="route"/> and <paramref name="query"/> ask.</summary>
    public static DicomWebQuery Read(DicomWebRoute route, string query)
    {
        DataSet keys = new();
        keys.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        DicomWebQuery read = new() { Level = route.Level, StudyInstanceUid = route.StudyInstanceUid, SeriesInstanceUid = route.SeriesInstanceUid, Keys = keys };
        foreach ((string name, string value) in Parameters(query))
        {
            read = name.ToLowerInvariant() switch
            {
                "limit" => read with { Limit = Number(value) },
                "offset" => read with { Offset = Number(value) },
                "fuzzymatching" => read with { IsFuzzy = value.Equals("true", StringComparison.OrdinalIgnoreCase) },
                "includefield" => Include(read, value),
                "accept" => read,
                _ => Match(read, name, value),
            };
        }

        return read;
    }

    /// <summary>Name and value of each parameter, unescaped.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Parameters(string query)
    {
        string[] parameters = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);
        if (parameters.Length > ParametersMax)
        {
            throw Bad("The query has too many parameters.");
        }

        foreach (string parameter in parameters)
        {
            int equals = parameter.IndexOf('=');
            string name = equals < 0 ? parameter : parameter[..equals];
            yield return new(Unescape(name), equals < 0 ? "" : Unescape(parameter[(equals + 1)..]));
        }
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static DicomWebQuery Include(DicomWebQuery read, string value)
    {
        foreach (string name in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (name.Equals("all", StringComparison.OrdinalIgnoreCase))
            {
                read = read with { IncludeAll = true };
            }
            else if (Place(read.Keys, name) is (DataSet at, Tag tag) && !at.Contains(tag))
            {
                at.Set(DicomDictionary.Find(tag)?.Vr == Vr.SQ ? new SequenceElement(tag) : new ValueElement(tag, DicomDictionary.Find(tag)?.Vr ?? Vr.UN, default));
            }
        }

        return read;
    }

    private static DicomWebQuery Match(DicomWebQuery read, string name, string value)
    {
        (DataSet at, Tag tag) = Place(read.Keys, name);
        Vr vr = DicomDictionary.Find(tag)?.Vr ?? throw Bad("A key of the query is not in the dictionary.");
        string[] values = vr == Vr.UI ? value.Split(',', '\\') : value.Split('\\');
        try
        {
            if (value.Length == 0)
            {
                at.SetEmpty(tag);
            }
            else if (vr.IsText())
            {
                at.SetString(tag, vr, values);
            }
            else
            {
                at.SetInt(tag, [.. values.Select(each => int.Parse(each, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))]);
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw Bad("A value of the query does not fit its key.");
        }

        return read;
    }

    /// <summary>The data set in which the last element of <paramref name="path"/> stands, with the sequences on the way made, and its tag.</summary>
    private static (DataSet At, Tag Tag) Place(DataSet keys, string path)
    {
        string[] steps = path.Split('.');
        if (steps.Length > DicomWebQuery.KeyDepthMax)
        {
            throw Bad("A key of the query lies too deep.");
        }

        foreach (string step in steps[..^1])
        {
            Tag sequence = ReadTag(step);
            if (DicomDictionary.Find(sequence)?.Vr != Vr.SQ)
            {
                throw Bad("A key of the query leads through an element that is no sequence.");
            }

            if (keys.Items(sequence) is not [DataSet, ..])
            {
                keys.SetItems(sequence, new DataSet());
            }

            keys = keys.Items(sequence)[0];
        }

        return (keys, ReadTag(steps[^1]));
    }

    private static Tag ReadTag(string name) => Tag.TryParse(name, out Tag tag) ? tag
        : DicomDictionary.FindKeyword(name)?.Tag ?? throw Bad("The query has a parameter that is no attribute.");

    private static int Number(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number : throw Bad("Limit and offset are whole numbers.");

    private static DicomWebRefusal Bad(string reason) => new(DicomWebRefusal.BadRequest, reason);
}
