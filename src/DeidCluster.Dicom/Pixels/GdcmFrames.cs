using System.Runtime.InteropServices;

namespace DeidCluster.Dicom;

/// <summary>
/// Single frames through GDCM, in a worker process only: a frame is given as an image of its own, without a file around it. What native code does to a
/// malformed frame is not known to end well; the process around it is made to be lost.
/// </summary>
internal static class GdcmFrames
{
    private const uint PixelDataTag = 0x7FE00010;

    /// <summary>GDCM aborts when it is told of fewer; the samples are the same.</summary>
    private const int BitsStoredMin = 8;

    private static readonly string[] Photometrics =
    [
        "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "HSV", "ARGB", "CMYK", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT",
    ];

    /// <summary>The native bytes of <paramref name="coded"/>; null when GDCM says no or answers another size or format.</summary>
    public static (byte[] Bytes, PixelDescription Description)? Decode(byte[] coded, string transferSyntaxUid, PixelDescription description)
    {
        IntPtr image = NewImage(description, transferSyntaxUid);
        IntPtr tag = GdcmFunctions.NewTag(PixelDataTag);
        IntPtr element = GdcmFunctions.NewDataElement(tag);
        IntPtr fragment = GdcmFunctions.NewFragment();
        IntPtr fragments = GdcmFunctions.NewFragments();
        try
        {
            SetBytes(GdcmFunctions.FragmentAsElement(fragment), coded);
            IntPtr sequence = GdcmFunctions.Fragments(fragments);
            GdcmFunctions.AddFragment(sequence, fragment);
            GdcmFunctions.SetValue(element, GdcmFunctions.FragmentsAsValue(sequence));
            IntPtr bitmap = AsBitmap(image);
            GdcmFunctions.SetDataElement(bitmap, element);
            if (GdcmFunctions.GetBufferLength(bitmap) != description.FrameBytes)
            {
                return null;
            }

            byte[] bytes = new byte[description.FrameBytes];
            bool isDone = GdcmFunctions.GetBuffer(bitmap, bytes);
            IntPtr format = GdcmFunctions.GetPixelFormat(bitmap);
            bool isSame = GdcmFunctions.GetBitsAllocated(format) == description.BitsAllocated
                && GdcmFunctions.GetSamplesPerPixel(format) == description.SamplesPerPixel
                && GdcmFunctions.GetBufferLength(bitmap) == description.FrameBytes;
            return isDone && isSame
                ? (bytes, description with { IsPlanar = description.SamplesPerPixel > 1 && GdcmFunctions.GetPlanarConfiguration(bitmap) == 1 })
                : null;
        }
        finally
        {
            GdcmFunctions.DeleteFragments(fragments);
            GdcmFunctions.DeleteFragment(fragment);
            GdcmFunctions.DeleteDataElement(element);
            GdcmFunctions.DeleteTag(tag);
            GdcmFunctions.DeleteImage(image);
        }
    }

    /// <summary>The codestream of the native <paramref name="frame"/>, whose colour is in the order of pixels; null when GDCM says no.</summary>
    public static (byte[] Bytes, PixelDescription Description)? Encode(byte[] frame, string transferSyntaxUid, PixelDescription description)
    {
        IntPtr image = NewImage(description, Uids.ExplicitVrLittleEndian);
        IntPtr tag = GdcmFunctions.NewTag(PixelDataTag);
        IntPtr element = GdcmFunctions.NewDataElement(tag);
        IntPtr change = GdcmFunctions.NewChange();
        IntPtr syntax = GdcmFunctions.NewTransferSyntax(GdcmFunctions.TransferSyntaxType(transferSyntaxUid));
        try
        {
            SetBytes(element, frame);
            GdcmFunctions.SetDataElement(AsBitmap(image), element);
            GdcmFunctions.SetTargetSyntax(change, syntax);
            IntPtr filter = GdcmFunctions.ChangeAsImageFilter(change);
            GdcmFunctions.SetInput(GdcmFunctions.ImageFilterAsBitmapFilter(filter), AsBitmap(image));
            if (!GdcmFunctions.Change(change))
            {
                return null;
            }

            IntPtr output = AsBitmap(GdcmFunctions.GetOutput(filter));
            return Fragment(GdcmFunctions.GetDataElement(output)) is { } coded
                ? (coded, description with
                {
                    PhotometricInterpretation = PhotometricOf(output) ?? description.PhotometricInterpretation,
                    IsPlanar = description.SamplesPerPixel > 1 && GdcmFunctions.GetPlanarConfiguration(output) == 1,
                })
                : null;
        }
        finally
        {
            GdcmFunctions.DeleteTransferSyntax(syntax);
            GdcmFunctions.DeleteChange(change); // and with it the image, which it counts references of since it was made its input
            GdcmFunctions.DeleteDataElement(element);
            GdcmFunctions.DeleteTag(tag);
        }
    }

    private static IntPtr NewImage(PixelDescription description, string transferSyntaxUid)
    {
        IntPtr image = GdcmFunctions.NewImage();
        IntPtr bitmap = AsBitmap(image);
        GdcmFunctions.SetNumberOfDimensions(bitmap, 2);
        GdcmFunctions.SetDimension(bitmap, 0, (uint)description.Columns);
        GdcmFunctions.SetDimension(bitmap, 1, (uint)description.Rows);
        int bitsStored = Math.Max(description.BitsStored, BitsStoredMin);
        int highBit = Math.Max(description.HighBit, bitsStored - 1);
        IntPtr format = GdcmFunctions.NewPixelFormat(
            (ushort)description.SamplesPerPixel, (ushort)description.BitsAllocated, (ushort)bitsStored, (ushort)highBit, (ushort)(description.IsSigned ? 1 : 0));
        IntPtr photometric = GdcmFunctions.NewPhotometric(GdcmFunctions.PhotometricType(description.PhotometricInterpretation));
        IntPtr syntax = GdcmFunctions.NewTransferSyntax(GdcmFunctions.TransferSyntaxType(transferSyntaxUid));
        GdcmFunctions.SetPixelFormat(bitmap, format);
        GdcmFunctions.SetPhotometric(bitmap, photometric);
        GdcmFunctions.SetPlanarConfiguration(bitmap, description.IsPlanar ? 1u : 0);
        GdcmFunctions.SetTransferSyntax(bitmap, syntax);
        GdcmFunctions.DeleteTransferSyntax(syntax);
        GdcmFunctions.DeletePhotometric(photometric);
        GdcmFunctions.DeletePixelFormat(format);
        return image;
    }

    private static void SetBytes(IntPtr element, byte[] bytes)
    {
        IntPtr length = GdcmFunctions.NewLength((uint)bytes.Length);
        GdcmFunctions.SetByteValue(element, bytes, length);
        GdcmFunctions.DeleteLength(length);
    }

    /// <summary>The only fragment of encapsulated pixel data.</summary>
    private static byte[]? Fragment(IntPtr element)
    {
        IntPtr fragments = GdcmFunctions.GetSequenceOfFragments(element);
        if (fragments == IntPtr.Zero || GdcmFunctions.GetNumberOfFragments(fragments) != 1)
        {
            return null;
        }

        IntPtr value = GdcmFunctions.GetByteValue(GdcmFunctions.FragmentAsElement(GdcmFunctions.GetFragment(fragments, 0)));
        if (value == IntPtr.Zero)
        {
            return null;
        }

        IntPtr length = GdcmFunctions.ByteValueLength(value);
        byte[] bytes = new byte[GdcmFunctions.LengthValue(length)];
        GdcmFunctions.DeleteLength(length);
        Marshal.Copy(GdcmFunctions.ByteValuePointer(value), bytes, 0, bytes.Length);
        return bytes;
    }

    private static string? PhotometricOf(IntPtr bitmap)
    {
        int type = GdcmFunctions.GetPhotometricType(GdcmFunctions.GetPhotometric(bitmap));
        return Photometrics.FirstOrDefault(name => GdcmFunctions.PhotometricType(name) == type);
    }

    private static IntPtr AsBitmap(IntPtr image) => GdcmFunctions.PixmapAsBitmap(GdcmFunctions.ImageAsPixmap(image));
}
