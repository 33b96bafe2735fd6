using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>Image Pixel (PS3.3 C.7.6.3) and Overlay Plane (PS3.3 C.9.2) with drawn content.</summary>
internal static class PixelModules
{
    /// <summary>One grey frame of 16 bits allocated and 12 stored: an ellipse with a soft edge and a little texture.</summary>
    public static DataSet GreyPixels(this DataSet data, int size, int seed)
    {
        byte[] pixels = new byte[size * size * sizeof(ushort)];
        Random random = new(seed);
        double middle = (size - 1) / 2.0;
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double distance = Math.Sqrt((((x - middle) * (x - middle)) + ((y - middle) * (y - middle) * 1.6)) / (middle * middle));
                int value = (int)(1400 * Math.Clamp(1.2 - distance, 0, 1)) + random.Next(24);
                BinaryPrimitives.WriteUInt16LittleEndian(pixels.AsSpan(((y * size) + x) * sizeof(ushort)), (ushort)value);
            }
        }

        return data
            .Words(Tags.SamplesPerPixel, 1)
            .Text(Tags.PhotometricInterpretation, "MONOCHROME2")
            .Words(Tags.Rows, (ushort)size)
            .Words(Tags.Columns, (ushort)size)
            .Words(Tags.BitsAllocated, 16)
            .Words(Tags.BitsStored, 12)
            .Words(Tags.HighBit, 11)
            .Words(Tags.PixelRepresentation, 0)
            .Bytes(Tags.PixelData, Vr.OW, pixels);
    }

    /// <summary>A one-bit overlay with the patient's family name drawn and named in its description.</summary>
    public static DataSet Overlay(this DataSet data, int size, string name)
    {
        byte[] bits = new byte[((size * size) + 15) / 16 * 2];
        PixelFont.Draw(name, 2, 2, size, size, (x, y) => bits[((y * size) + x) / 8] |= (byte)(1 << (((y * size) + x) % 8)));
        return data
            .Words(new Tag(0x6000, 0x0010), (ushort)size)
            .Words(new Tag(0x6000, 0x0011), (ushort)size)
            .Text(0x6000, 0x0022, Vr.LO, "Drawn for " + SampleVisit.Operator.Split('^')[0])
            .Text(0x6000, 0x0040, Vr.CS, "G")
            .Bytes(new Tag(0x6000, 0x0050), Vr.SS, new byte[] { 1, 0, 1, 0 })
            .Words(new Tag(0x6000, 0x0100), 1)
            .Words(new Tag(0x6000, 0x0102), 0)
            .Bytes(new Tag(0x6000, 0x3000), Vr.OW, bits);
    }
}
