using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <content>The head of an element: tag, VR and length (PS3.5 7.1.2, 7.1.3), and what a length and a VR mean together.</content>
public ref partial struct DataSetTokens
{
    private const int PixelRepresentationSigned = 1;

    /// <summary>The next element, or its start; false where the data set is to be read no further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ReadElement()
    {
        long offset = next;
        DataSetEncoding encoding = current.Encoding;
        ReadOnlySpan<byte> bytes = Peek(offset, LongHeaderBytes, current.End);
        if (current.Kind == FrameKind.Root && (IsBehind(bytes, encoding.IsBigEndian) || (bytes.IsEmpty && source!.Source.Length <= offset)))
        {
            HasStopped = !bytes.IsEmpty; // else a source without a known length has turned out to end here
            next = bytes.IsEmpty ? current.End : next;
            Kind = TokenKind.None;
            return false;
        }

        if (bytes.Length < TagAndLengthBytes)
        {
            throw Malformed("the input ends inside the head of an element", offset, null);
        }

        Tag tag = ReadTag(bytes, encoding.IsBigEndian);
        if (tag.Value == 0 && current.Kind == FrameKind.Root && count > 0 && IsZeroFrom(offset))
        {
            TrailingZeroBytes = current.End - offset;
            (next, Kind) = (current.End, TokenKind.None);
            return false;
        }

        Vr vr;
        uint length;
        if (!encoding.IsExplicitVr || tag.Group == Item.Group)
        {
            vr = tag.Group == Item.Group ? Vr.OB : ImpliedVr(tag);
            length = ReadUInt32(bytes[4..], encoding.IsBigEndian);
            next = offset + TagAndLengthBytes;
        }
        else
        {
            VrForm form = VrFacts.FormOf(bytes[4], bytes[5]);
            vr = (Vr)BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
            if (form == VrForm.Short)
            {
                length = ReadUInt16(bytes[6..], encoding.IsBigEndian);
                next = offset + TagAndLengthBytes;
            }
            else if (form == VrForm.None)
            {
                throw Malformed("unknown value representation", offset + 4, tag);
            }
            else if (bytes.Length < LongHeaderBytes)
            {
                throw Malformed("the input ends inside the head of an element", offset, tag);
            }
            else
            {
                length = ReadUInt32(bytes[8..], encoding.IsBigEndian);
                next = offset + LongHeaderBytes;
            }
        }

        if (tag.Group == Item.Group && tag.ElementNumber != 0xFFFC)
        {
            throw Malformed("an item or delimitation item stands outside of a sequence", offset, tag);
        }

        Count(offset, tag);
        if (length == UndefinedLength)
        {
            BeginUndefinedLength(tag, vr, offset, encoding);
            return true;
        }

        if (length > current.End - next)
        {
            throw Malformed($"a value does not fit the {current.End - next} bytes that are left", offset, tag);
        }

        if (vr == Vr.SQ)
        {
            BeginSequence(tag, vr, offset, length, encoding);
        }
        else if (vr == Vr.UN && encoding.IsExplicitVr && IsUnknownSequence(tag, length))
        {
            BeginSequence(tag, vr, offset, length, DataSetEncoding.ImplicitLittleEndian);
        }
        else
        {
            Set(TokenKind.Element, tag, vr, offset, next, length, false);
            next += length;
            if (tag == Tags.PixelRepresentation && current.HasSignedPixels is null)
            {
                current.HasSignedPixels = SaysSigned();
            }
        }

        return true;
    }

    private void BeginUndefinedLength(Tag tag, Vr vr, long offset, DataSetEncoding encoding)
    {
        switch (vr)
        {
            case Vr.SQ:
                BeginSequence(tag, vr, offset, UndefinedLength, encoding);
                break;
            case Vr.UN when encoding.IsExplicitVr:
                DataSetEncoding inside = EncodingInsideUnknown(encoding);

                // Explicit items are none that UN may have: written as what they are, they lose no VR.
                BeginSequence(tag, inside.IsExplicitVr ? Vr.SQ : Vr.UN, offset, UndefinedLength, inside);
                break;
            case Vr.OB or Vr.OW when !encoding.IsBigEndian: // no encapsulated syntax is big endian (PS3.5 A.4)
                Begin(TokenKind.FragmentsStart, FrameKind.Fragments, tag, vr, offset, 0, isUndefined: true, encoding);
                break;
            case not (Vr.OB or Vr.OW) when !encoding.IsExplicitVr: // without letters the length says that it is a sequence, whatever the dictionary says
                BeginSequence(tag, Vr.SQ, offset, UndefinedLength, encoding);
                break;
            default:
                throw Malformed($"undefined length with {(vr.IsKnown() ? $"VR {vr}" : "an unknown VR")}", offset, tag);
        }
    }

    /// <summary>True where reading ends: at another group than the only one wanted, or at the tag to stop at or one behind it.</summary>
    private readonly bool IsBehind(ReadOnlySpan<byte> bytes, bool isBigEndian) => onlyGroup != AnyGroup
        ? bytes.Length < 2 || ReadUInt16(bytes, isBigEndian) != onlyGroup
        : stopAt <= uint.MaxValue && bytes.Length >= TagAndLengthBytes && ReadTag(bytes, isBigEndian).Value >= stopAt;

    /// <summary>True when nothing but zeros follows: padding of a block, which is no element and which every peer passes over.</summary>
    private bool IsZeroFrom(long offset)
    {
        while (offset < rootEnd && Peek(offset, LongHeaderBytes, rootEnd) is { Length: > 0 } bytes)
        {
            if (bytes.ContainsAnyExcept((byte)0))
            {
                return false;
            }

            offset += bytes.Length;
        }

        return offset >= Math.Min(rootEnd, source?.Source.Length ?? rootEnd);
    }

    /// <summary>The VR of an implicit-VR element: from the dictionary; between several, as PS3.5 A.1 and the pixels' sign say.</summary>
    private readonly Vr ImpliedVr(Tag tag)
    {
        Vr vr = DicomDictionary.ImplicitVr(tag);
        return vr == DicomDictionary.UnsignedOrSigned ? HasSignedPixels() ? Vr.SS : Vr.US : vr;
    }

    private readonly bool HasSignedPixels()
    {
        if (current.HasSignedPixels is { } own)
        {
            return own;
        }

        for (int i = enclosingCount - 1; i >= 0; i--)
        {
            if (enclosing![i].HasSignedPixels is { } outer)
            {
                return outer;
            }
        }

        return false;
    }

    private bool SaysSigned()
    {
        ReadOnlySpan<byte> value = Peek(ValueOffset, 2, next);
        return value.Length >= 2 && ReadUInt16(value, SwapBytes > 1) == PixelRepresentationSigned;
    }

    /// <summary>True for a sequence of the standard that was written as UN with a defined length (PS3.5 6.2.2 note 2) and begins with an item.</summary>
    private bool IsUnknownSequence(Tag tag, uint length) => length >= TagAndLengthBytes
        && DicomDictionary.Find(tag)?.Vr == Vr.SQ
        && Peek(next, TagAndLengthBytes, rootEnd) is { Length: >= TagAndLengthBytes } bytes
        && ReadTag(bytes, isBigEndian: false) == Item;

    /// <summary>
    /// The encoding of items inside UN with undefined length: implicit little endian (PS3.5 6.2.2 note 4). Some writers keep the
    /// surrounding explicit VR there; the first element of the first item shows it by the letters of its VR where a length would stand.
    /// </summary>
    private DataSetEncoding EncodingInsideUnknown(DataSetEncoding surrounding)
    {
        ReadOnlySpan<byte> bytes = Peek(next, TagAndLengthBytes + TagAndLengthBytes, rootEnd);
        if (bytes.Length < TagAndLengthBytes + TagAndLengthBytes || ReadTag(bytes, isBigEndian: false) != Item)
        {
            return DataSetEncoding.ImplicitLittleEndian;
        }

        ReadOnlySpan<byte> first = bytes[TagAndLengthBytes..];
        bool hasLetters = VrFacts.TryParse(first[4], first[5], out Vr vr);
        bool isExpected = DicomDictionary.Find(ReadTag(first, isBigEndian: false))?.Vrs.Contains(vr) == true;
        return hasLetters && (isExpected || ReadUInt32(first[4..], isBigEndian: false) > rootEnd - next)
            ? surrounding
            : DataSetEncoding.ImplicitLittleEndian;
    }
}
