using System.Globalization;
using System.Text.Json;

namespace DeidCluster.Dicom.Tests.Json;

/// <summary>Compares two texts of the DICOM JSON model by what they mean. What may differ, and why, is written here and nowhere else.</summary>
internal static class JsonSemantics
{
    /// <summary>What differs, by path; never the values.</summary>
    public static List<string> Differences(byte[] ours, byte[] theirs)
    {
        using JsonDocument a = JsonDocument.Parse(ours, new JsonDocumentOptions { MaxDepth = 256 });
        using JsonDocument b = JsonDocument.Parse(theirs, new JsonDocumentOptions { MaxDepth = 256 });
        List<string> differences = [];
        DataSets(a.RootElement, b.RootElement, "", differences);
        return differences;
    }

    private static void DataSets(JsonElement a, JsonElement b, string path, List<string> differences)
    {
        Dictionary<string, JsonElement> ofA = Attributes(a), ofB = Attributes(b);
        foreach (string tag in ofA.Keys.Union(ofB.Keys).Order(StringComparer.Ordinal))
        {
            if (!ofA.TryGetValue(tag, out JsonElement attributeA) || !ofB.TryGetValue(tag, out JsonElement attributeB))
            {
                differences.Add($"{path}{tag}: only {(ofA.ContainsKey(tag) ? "ours" : "theirs")}");
            }
            else
            {
                Attribute(attributeA, attributeB, path + tag, differences);
            }
        }
    }

    /// <summary>Without Specific Character Set: it names the encoding of the file in some peers' output, and is absent in others'.</summary>
    private static Dictionary<string, JsonElement> Attributes(JsonElement dataSet) =>
        dataSet.EnumerateObject().Where(member => member.Name != "00080005").ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);

    private static void Attribute(JsonElement a, JsonElement b, string path, List<string> differences)
    {
        string vr = a.GetProperty("vr").GetString()!;
        string vrB = b.GetProperty("vr").GetString()!;
        if (vr != vrB)
        {
            differences.Add($"{path}: VR {vr}, theirs {vrB}");
        }
        else if (Bytes(a) is { } bytesA && Bytes(b) is { } bytesB)
        {
            if (!bytesA.AsSpan().SequenceEqual(bytesB))
            {
                differences.Add($"{path}: {vr} other bytes");
            }
        }
        else if (vr == "SQ")
        {
            Items(Values(a), Values(b), path, differences);
        }
        else if (!Meanings(vr, a).SequenceEqual(Meanings(vr, b)))
        {
            differences.Add($"{path}: {vr} other values");
        }
    }

    private static void Items(JsonElement[] a, JsonElement[] b, string path, List<string> differences)
    {
        if (a.Length != b.Length)
        {
            differences.Add($"{path}: {a.Length} items, theirs {b.Length}");
            return;
        }

        for (int i = 0; i < a.Length; i++)
        {
            DataSets(a[i], b[i], $"{path}[{i}].", differences);
        }
    }

    private static byte[]? Bytes(JsonElement attribute) => attribute.TryGetProperty("InlineBinary", out JsonElement text) ? text.GetBytesFromBase64() : null;

    private static JsonElement[] Values(JsonElement attribute) => attribute.TryGetProperty("Value", out JsonElement array) ? [.. array.EnumerateArray()] : [];

    /// <summary>The values; where each is empty, dcm2json writes none.</summary>
    private static string[] Meanings(string vr, JsonElement attribute)
    {
        string[] meanings = [.. Values(attribute).Select(value => Meaning(vr, value))];
        return meanings.All(meaning => meaning.Length == 0) ? [] : meanings;
    }

    /// <summary>
    /// A number by its value (a peer may write IS and DS as number or string, PS3.18 table F.2.3-1), FL in its own precision, others in 15 digits, since DCMTK's own
    /// conversion errs in the last; negative zero is zero to Python and DCMTK. Text without what pads it, a name without empty groups and trailing carets.
    /// </summary>
    private static string Meaning(string vr, JsonElement value)
    {
        string text = value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.Object => string.Join('=', new[] { "Alphabetic", "Ideographic", "Phonetic" }.Select(name =>
                value.TryGetProperty(name, out JsonElement group) ? group.GetString()!.Trim(' ').TrimEnd('^') : "")).TrimEnd('='),
            JsonValueKind.Number => value.GetRawText(),
            _ => value.GetString()!.Trim(' ', '\0'),
        };
        bool isNumber = vr is "DS" or "IS" or "FL" or "FD" or "US" or "SS" or "UL" or "SL" && text.Length > 0;
        return isNumber && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? (vr == "FL" ? (float)number + 0f : number + 0d).ToString(vr == "FL" ? "G7" : "G15", CultureInfo.InvariantCulture)
            : text;
    }
}
