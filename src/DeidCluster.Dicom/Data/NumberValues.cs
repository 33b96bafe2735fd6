using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>Values of the binary number representations (PS3.5 6.2), little endian.</summary>
internal static class NumberValues
{
    /// <summary>Each whole number in <paramref name="bytes"/> as invariant text; none for representations that are no numbers.</summary>
    public static IReadOnlyList<string> Strings(Vr vr, ReadOnlySpan<byte> bytes)
    {
        int size = vr == Vr.AT ? 4 : vr.UnitBytes();
        if (size == 1 || vr is Vr.OW or Vr.OF or Vr.OL or Vr.OD or Vr.OV)
        {
            return [];
        }

        string[] values = new string[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Text(vr, bytes.Slice(i * size, size));
        }

        return values;
    }

    /// <summary>The value field for integers.</summary>
    public static byte[] Encode(Tag tag, Vr vr, ReadOnlySpan<int> values)
    {
        if (vr == Vr.IS)
        {
            return TextValues.Encode(tag, CharacterSet.Default, vr, string.Join('\\', values.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture))));
        }

        int size = vr.UnitBytes();
        byte[] bytes = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            Span<byte> at = bytes.AsSpan(i * size, size);
            switch (vr)
            {
                case Vr.US:
                    BinaryPrimitives.WriteUInt16LittleEndian(at, checked((ushort)values[i]));
                    break;
                case Vr.SS:
                    BinaryPrimitives.WriteInt16LittleEndian(at, checked((short)values[i]));
                    break;
                case Vr.UL:
                    BinaryPrimitives.WriteUInt32LittleEndian(at, checked((uint)values[i]));
                    break;
                case Vr.SL:
                    BinaryPrimitives.WriteInt32LittleEndian(at, values[i]);
                    break;
                case Vr.UV:
                    BinaryPrimitives.WriteUInt64LittleEndian(at, checked((ulong)values[i]));
                    break;
                case Vr.SV:
                    BinaryPrimitives.WriteInt64LittleEndian(at, values[i]);
                    break;
                default:
                    throw new ArgumentException($"{tag} with VR {vr} holds no integers", nameof(tag));
            }
        }

        return bytes;
    }

    /// <summary>The value field for numbers.</summary>
    public static byte[] Encode(Tag tag, Vr vr, ReadOnlySpan<double> values)
    {
        if (vr == Vr.DS)
        {
            return TextValues.Encode(tag, CharacterSet.Default, vr, string.Join('\\', values.ToArray().Select(DecimalString)));
        }

        if (vr is not (Vr.FD or Vr.FL))
        {
            throw new ArgumentException($"{tag} with VR {vr} holds no decimal numbers", nameof(tag));
        }

        int size = vr.UnitBytes();
        byte[] bytes = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            if (vr == Vr.FD)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * size), values[i]);
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * size), (float)values[i]);
            }
        }

        return bytes;
    }

    /// <summary>The most precise decimal string that fits the 16 characters of DS (PS3.5 table 6.2-1).</summary>
    public static string DecimalString(double value)
    {
        const int CharactersMax = 16;
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        for (int digits = CharactersMax; text.Length > CharactersMax; digits--)
        {
            text = value.ToString($"G{digits}", CultureInfo.InvariantCulture);
        }

        return text;
    }

    private static string Text(Vr vr, ReadOnlySpan<byte> bytes) => vr switch
    {
        Vr.US => BinaryPrimitives.ReadUInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SS => BinaryPrimitives.ReadInt16LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.UL => BinaryPrimitives.ReadUInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SL => BinaryPrimitives.ReadInt32LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.UV => BinaryPrimitives.ReadUInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.SV => BinaryPrimitives.ReadInt64LittleEndian(bytes).ToString(CultureInfo.InvariantCulture),
        Vr.FL => BinaryPrimitives.ReadSingleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
        Vr.FD => BinaryPrimitives.ReadDoubleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
        _ => new Tag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..])).ToString(),
    };

    /// <summary>Writes the number, or tag in eight hexadecimal digits, that <paramref name="text"/> names in ASCII as one value of <paramref name="vr"/>; false when it is none.</summary>
    public static bool TryWrite(Vr vr, ReadOnlySpan<byte> text, Span<byte> at)
    {
        switch (vr)
        {
            case Vr.US when TryInteger(text, ushort.MinValue, ushort.MaxValue, out Int128 number):
                BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)number);
                return true;
            case Vr.SS when TryInteger(text, short.MinValue, short.MaxValue, out Int128 number):
                BinaryPrimitives.WriteInt16LittleEndian(at, (short)number);
                return true;
            case Vr.UL when TryInteger(text, uint.MinValue, uint.MaxValue, out Int128 number):
                BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)number);
                return true;
            case Vr.SL when TryInteger(text, int.MinValue, int.MaxValue, out Int128 number):
                BinaryPrimitives.WriteInt32LittleEndian(at, (int)number);
                return true;
            case Vr.UV when TryInteger(text, ulong.MinValue, ulong.MaxValue, out Int128 number):
                BinaryPrimitives.WriteUInt64LittleEndian(at, (ulong)number);
                return true;
            case Vr.SV when TryInteger(text, long.MinValue, long.MaxValue, out Int128 number):
                BinaryPrimitives.WriteInt64LittleEndian(at, (long)number);
                return true;
            case Vr.FL when TryReal(text, out double number) && (float.IsFinite((float)number) || !double.IsFinite(number)):
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)number);
                return true;
            case Vr.FD when TryReal(text, out double number):
                BinaryPrimitives.WriteDoubleLittleEndian(at, number);
                return true;
            case Vr.AT when text.Length == 8 && Utf8Parser.TryParse(text, out uint tag, out int consumed, 'x') && consumed == text.Length:
                BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(tag >> 16));
                BinaryPrimitives.WriteUInt16LittleEndian(at[2..], (ushort)tag);
                return true;
            default:
                return false;
        }
    }

    /// <summary>An integer between the limits; also one with a fraction of zero, as some languages write every number.</summary>
    private static bool TryInteger(ReadOnlySpan<byte> text, Int128 min, Int128 max, out Int128 number)
    {
        if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            const double ExactMax = 1L << 53;
            if (!TryReal(text, out double real) || !double.IsInteger(real) || Math.Abs(real) > ExactMax)
            {
                return false;
            }

            number = (Int128)real;
        }

        return number >= min && number <= max;
    }

    private static bool TryReal(ReadOnlySpan<byte> text, out double number)
    {
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number))
        {
            return double.IsFinite(number) || !text.ContainsAnyInRange((byte)'0', (byte)'9');
        }

        number = text.SequenceEqual("inf"u8) ? double.PositiveInfinity : text.SequenceEqual("-inf"u8) ? double.NegativeInfinity : double.NaN;
        return double.IsInfinity(number);
    }
}
