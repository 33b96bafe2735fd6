namespace DeidCluster.Dicom;

/// <content>The head of an element: tag, VR and length (PS3.5 7.1.2, 7.1.3).</content>
internal sealed partial class DataSetParser
{
    private const int LongHeaderBytes = 12;
    private const int PixelRepresentationSigned = 1;

    /// <summary>The head of an element that begins at <paramref name="Offset"/>.</summary>
    private readonly record struct Header(Tag Tag, Vr Vr, uint Length, long Offset);

    private Header ReadHeader(DataSet dataSet, DataSetEncoding encoding, long end)
    {
        long headerOffset = cursor.Position;
        ReadOnlySpan<byte> bytes = cursor.Peek((int)Math.Min(LongHeaderBytes, end - headerOffset));
        if (bytes.Length < TagAndLengthBytes)
        {
            throw Malformed("the input ends inside the head of an element", headerOffset, null);
        }

        Tag tag = ReadTag(bytes, encoding.IsBigEndian);
        if (!encoding.IsExplicitVr || tag.Group == Item.Group)
        {
            cursor.Skip(TagAndLengthBytes);
            Vr implied = tag.Group == Item.Group ? Vr.OB : ImpliedVr(tag, dataSet);
            return new Header(tag, implied, ReadUInt32(bytes[4..], encoding.IsBigEndian), headerOffset);
        }

        if (!VrFacts.TryParse(bytes[4], bytes[5], out Vr vr))
        {
            throw Malformed("unknown value representation", headerOffset + 4, tag);
        }

        if (!vr.HasLongLength())
        {
            cursor.Skip(TagAndLengthBytes);
            return new Header(tag, vr, ReadUInt16(bytes[6..], encoding.IsBigEndian), headerOffset);
        }

        if (bytes.Length < LongHeaderBytes)
        {
            throw Malformed("the input ends inside the head of an element", headerOffset, tag);
        }

        cursor.Skip(LongHeaderBytes);
        return new Header(tag, vr, ReadUInt32(bytes[8..], encoding.IsBigEndian), headerOffset);
    }

    /// <summary>The VR of an implicit-VR element: from the dictionary; between several, as PS3.5 A.1 and the pixels' sign say.</summary>
    private static Vr ImpliedVr(Tag tag, DataSet dataSet)
    {
        if (DicomDictionary.Find(tag) is not { } entry)
        {
            return Vr.UN;
        }

        if (entry.Vrs.Count < 2)
        {
            return entry.Vr;
        }

        if (entry.Keyword == "CurveData")
        {
            return Vr.OB; // points in little endian whatever the syntax (PS3.5-2004 A.1)
        }

        return entry.Vrs.Contains(Vr.OW) ? Vr.OW : HasSignedPixels(dataSet) ? Vr.SS : Vr.US;
    }

    private static bool HasSignedPixels(DataSet dataSet)
    {
        for (DataSet? level = dataSet; level is not null; level = level.Enclosing)
        {
            if (level.Contains(Tags.PixelRepresentation))
            {
                return level.GetInt(Tags.PixelRepresentation) == PixelRepresentationSigned;
            }
        }

        return false;
    }

    /// <summary>True for a sequence of the standard that was written as UN with a defined length (PS3.5 6.2.2 note 2) and begins with an item.</summary>
    private bool IsUnknownSequence(Header header) =>
        DicomDictionary.Find(header.Tag)?.Vr == Vr.SQ && header.Length >= TagAndLengthBytes && IsNext(Item, DataSetEncoding.ImplicitLittleEndian);

    /// <summary>
    /// The encoding of items inside UN with undefined length: implicit little endian (PS3.5 6.2.2 note 4). Some writers keep the
    /// surrounding explicit VR there; the first element of the first item shows it by the letters of its VR where a length would stand.
    /// </summary>
    private DataSetEncoding EncodingInsideUnknown(DataSetEncoding surrounding)
    {
        ReadOnlySpan<byte> bytes = cursor.Peek(TagAndLengthBytes + TagAndLengthBytes);
        if (bytes.Length < TagAndLengthBytes + TagAndLengthBytes || ReadTag(bytes, isBigEndian: false) != Item)
        {
            return DataSetEncoding.ImplicitLittleEndian;
        }

        ReadOnlySpan<byte> first = bytes[TagAndLengthBytes..];
        bool hasLetters = VrFacts.TryParse(first[4], first[5], out Vr vr);
        bool isExpected = DicomDictionary.Find(ReadTag(first, isBigEndian: false))?.Vrs.Contains(vr) == true;
        return hasLetters && (isExpected || ReadUInt32(first[4..], isBigEndian: false) > cursor.Remaining)
            ? surrounding
            : DataSetEncoding.ImplicitLittleEndian;
    }
}
