using System.Buffers.Binary;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>Where the head of one element or item lies. <paramref name="VrAt"/> is -1 without letters; <paramref name="End"/> is behind its value, or behind its head when its length is undefined.</summary>
internal readonly record struct Spot(int TagAt, int VrAt, int LengthAt, int LengthBytes, int ValueAt, int End);

/// <summary>
/// Finds the heads in an encoded data set, at every depth, as far as it goes: a mutator that knows where lengths stand lies better.
/// Not the product's parser, on purpose: it believes everything.
/// </summary>
internal static class ElementMap
{
    private const int SpotsMax = 500;

    public static List<Spot> Of(ReadOnlySpan<byte> bytes, int start, bool isExplicit, bool isBigEndian)
    {
        List<Spot> spots = [];
        int at = start;
        while (at + 8 <= bytes.Length && spots.Count < SpotsMax)
        {
            Spot spot = Head(bytes, at, isExplicit, isBigEndian, out bool isContainer);
            spots.Add(spot);
            at = isContainer ? spot.ValueAt : spot.End;
        }

        return spots;
    }

    private static Spot Head(ReadOnlySpan<byte> bytes, int at, bool isExplicit, bool isBigEndian, out bool isContainer)
    {
        ushort group = isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        bool isItem = group == 0xFFFE;
        bool hasLetters = isExplicit && !isItem;
        string vr = hasLetters ? $"{(char)bytes[at + 4]}{(char)bytes[at + 5]}" : "";
        bool isLong = hasLetters && vr is "OB" or "OD" or "OF" or "OL" or "OV" or "OW" or "SQ" or "SV" or "UC" or "UN" or "UR" or "UT" or "UV" && at + 12 <= bytes.Length;
        int lengthAt = at + (isLong ? 8 : hasLetters ? 6 : 4);
        int lengthBytes = hasLetters && !isLong ? 2 : 4;
        int valueAt = lengthAt + lengthBytes;
        uint length = (lengthBytes, isBigEndian) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes[lengthAt..]),
            (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[lengthAt..]),
            (_, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes[lengthAt..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes[lengthAt..]),
        };
        bool isUndefined = lengthBytes == 4 && length == uint.MaxValue;
        int end = isUndefined ? valueAt : (int)Math.Min(bytes.Length, valueAt + (long)length);
        isContainer = isUndefined || vr == "SQ" || isItem
            || (!isExplicit && length >= 8 && valueAt + 8 <= bytes.Length && BinaryPrimitives.ReadUInt32LittleEndian(bytes[valueAt..]) == 0xE000FFFE);
        return new Spot(at, hasLetters ? at + 4 : -1, lengthAt, lengthBytes, valueAt, end);
    }
}
