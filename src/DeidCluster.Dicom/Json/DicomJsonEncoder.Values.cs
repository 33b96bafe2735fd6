using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace DeidCluster.Dicom;

/// <content>The "Value" array (PS3.18 F.2.3 to F.2.5).</content>
internal sealed partial class DicomJsonEncoder
{
    private const int DecimalStringBytesMax = 16;
    private const int IntegerStringBytesMax = 12;

    /// <summary>Beyond it a double, which is all that many a JSON reader has, is not exact.</summary>
    private const long ExactIntegerMax = 1L << 53;

    private void WriteNumbers(Vr vr, int size, ReadOnlySpan<byte> bytes)
    {
        json.WriteStartArray("Value"u8);
        for (; bytes.Length > 0; bytes = bytes[size..])
        {
            switch (vr)
            {
                case Vr.US:
                    json.WriteNumberValue(BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                    break;
                case Vr.SS:
                    json.WriteNumberValue(BinaryPrimitives.ReadInt16LittleEndian(bytes));
                    break;
                case Vr.UL:
                    json.WriteNumberValue(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                    break;
                case Vr.SL:
                    json.WriteNumberValue(BinaryPrimitives.ReadInt32LittleEndian(bytes));
                    break;
                case Vr.SV:
                    WriteInteger(BinaryPrimitives.ReadInt64LittleEndian(bytes));
                    break;
                case Vr.UV:
                    WriteInteger(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                    break;
                case Vr.FL or Vr.FD when IsNegativeZero(bytes[..size]):
                    json.WriteRawValue("-0.0"u8, skipInputValidation: true); // without a fraction some readers take it for an integer, which has no such zero
                    break;
                case Vr.FL when BinaryPrimitives.ReadSingleLittleEndian(bytes) is var single && float.IsFinite(single):
                    json.WriteNumberValue(single);
                    break;
                case Vr.FD when BinaryPrimitives.ReadDoubleLittleEndian(bytes) is var number && double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                case Vr.FL:
                    WriteNotFinite(BinaryPrimitives.ReadSingleLittleEndian(bytes));
                    break;
                case Vr.FD:
                    WriteNotFinite(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                    break;
                default:
                    uint tag = (uint)(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
                    json.WriteStringValue(tag.ToString("X8", CultureInfo.InvariantCulture));
                    break;
            }
        }

        json.WriteEndArray();
    }

    private static bool IsNegativeZero(ReadOnlySpan<byte> bytes) => bytes[^1] == 0x80 && !bytes[..^1].ContainsAnyExcept((byte)0);

    private void WriteInteger(Int128 value)
    {
        if (Int128.Abs(value) <= ExactIntegerMax)
        {
            json.WriteNumberValue((long)value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture)); // PS3.18 table F.2.3-1, note
        }
    }

    /// <summary>JSON has no number for these; the words are those that other implementations read and write.</summary>
    private void WriteNotFinite(double value) => json.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "inf"u8 : "-inf"u8);

    private void WriteText(CharacterSet characterSet, Vr vr, ReadOnlySpan<byte> bytes)
    {
        bool isUtf8 = IsPlain(bytes) || (vr.UsesCharacterSet() && characterSet.IsUtf8 && Utf8.IsValid(bytes));
        ReadOnlySpan<byte> text = isUtf8 ? bytes : Encoding.UTF8.GetBytes(TextValues.Decode(characterSet, vr, bytes));
        if (vr.IsSingleText() || !text.Contains((byte)'\\'))
        {
            text = TextValues.Trim(vr, text);
            if (text.IsEmpty)
            {
                return;
            }

            json.WriteStartArray("Value"u8);
            WriteText(vr, text);
        }
        else
        {
            json.WriteStartArray("Value"u8);
            foreach (Range value in text.Split((byte)'\\'))
            {
                WriteText(vr, TextValues.Trim(vr, text[value]));
            }
        }

        json.WriteEndArray();
    }

    private void WriteText(Vr vr, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            json.WriteNullValue();
        }
        else if (vr == Vr.PN)
        {
            WritePersonName(text);
        }
        else if ((vr == Vr.DS && IsExactNumber(text, DecimalStringBytesMax, isInteger: false)) || (vr == Vr.IS && IsExactNumber(text, IntegerStringBytesMax, isInteger: true)))
        {
            json.WriteRawValue(text, skipInputValidation: true);
        }
        else
        {
            json.WriteStringValue(text);
        }
    }

    /// <summary>The component groups that are not empty (PS3.18 F.2.2); a fourth, which PS3.5 does not know, stays with the third.</summary>
    private void WritePersonName(ReadOnlySpan<byte> name)
    {
        if (name.Trim((byte)'=').IsEmpty)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        WriteGroup("Alphabetic"u8, ref name, isLast: false);
        WriteGroup("Ideographic"u8, ref name, isLast: false);
        WriteGroup("Phonetic"u8, ref name, isLast: true);
        json.WriteEndObject();
    }

    private void WriteGroup(ReadOnlySpan<byte> member, ref ReadOnlySpan<byte> name, bool isLast)
    {
        int end = isLast ? -1 : name.IndexOf((byte)'=');
        ReadOnlySpan<byte> group = TextValues.Trim(Vr.PN, end < 0 ? name : name[..end]);
        name = end < 0 ? default : name[(end + 1)..];
        if (!group.IsEmpty)
        {
            json.WriteString(member, group);
        }
    }

    /// <summary>
    /// True when <paramref name="text"/> is a number by the grammar of JSON (RFC 8259 6) and not longer than its representation allows; else it is written as a
    /// string, which keeps it as it is (PS3.18 table F.2.3-1, note).
    /// </summary>
    private static bool IsExactNumber(ReadOnlySpan<byte> text, int bytesMax, bool isInteger)
    {
        ReadOnlySpan<byte> rest = text[0] == '-' ? text[1..] : text;
        int whole = Digits(rest);
        if (text.Length > bytesMax || whole == 0 || (whole > 1 && rest[0] == '0'))
        {
            return false;
        }

        rest = rest[whole..];
        if (rest.IsEmpty || isInteger)
        {
            return rest.IsEmpty;
        }

        if (rest[0] == '.')
        {
            int fraction = Digits(rest[1..]);
            if (fraction == 0)
            {
                return false;
            }

            rest = rest[(fraction + 1)..];
        }

        if (rest.Length > 0 && (rest[0] | 0x20) == 'e')
        {
            rest = rest.Length > 1 && rest[1] is (byte)'+' or (byte)'-' ? rest[2..] : rest[1..];
            int exponent = Digits(rest);
            if (exponent == 0)
            {
                return false;
            }

            rest = rest[exponent..];
        }

        return rest.IsEmpty && Utf8Parser.TryParse(text, out double value, out int consumed) && consumed == text.Length && double.IsFinite(value);
    }

    private static int Digits(ReadOnlySpan<byte> text) => text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is int at and >= 0 ? at : text.Length;
}
