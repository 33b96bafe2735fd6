using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <content>The "Value" array (PS3.18 F.2.3 to F.2.5) back to a value field.</content>
internal ref partial struct DicomJsonDecoder
{
    private const int DecimalStringBytesMax = 16;

    /// <summary>Text values, joined. A backslash inside one parts values on this side, as PS3.18 F.2.4 warns.</summary>
    private ValueElement ReadText(Tag tag, Vr vr)
    {
        value.ResetWrittenCount();
        for (int index = 0; Next() != JsonTokenType.EndArray; index++)
        {
            if (index > 0)
            {
                value.Write(vr.IsSingleText() ? throw Malformed($"more than one value of {vr}", json.TokenStartIndex, tag) : "\\"u8);
            }

            switch (json.TokenType)
            {
                case JsonTokenType.Null:
                    break;
                case JsonTokenType.StartObject when vr == Vr.PN:
                    ReadPersonName(tag);
                    break;
                case JsonTokenType.String:
                    AppendText(tag);
                    break;
                case JsonTokenType.Number when vr is Vr.DS or Vr.IS:
                    AppendNumber(tag, vr);
                    break;
                default:
                    throw Malformed($"no value of {vr}", json.TokenStartIndex, tag);
            }
        }

        if (tag == Tags.SpecificCharacterSet && value.WrittenCount > 0)
        {
            return new ValueElement(tag, vr, Utf8Term); // what was Unicode here is written as UTF-8
        }

        if (Ascii.IsValid(value.WrittenSpan))
        {
            return new ValueElement(tag, vr, Padded(vr, value.WrittenSpan.ToArray()));
        }

        needsCharacterSet |= vr.UsesCharacterSet();
        return new ValueElement(tag, vr, Padded(vr, vr.UsesCharacterSet() ? value.WrittenSpan.ToArray() : Latin1(tag)));
    }

    /// <summary>Bytes above 7FH, which the default repertoire lacks, are read as Latin-1, and so they are given back.</summary>
    private readonly byte[] Latin1(Tag tag)
    {
        string text = Encoding.UTF8.GetString(value.WrittenSpan);
        return text.All(character => character <= 0xFF)
            ? Encoding.Latin1.GetBytes(text)
            : throw Malformed("a character that the default repertoire lacks", json.TokenStartIndex, tag);
    }

    private void ReadPersonName(Tag tag)
    {
        string?[] groups = new string?[3];
        while (Next() == JsonTokenType.PropertyName)
        {
            int group = json.ValueTextEquals("Alphabetic"u8) ? 0 : json.ValueTextEquals("Ideographic"u8) ? 1 : json.ValueTextEquals("Phonetic"u8) ? 2 : -1;
            json.Read();
            if (group < 0)
            {
                json.Skip();
                continue;
            }

            if (groups[group] is not null || json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            {
                throw Malformed("a component group that is no text, or stands there twice", json.TokenStartIndex, tag);
            }

            groups[group] = json.TokenType == JsonTokenType.Null ? "" : Text(tag);
        }

        Encoding.UTF8.GetBytes(string.Join('=', groups).TrimEnd('='), value);
    }

    private readonly void AppendText(Tag tag)
    {
        try
        {
            value.Advance(json.CopyString(value.GetSpan(Math.Max(1, json.ValueSpan.Length))));
        }
        catch (InvalidOperationException) // invalid UTF-8, or half a surrogate pair
        {
            throw Malformed("text that is no Unicode", json.TokenStartIndex, tag);
        }
    }

    private readonly string Text(Tag tag)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException) // invalid UTF-8, or half a surrogate pair
        {
            throw Malformed("text that is no Unicode", json.TokenStartIndex, tag);
        }
    }

    /// <summary>A number as it is written there, unless that is no valid DS or IS: then the nearest that is (PS3.5 table 6.2-1).</summary>
    private readonly void AppendNumber(Tag tag, Vr vr)
    {
        ReadOnlySpan<byte> text = json.ValueSpan;
        bool isInteger = !text.ContainsAny(".eE"u8);
        if (vr == Vr.IS ? isInteger : text.Length <= DecimalStringBytesMax)
        {
            value.Write(text);
            return;
        }

        bool isFinite = json.TryGetDouble(out double number) && double.IsFinite(number);
        if (!isFinite || (vr == Vr.IS && (!double.IsInteger(number) || Math.Abs(number) > int.MaxValue)))
        {
            throw Malformed($"a number that is none of {vr}", json.TokenStartIndex, tag);
        }

        Encoding.ASCII.GetBytes(vr == Vr.IS ? ((int)number).ToString(CultureInfo.InvariantCulture) : NumberValues.DecimalString(number), value);
    }

    private ValueElement ReadNumbers(Tag tag, Vr vr)
    {
        value.ResetWrittenCount();
        int size = vr == Vr.AT ? 4 : vr.UnitBytes();
        while (Next() != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.Null && value.WrittenCount == 0)
            {
                continue; // a number cannot be empty; alone, null says that the value is
            }

            if (json.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || json.ValueIsEscaped || !NumberValues.TryWrite(vr, json.ValueSpan, value.GetSpan(size)))
            {
                throw Malformed($"no value of {vr}", json.TokenStartIndex, tag);
            }

            value.Advance(size);
        }

        return new ValueElement(tag, vr, value.WrittenSpan.ToArray());
    }

    private static byte[] Padded(Vr vr, byte[] bytes)
    {
        if (bytes.Length % 2 == 1)
        {
            Array.Resize(ref bytes, bytes.Length + 1);
            bytes[^1] = vr.PaddingByte();
        }

        return bytes;
    }
}
