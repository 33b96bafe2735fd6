using System.Buffers.Binary;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>Images made from a seed: gradients, flats and noise, so that every kind of run occurs.</summary>
internal static class TestImages
{
    public static PixelDescription Grey(int rows, int columns, int bitsAllocated, int bitsStored, bool isSigned = false) => new()
    {
        Rows = rows, Columns = columns, BitsAllocated = bitsAllocated, BitsStored = bitsStored, HighBit = bitsStored - 1, IsSigned = isSigned,
        PhotometricInterpretation = PhotometricInterpretations.Monochrome2,
    };

    public static PixelDescription Colour(int rows, int columns, bool isPlanar = false, int bitsAllocated = 8) =>
        Grey(rows, columns, bitsAllocated, bitsAllocated) with { SamplesPerPixel = 3, IsPlanar = isPlanar, PhotometricInterpretation = PhotometricInterpretations.Rgb };

    /// <summary>The bytes of a frame; values stay within the bits stored.</summary>
    public static byte[] Frame(PixelDescription description, int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[description.FrameBytes];
        if (description.BitsAllocated == 1)
        {
            random.NextBytes(bytes.AsSpan(0, bytes.Length / 2));
            bytes[^1] &= (byte)(0xFF >> (int)((8 - (description.PixelCount % 8)) % 8));
            return bytes;
        }

        int samples = bytes.Length / description.SampleBytes;
        long flat = 0;
        Span<byte> sample = stackalloc byte[8];
        for (int i = 0; i < samples; i++)
        {
            int pixel = i / (description.IsPlanar ? 1 : description.SamplesPerPixel);
            int row = pixel / description.Columns % Math.Max(1, description.Rows);
            long value = (row / 8 % 3) switch
            {
                0 => flat = i % 97 == 0 ? random.Next() : flat,
                1 => (pixel % description.Columns) + row,
                _ => random.Next(),
            };
            long mask = description.BitsStored == 64 ? -1 : (1L << description.BitsStored) - 1;
            value &= mask;
            if (description.IsSigned && (value >> (description.BitsStored - 1) & 1) == 1)
            {
                value |= ~mask;
            }

            BinaryPrimitives.WriteInt64LittleEndian(sample, value);
            sample[..description.SampleBytes].CopyTo(bytes.AsSpan(i * description.SampleBytes));
        }

        return bytes;
    }

    /// <summary>A secondary capture image with native <paramref name="frames"/>.</summary>
    public static DataSet Image(PixelDescription description, params IReadOnlyList<byte[]> frames)
    {
        DataSet image = new();
        image.SetString(Tags.SOPClassUID, frames.Count > 1 ? Uids.MultiFrameTrueColorSecondaryCaptureImageStorage : Uids.SecondaryCaptureImageStorage);
        image.SetString(Tags.SOPInstanceUID, "2.25.1234567");
        image.SetString(Tags.StudyInstanceUID, "2.25.1234568");
        image.SetString(Tags.SeriesInstanceUID, "2.25.1234569");
        image.SetString(Tags.PatientID, "SYNTHETIC");
        image.SetUshort(Tags.SamplesPerPixel, (ushort)description.SamplesPerPixel);
        if (frames.Count > 1)
        {
            image.SetInt(Tags.NumberOfFrames, frames.Count);
        }

        image.SetUshort(Tags.Rows, (ushort)description.Rows);
        image.SetUshort(Tags.Columns, (ushort)description.Columns);
        image.SetUshort(Tags.BitsAllocated, (ushort)description.BitsAllocated);
        image.SetUshort(Tags.BitsStored, (ushort)description.BitsStored);
        image.SetUshort(Tags.HighBit, (ushort)description.HighBit);
        image.SetUshort(Tags.PixelRepresentation, (ushort)(description.IsSigned ? 1 : 0));
        description.ApplyTo(image);
        image.SetBytes(Tags.PixelData, description.BitsAllocated <= 8 ? Vr.OB : Vr.OW, frames.SelectMany(frame => frame).ToArray());
        return image;
    }

    /// <summary>Writes <paramref name="image"/> to a file.</summary>
    public static void Write(string path, DataSet image, TransferSyntax transferSyntax, ByteSource? source = null)
    {
        DataSet meta = FileMetaInformation.Build(image.GetString(Tags.SOPClassUID)!, image.GetString(Tags.SOPInstanceUID)!, transferSyntax.Uid);
        using SegmentList segments = DicomFileWriter.Segments(meta, image, transferSyntax, source);
        using FileStream stream = File.Create(path);
        segments.CopyTo(stream);
    }

    /// <summary>Writes <paramref name="image"/> with the coded <paramref name="frames"/> in place of its pixels.</summary>
    public static void WriteCoded(string path, DataSet image, TransferSyntax transferSyntax, bool isExtended, params IReadOnlyList<byte[]> frames)
    {
        using EncapsulatedPixels pixels = new() { AlwaysExtended = isExtended };
        foreach (byte[] frame in frames)
        {
            pixels.Add(frame);
        }

        DataSet copy = image.DeepCopy();
        using ByteSource source = pixels.ReplaceIn(copy, new MemorySource(default));
        Write(path, copy, transferSyntax, source);
    }

    /// <summary>All frames of the file of native pixels, one after the other, in the order of pixels whatever the file's.</summary>
    public static byte[] AllBytes(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        PixelFrames frames = PixelFrames.Open(file);
        Assert.False(frames.IsEncapsulated);
        return [.. Enumerable.Range(0, frames.Count).SelectMany(i => ColourPlanes.ByPixel(new NativeFrame(frames.Read(i), frames.Description)).Bytes.ToArray())];
    }
}
