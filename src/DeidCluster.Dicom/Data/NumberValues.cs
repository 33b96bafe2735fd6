using System.Buffers.Binary;
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
            return TextValues.Encode(CharacterSet.Default, vr, string.Join('\\', values.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture))));
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
            return TextValues.Encode(CharacterSet.Default, vr, string.Join('\\', values.ToArray().Select(DecimalString)));
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
}
