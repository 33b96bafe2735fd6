using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Elements of the standard that a writer without a dictionary passed on as UN (PS3.5 6.2.2).</summary>
internal static class UnknownVr
{
    private const int ImplicitHeaderBytes = 8;

    /// <summary>
    /// <paramref name="element"/> with the VR that the dictionary gives it; its value is implicit little endian, sequences included
    /// (PS3.5 6.2.2 note 2). It stays UN, which is never kept, when the standard does not know it or its sequence cannot be read.
    /// </summary>
    public static Element Resolve(Element element)
    {
        if (element.Vr != Vr.UN || DicomDictionary.Find(element.Tag) is not { Vrs.Count: > 0 } entry || element.Tag.IsPrivate)
        {
            return element;
        }

        return element switch
        {
            ValueElement value when entry.Vr == Vr.SQ => ReadSequence(value) ?? element,
            ValueElement value => new ValueElement(element.Tag, entry.Vr, value.Bytes),
            RangeElement range when entry.Vr != Vr.SQ => new RangeElement(element.Tag, entry.Vr, range.Range),
            SequenceElement sequence when entry.Vr == Vr.SQ => new SequenceElement(element.Tag, Vr.SQ, sequence.Items, sequence.UndefinedLength),
            _ => element,
        };
    }

    private static Element? ReadSequence(ValueElement value)
    {
        byte[] bytes = new byte[ImplicitHeaderBytes + value.Bytes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value.Tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), value.Tag.ElementNumber);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), value.Bytes.Length);
        value.Bytes.Span.CopyTo(bytes.AsSpan(ImplicitHeaderBytes));
        try
        {
            return DataSetReader.Parse(bytes, TransferSyntax.ImplicitVrLittleEndian).Find(value.Tag) as SequenceElement;
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }
}
