using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>Reads and writes the DICOM JSON model (PS3.18 annex F) as DICOMweb messages carry it.</summary>
internal static class JsonDataSets
{
    /// <summary>Each sequence takes three levels of JSON.</summary>
    private const int JsonDepthMax = 64;

    private const string Utf8 = "ISO_IR 192";

    private static readonly JsonSerializerOptions Options = new() { MaxDepth = JsonDepthMax };

    /// <summary>The data sets of an array, as they come. What is no DICOM JSON is a <see cref="DicomFormatException"/>.</summary>
    public static async IAsyncEnumerable<DataSet> ReadAllAsync(Stream json, [EnumeratorCancellation] CancellationToken ct)
    {
        await using IAsyncEnumerator<JsonElement> items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(json, Options, ct).GetAsyncEnumerator(ct);
        while (await MoveAsync(items).ConfigureAwait(false))
        {
            yield return Read(items.Current, depth: 0);
        }
    }

    /// <summary>The data set that is the whole of <paramref name="json"/>, or the first of an array of them.</summary>
    public static DataSet ReadOne(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonDepthMax });
            JsonElement root = document.RootElement;
            return Read(root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 ? root[0] : root, depth: 0);
        }
        catch (JsonException e)
        {
            throw new DicomFormatException("no readable JSON", e.BytePositionInLine ?? 0);
        }
    }

    /// <summary>
    /// Writes <paramref name="dataSet"/> as an object. Values that were left in the file, and pixels, are named by a URI: <paramref name="bulkRoot"/>, "/" and
    /// their <see cref="BulkDataPath"/>; without a root they are left empty.
    /// </summary>
    public static void Write(Utf8JsonWriter json, DataSet dataSet, string? bulkRoot)
    {
        json.WriteStartObject();
        foreach (Element element in dataSet.OrderBy(element => element.Tag).DistinctBy(element => element.Tag).Where(IsWritten))
        {
            json.WriteStartObject(element.Tag.Value.ToString("X8", CultureInfo.InvariantCulture));
            json.WriteString("vr", element.Vr.ToString());
            switch (element)
            {
                case SequenceElement { Items.Count: > 0 } sequence:
                    WriteItems(json, sequence, bulkRoot is null ? null : $"{bulkRoot}/{sequence.Tag.Value:X8}");
                    break;
                case ValueElement { Bytes.Length: > 0 } value when element.Tag != Tags.PixelData:
                    WriteValue(json, dataSet, value);
                    break;
                case ValueElement { Bytes.Length: > 0 } or RangeElement or FragmentsElement when bulkRoot is not null:
                    json.WriteString("BulkDataURI", $"{bulkRoot}/{element.Tag.Value:X8}");
                    break;
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static bool IsWritten(Element element) => !element.Tag.IsGroupLength && element.Tag.Group > 0x0002;

    private static void WriteItems(Utf8JsonWriter json, SequenceElement sequence, string? bulkRoot)
    {
        json.WriteStartArray("Value");
        for (int item = 0; item < sequence.Items.Count; item++)
        {
            Write(json, sequence.Items[item], bulkRoot is null ? null : $"{bulkRoot}/{item + 1}");
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, DataSet dataSet, ValueElement element)
    {
        if (element.Vr is Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.UN)
        {
            json.WriteBase64String("InlineBinary", element.Bytes.Span);
            return;
        }

        json.WriteStartArray("Value");
        if (element.Tag == Tags.SpecificCharacterSet)
        {
            json.WriteStringValue(Utf8); // F.2.1: the text is UTF-8 now
        }
        else if (element.Vr == Vr.AT)
        {
            for (int at = 0; at + 4 <= element.Bytes.Length; at += 4)
            {
                json.WriteStringValue($"{BinaryPrimitives.ReadUInt16LittleEndian(element.Bytes.Span[at..]):X4}{BinaryPrimitives.ReadUInt16LittleEndian(element.Bytes.Span[(at + 2)..]):X4}");
            }
        }
        else
        {
            foreach (string value in dataSet.Strings(element))
            {
                WriteOne(json, element.Vr, value);
            }
        }

        json.WriteEndArray();
    }

    private static void WriteOne(Utf8JsonWriter json, Vr vr, string value)
    {
        if (vr == Vr.PN)
        {
            WritePersonName(json, value);
        }
        else if (value.Length == 0)
        {
            json.WriteNullValue();
        }
        else if (vr is Vr.DS or Vr.IS or Vr.FL or Vr.FD or Vr.SL or Vr.SS or Vr.UL or Vr.US or Vr.SV or Vr.UV && AsNumber(vr, value) is string number)
        {
            json.WriteRawValue(number);
        }
        else
        {
            json.WriteStringValue(value);
        }
    }

    /// <summary>The text as a JSON number; null where it must stay text: 64 bits lose digits in readers, and many files hold no number in DS or IS.</summary>
    private static string? AsNumber(Vr vr, string value)
    {
        string trimmed = value.Trim().TrimStart('+');
        byte[] utf8 = Encoding.UTF8.GetBytes(trimmed);
        Utf8JsonReader reader = new(utf8);
        try
        {
            return vr is not (Vr.SV or Vr.UV) && reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read() ? trimmed : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void WritePersonName(Utf8JsonWriter json, string value)
    {
        json.WriteStartObject();
        foreach ((string group, string name) in value.Split('=').Zip(["Alphabetic", "Ideographic", "Phonetic"]))
        {
            if (group.Length > 0)
            {
                json.WriteString(name, group);
            }
        }

        json.WriteEndObject();
    }

    private static DataSet Read(JsonElement json, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object || depth > JsonDepthMax)
        {
            throw new DicomFormatException("a data set that is no JSON object", 0);
        }

        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, Utf8);
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object && Tag.TryParse(property.Name, out Tag tag) && tag != Tags.SpecificCharacterSet)
            {
                ReadElement(dataSet, tag, property.Value, depth);
            }
        }

        return dataSet;
    }

    private static void ReadElement(DataSet dataSet, Tag tag, JsonElement json, int depth)
    {
        string name = json.TryGetProperty("vr", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        Vr vr = name.Length == 2 && VrFacts.TryParse((byte)name[0], (byte)name[1], out Vr known) ? known : DicomDictionary.Find(tag)?.Vr ?? Vr.UN;
        JsonElement[] values = json.TryGetProperty("Value", out JsonElement array) && array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray()] : [];
        try
        {
            if (vr == Vr.SQ)
            {
                dataSet.SetItems(tag, [.. values.Select(item => Read(item, depth + 1))]);
            }
            else if (vr == Vr.PN)
            {
                dataSet.SetString(tag, vr, [.. values.Select(ReadPersonName)]);
            }
            else if (json.TryGetProperty("InlineBinary", out JsonElement binary))
            {
                dataSet.SetBytes(tag, vr, binary.GetBytesFromBase64());
            }
            else if (!json.TryGetProperty("BulkDataURI", out _))
            {
                ValueText.Set(dataSet, tag, vr, [.. values.Select(value => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Null ? "" : value.GetRawText())]);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new DicomFormatException("a value that does not fit its VR", 0, tag.ToString());
        }
    }

    private static string ReadPersonName(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return json.ValueKind == JsonValueKind.String ? json.GetString()! : "";
        }

        IEnumerable<string> groups = new[] { "Alphabetic", "Ideographic", "Phonetic" }.Select(name =>
            json.TryGetProperty(name, out JsonElement group) && group.ValueKind == JsonValueKind.String ? group.GetString()! : "");
        return string.Join('=', groups).TrimEnd('=');
    }

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<JsonElement> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw new DicomFormatException("no readable JSON", e.BytePositionInLine ?? 0);
        }
    }
}
