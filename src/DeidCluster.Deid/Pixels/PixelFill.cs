using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What a black pixel is, by the photometric interpretation (PS3.3 C.7.6.3.1.2).</summary>
internal static class PixelFill
{
    private const int Luma = 16; // black in a partial range

    private static readonly Tag[] Palettes = [Tags.RedPaletteColorLookupTableData, Tags.GreenPaletteColorLookupTableData, Tags.BluePaletteColorLookupTableData];

    /// <summary>
    /// The samples of a black pixel as they lie in <paramref name="pixels"/>, one after the other; null when nobody can say.
    /// <paramref name="header"/> has the palette, where there is one.
    /// </summary>
    public static IReadOnlyList<byte[]>? Of(PixelDescription pixels, DataSet header)
    {
        int shift = pixels.HighBit - pixels.BitsStored + 1;
        if (header.Contains(Tags.FloatPixelData) || header.Contains(Tags.DoubleFloatPixelData))
        {
            return pixels.SamplesPerPixel == 1 ? [new byte[pixels.SampleBytes]] : null;
        }

        long low = pixels.IsSigned ? -(1L << (pixels.BitsStored - 1)) : 0;
        long high = pixels.IsSigned ? (1L << (pixels.BitsStored - 1)) - 1 : pixels.BitsStored == 64 ? -1 : (1L << pixels.BitsStored) - 1;
        long middle = 1L << (pixels.BitsStored - 1);
        IReadOnlyList<long>? samples = pixels.PhotometricInterpretation switch
        {
            "MONOCHROME1" => [high],
            PhotometricInterpretations.Monochrome2 => [low],
            "PALETTE COLOR" => Darkest(header, high) is { } index ? [index] : null,
            PhotometricInterpretations.Rgb => [0, 0, 0],
            PhotometricInterpretations.YbrFull or PhotometricInterpretations.YbrFull422 => [0, middle, middle],
            PhotometricInterpretations.YbrPartial422 when pixels.BitsStored == 8 => [Luma, middle, middle],
            _ => null,
        };
        return samples?.Count == pixels.SamplesPerPixel ? [.. samples.Select(sample => Bytes(sample << shift, pixels.SampleBytes))] : null;
    }

    private static byte[] Bytes(long sample, int count)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sample);
        return bytes[..count];
    }

    /// <summary>The stored value of the darkest colour (PS3.3 C.7.9); null when the palette cannot be read, as when its segments are coded.</summary>
    private static long? Darkest(DataSet header, long valueMax)
    {
        const int Values = 3;
        if (header.GetInts(Tags.RedPaletteColorLookupTableDescriptor) is not { Count: Values } red
            || Palettes.Any(palette => header.Find(palette) is not ValueElement))
        {
            return null;
        }

        int count = red[0] == 0 ? 1 << 16 : red[0];
        int first = red[1];
        byte[][] colours = [.. Palettes.Select(palette => header.GetBytes(palette).ToArray())];

        // Tables of 8 bits an entry lie one or two bytes apart (PS3.3 C.7.6.3.1.6): the length tells.
        int entryBytes = colours[0].Length >= count * 2 ? 2 : 1;
        if (colours.Any(colour => colour.Length < count * entryBytes))
        {
            return null;
        }

        long? darkest = null;
        int least = int.MaxValue;
        for (int entry = 0; entry < count && first + entry <= valueMax; entry++)
        {
            int light = colours.Sum(colour => entryBytes == 1 ? colour[entry] : BinaryPrimitives.ReadUInt16LittleEndian(colour.AsSpan(entry * 2)));
            (darkest, least) = light < least ? (first + entry, light) : (darkest, least);
        }

        return darkest;
    }
}
