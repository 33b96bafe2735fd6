using System.Runtime.InteropServices;

namespace DeidCluster.Dicom;

/// <summary>
/// The functions of GDCM's binding that are used, under their own names. None returns text or throws to us: those need callbacks that the binding calls blindly.
/// Objects are pointers; what a "new" or a value-returning function answers must be deleted, what a "Get" of a reference answers must not.
/// </summary>
internal static class GdcmFunctions
{
    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_Image")]
    public static extern IntPtr NewImage();

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_Image")]
    public static extern void DeleteImage(IntPtr image);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetNumberOfDimensions")]
    public static extern void SetNumberOfDimensions(IntPtr bitmap, uint count);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetDimension")]
    public static extern void SetDimension(IntPtr bitmap, uint index, uint value);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_PixelFormat__SWIG_1")]
    public static extern IntPtr NewPixelFormat(ushort samples, ushort allocated, ushort stored, ushort high, ushort representation);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_PixelFormat")]
    public static extern void DeletePixelFormat(IntPtr format);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetPixelFormat")]
    public static extern void SetPixelFormat(IntPtr bitmap, IntPtr format);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetPixelFormat__SWIG_0")]
    public static extern IntPtr GetPixelFormat(IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_PixelFormat_GetBitsAllocated")]
    public static extern ushort GetBitsAllocated(IntPtr format);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_PixelFormat_GetSamplesPerPixel")]
    public static extern ushort GetSamplesPerPixel(IntPtr format);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_PhotometricInterpretation_GetPIType", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int PhotometricType(string name);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_PhotometricInterpretation__SWIG_0")]
    public static extern IntPtr NewPhotometric(int type);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_PhotometricInterpretation")]
    public static extern void DeletePhotometric(IntPtr photometric);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetPhotometricInterpretation")]
    public static extern void SetPhotometric(IntPtr bitmap, IntPtr photometric);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetPhotometricInterpretation")]
    public static extern IntPtr GetPhotometric(IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_PhotometricInterpretation_GetType")]
    public static extern int GetPhotometricType(IntPtr photometric);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetPlanarConfiguration")]
    public static extern void SetPlanarConfiguration(IntPtr bitmap, uint planar);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetPlanarConfiguration")]
    public static extern uint GetPlanarConfiguration(IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_TransferSyntax_GetTSType", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int TransferSyntaxType(string uid);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_TransferSyntax__SWIG_0")]
    public static extern IntPtr NewTransferSyntax(int type);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_TransferSyntax")]
    public static extern void DeleteTransferSyntax(IntPtr syntax);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetTransferSyntax")]
    public static extern void SetTransferSyntax(IntPtr bitmap, IntPtr syntax);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_VL__SWIG_0")]
    public static extern IntPtr NewLength(uint value);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_VL")]
    public static extern void DeleteLength(IntPtr length);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_VL_GetValueLength")]
    public static extern uint LengthValue(IntPtr length);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_Tag__SWIG_1")]
    public static extern IntPtr NewTag(uint tag);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_Tag")]
    public static extern void DeleteTag(IntPtr tag);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_DataElement__SWIG_2")]
    public static extern IntPtr NewDataElement(IntPtr tag);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_DataElement")]
    public static extern void DeleteDataElement(IntPtr element);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_DataElement_SetByteValue")]
    public static extern void SetByteValue(IntPtr element, byte[] bytes, IntPtr length);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_DataElement_SetValue")]
    public static extern void SetValue(IntPtr element, IntPtr value);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_DataElement_GetSequenceOfFragments__SWIG_0")]
    public static extern IntPtr GetSequenceOfFragments(IntPtr element);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_DataElement_GetByteValue")]
    public static extern IntPtr GetByteValue(IntPtr element);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_Fragment")]
    public static extern IntPtr NewFragment();

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_Fragment")]
    public static extern void DeleteFragment(IntPtr fragment);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Fragment_SWIGUpcast")]
    public static extern IntPtr FragmentAsElement(IntPtr fragment);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SequenceOfFragments_New")]
    public static extern IntPtr NewFragments();

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_SmartPtrFrag")]
    public static extern void DeleteFragments(IntPtr pointer);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SmartPtrFrag___deref__")]
    public static extern IntPtr Fragments(IntPtr pointer);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SequenceOfFragments_SWIGUpcast")]
    public static extern IntPtr FragmentsAsValue(IntPtr fragments);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SequenceOfFragments_AddFragment")]
    public static extern void AddFragment(IntPtr fragments, IntPtr fragment);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SequenceOfFragments_GetNumberOfFragments")]
    public static extern uint GetNumberOfFragments(IntPtr fragments);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_SequenceOfFragments_GetFragment")]
    public static extern IntPtr GetFragment(IntPtr fragments, uint index);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ByteValue_GetLength")]
    public static extern IntPtr ByteValueLength(IntPtr value);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ByteValue_GetVoidPointer__SWIG_0")]
    public static extern IntPtr ByteValuePointer(IntPtr value);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_SetDataElement")]
    public static extern void SetDataElement(IntPtr bitmap, IntPtr element);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetDataElement__SWIG_0")]
    public static extern IntPtr GetDataElement(IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetBufferLength")]
    public static extern uint GetBufferLength(IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Bitmap_GetBuffer")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static extern bool GetBuffer(IntPtr bitmap, byte[] bytes);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_new_ImageChangeTransferSyntax")]
    public static extern IntPtr NewChange();

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_delete_ImageChangeTransferSyntax")]
    public static extern void DeleteChange(IntPtr change);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ImageChangeTransferSyntax_SetTransferSyntax")]
    public static extern void SetTargetSyntax(IntPtr change, IntPtr syntax);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ImageChangeTransferSyntax_SWIGUpcast")]
    public static extern IntPtr ChangeAsImageFilter(IntPtr change);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ImageToImageFilter_SWIGUpcast")]
    public static extern IntPtr ImageFilterAsBitmapFilter(IntPtr filter);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_BitmapToBitmapFilter_SetInput")]
    public static extern void SetInput(IntPtr filter, IntPtr bitmap);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ImageChangeTransferSyntax_Change")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static extern bool Change(IntPtr change);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_ImageToImageFilter_GetOutput")]
    public static extern IntPtr GetOutput(IntPtr filter);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Image_SWIGUpcast")]
    public static extern IntPtr ImageAsPixmap(IntPtr image);

    [DllImport(GdcmLibrary.Name, EntryPoint = "CSharp_gdcm_Pixmap_SWIGUpcast")]
    public static extern IntPtr PixmapAsBitmap(IntPtr pixmap);
}
