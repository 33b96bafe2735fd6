using System.Buffers.Binary;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>
/// Changes bytes as an attacker or a broken writer would: at the places that mean something. Each method gives a new array; one that
/// finds no place for its change flips a bit instead.
/// </summary>
internal static class Mutator
{
    private const int ChangesMax = 4;
    private const int NestingMax = 90;

    private static readonly uint[] Lies = [0, 1, 2, 3, 7, 8, 0xFE, 0xFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFE, 0xFFFFFFFF];

    private static readonly byte[][] Letters = [.. Enum.GetNames<Vr>().Concat(["??", "  ", "\0\0", "sq", "ZZ", "OX"]).Select(vr => new[] { (byte)vr[0], (byte)vr[1] })];

    private static readonly uint[] Tagged =
    [
        0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0xFFFEFFFF, 0xFFFCFFFC, 0x7FE00010, 0x7FE00001, 0x00020010, 0x00020000, 0x00000100, 0x00280103, 0x00080005, 0x00090010, 0x00091001, 0x00080000, 0x00280106, 0xFFFFFFFF,
    ];

    /// <summary>A mutant of an encoded data set or file whose elements begin at <paramref name="start"/>; pieces may come from <paramref name="other"/>.</summary>
    public static byte[] Elements(byte[] bytes, byte[] other, int start, bool isExplicit, bool isBigEndian, Random random)
    {
        for (int changes = Changes(random); changes > 0; changes--)
        {
            List<Spot> spots = ElementMap.Of(bytes, start, isExplicit, isBigEndian);
            bytes = spots.Count == 0 ? AnyBytes(bytes, random) : OneElement(bytes, other, spots, isBigEndian, random);
        }

        return bytes;
    }

    /// <summary>A mutant of bytes whose lengths stand big endian in 16 or 32 bits at unknown places: PDUs.</summary>
    public static byte[] Pdu(byte[] bytes, byte[] other, Random random)
    {
        for (int changes = Changes(random); changes > 0 && bytes.Length > PduLimits.HeaderBytes; changes--)
        {
            int at = random.Next(PduLimits.HeaderBytes, bytes.Length);
            bytes = random.Next(6) switch
            {
                0 => Splice(bytes, at, Math.Min(bytes.Length, at + random.Next(30)), []),
                1 => Splice(bytes, at, at, bytes[at..Math.Min(bytes.Length, at + random.Next(60))]),
                2 => Splice(bytes, at, bytes.Length, other[random.Next(Math.Min(PduLimits.HeaderBytes, other.Length), other.Length)..]),
                3 => WithNumber(bytes, at, random.Next(2) == 0 ? 2 : 4, Lies[random.Next(Lies.Length)], isBigEndian: true),
                4 => WithByte(bytes, at, (byte)random.Next(0x10, 0x5A)),
                _ => AnyBytes(bytes, random),
            };
        }

        return bytes.Length < PduLimits.HeaderBytes ? new byte[PduLimits.HeaderBytes] : bytes;
    }

    /// <summary>A mutant of anything: a bit, a byte, a piece lost, doubled or moved.</summary>
    public static byte[] AnyBytes(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = random.Next(bytes.Length);
        int end = Math.Min(bytes.Length, at + random.Next(1, 24));
        return random.Next(6) switch
        {
            0 => bytes[..at],
            1 => Splice(bytes, at, end, []),
            2 => Splice(bytes, at, at, bytes[at..end]),
            3 => WithByte(bytes, at, (byte)random.Next(256)),
            _ => WithByte(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8)))),
        };
    }

    /// <summary>Mostly one: what is wrong in one place only is read furthest.</summary>
    private static int Changes(Random random) => random.Next(3) > 0 ? 1 : random.Next(2, ChangesMax + 1);

    private static byte[] OneElement(byte[] bytes, byte[] other, List<Spot> spots, bool isBigEndian, Random random)
    {
        Spot spot = spots[random.Next(spots.Count)];
        Spot second = spots[random.Next(spots.Count)];
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                return WithNumber(bytes, spot.LengthAt, spot.LengthBytes, Lie(bytes, spot, random), isBigEndian);
            case 3: // the same element two times
                return Splice(bytes, spot.End, spot.End, bytes[spot.TagAt..spot.End]);
            case 4: // an element is lost, or the head of a sequence is
                return Splice(bytes, spot.TagAt, spot.End, []);
            case 5: // another order
                return spot.End <= second.TagAt
                    ? [.. bytes[..spot.TagAt], .. bytes[second.TagAt..second.End], .. bytes[spot.End..second.TagAt], .. bytes[spot.TagAt..spot.End], .. bytes[second.End..]]
                    : Splice(bytes, second.TagAt, second.TagAt, bytes[spot.TagAt..spot.End]);
            case 6: // cut at or near a place that means something
                return bytes[..Math.Clamp(spot.TagAt + random.Next(-2, 13), 0, bytes.Length)];
            case 7 or 8 when spot.VrAt >= 0:
                byte[] letters = Letters[random.Next(Letters.Length)];
                return WithByte(WithByte(bytes, spot.VrAt, letters[0]), spot.VrAt + 1, letters[1]);
            case 9: // an item or a delimiter where none belongs
                return Splice(bytes, spot.TagAt, spot.TagAt, ItemHead(random, isBigEndian));
            case 10: // a length becomes undefined, with or without an end
                byte[] undefined = WithNumber(bytes, spot.LengthAt, spot.LengthBytes, uint.MaxValue, isBigEndian);
                return random.Next(2) == 0 ? undefined : Splice(undefined, spot.End, spot.End, ItemHead(random, isBigEndian));
            case 11: // another element's tag
                uint tag = Tagged[random.Next(Tagged.Length)];
                return WithNumber(WithNumber(bytes, spot.TagAt, 2, tag >> 16, isBigEndian), spot.TagAt + 2, 2, tag & 0xFFFF, isBigEndian);
            case 12: // the rest is that of another input
                return Splice(bytes, spot.TagAt, bytes.Length, other[random.Next(other.Length)..]);
            case 13: // sequences in sequences, of undefined length, which the head of a known sequence opens
                byte[] opened = [.. Enumerable.Repeat(Opening(spot.VrAt >= 0, isBigEndian), random.Next(1, NestingMax)).SelectMany(head => head)];
                return Splice(bytes, spot.TagAt, spot.TagAt, opened);
            case 14: // noise in a value
                byte[] noise = new byte[random.Next(12)];
                random.NextBytes(noise);
                return Splice(bytes, spot.ValueAt, Math.Min(bytes.Length, spot.ValueAt + noise.Length), noise);
            default:
                return AnyBytes(bytes, random);
        }
    }

    private static uint Lie(byte[] bytes, Spot spot, Random random)
    {
        uint length = (uint)(spot.End - spot.ValueAt);
        uint left = (uint)(bytes.Length - spot.ValueAt);
        return random.Next(3) switch
        {
            0 => Lies[random.Next(Lies.Length)],
            1 => (uint)(length + random.Next(-3, 4)),
            _ => (uint)(left + random.Next(-2, 3)),
        };
    }

    private static byte[] ItemHead(Random random, bool isBigEndian)
    {
        byte[] head = new byte[8];
        uint tag = Tagged[random.Next(3)];
        head = WithNumber(WithNumber(head, 0, 2, tag >> 16, isBigEndian), 2, 2, tag & 0xFFFF, isBigEndian);
        return WithNumber(head, 4, 4, random.Next(4) switch { 0 => uint.MaxValue, 1 => (uint)random.Next(64), _ => 0 }, isBigEndian);
    }

    /// <summary>Head of Referenced Study Sequence and of an item, both of undefined length.</summary>
    private static byte[] Opening(bool isExplicit, bool isBigEndian) => (isExplicit, isBigEndian) switch
    {
        (true, false) => [0x08, 0, 0x10, 0x11, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
        (true, true) => [0, 0x08, 0x11, 0x10, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xE0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
        _ => [0x08, 0, 0x10, 0x11, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
    };

    private static byte[] Splice(byte[] bytes, int from, int to, byte[] piece) => [.. bytes[..from], .. piece, .. bytes[Math.Max(from, to)..]];

    private static byte[] WithByte(byte[] bytes, int at, byte value)
    {
        byte[] copy = [.. bytes];
        if (at < copy.Length)
        {
            copy[at] = value;
        }

        return copy;
    }

    private static byte[] WithNumber(byte[] bytes, int at, int width, uint value, bool isBigEndian)
    {
        byte[] copy = [.. bytes];
        Span<byte> number = stackalloc byte[4];
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(number, width == 2 ? value << 16 : value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, value);
        }

        number[..Math.Clamp(bytes.Length - at, 0, width)].CopyTo(copy.AsSpan(Math.Min(at, copy.Length)));
        return copy;
    }
}
