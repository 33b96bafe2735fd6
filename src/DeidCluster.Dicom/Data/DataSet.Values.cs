using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace DeidCluster.Dicom;

/// <content>Values as text and numbers (PS3.5 6.2 to 6.4). A value left in the source (<see cref="RangeElement"/>) has neither.</content>
public sealed partial class DataSet
{
    /// <summary>The first element of the first block that a private creator can reserve (PS3.5 7.8.1).</summary>
    private const ushort FirstBlockElement = 0x1000;

    /// <summary>What (0008,0005) was parsed to: each text at this level and below asks for it.</summary>
    private NamedCharacterSet? named;

    /// <summary>The character set in which text at this level is encoded: its own (0008,0005), else the enclosing data set's.</summary>
    public CharacterSet CharacterSet
    {
        get
        {
            if (Find(Tags.SpecificCharacterSet) is not ValueElement { Bytes.Length: > 0 } own)
            {
                return Enclosing?.CharacterSet ?? CharacterSet.Default;
            }

            if (named?.Element != own)
            {
                named = new NamedCharacterSet(own, CharacterSet.Parse(own.Bytes.Span));
            }

            return named.CharacterSet;
        }
    }

    /// <summary>The first value of <paramref name="tag"/> as text, without padding; null when it is absent, empty or no text or number.</summary>
    public string? GetString(Tag tag) => GetStrings(tag) is [{ Length: > 0 } first, ..] ? first : null;

    /// <summary>
    /// The values of <paramref name="tag"/> as text, decoded, without padding (PS3.5 6.2); numbers in invariant form. None when it is
    /// absent, empty or no text or number; a value that is empty between delimiters is an empty string.
    /// </summary>
    public IReadOnlyList<string> GetStrings(Tag tag) => Find(tag) is ValueElement element ? Strings(element) : [];

    /// <summary>The values of <paramref name="element"/>, which belongs to this data set, as <see cref="GetStrings"/> gives them.</summary>
    public IReadOnlyList<string> Strings(ValueElement element)
    {
        Vr vr = EffectiveVr(element);
        ReadOnlySpan<byte> bytes = element.Bytes.Span;
        if (bytes.IsEmpty)
        {
            return [];
        }

        return vr.IsText() ? TextValues.Split(CharacterSet, vr, bytes) : NumberValues.Strings(vr, bytes);
    }

    /// <summary>The first value of <paramref name="tag"/> as an integer (IS, US, SS, UL, SL, UV, SV that fit); null when there is none.</summary>
    public int? GetInt(Tag tag) => GetInts(tag) is [int first, ..] ? first : null;

    /// <summary>The values of <paramref name="tag"/> as integers; none when it is absent, empty, or one of them is no integer of 32 bits.</summary>
    public IReadOnlyList<int> GetInts(Tag tag)
    {
        IReadOnlyList<string> values = GetStrings(tag);
        int[] numbers = new int[values.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!int.TryParse(values[i], NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }

    /// <summary>The first value of <paramref name="tag"/> as a number (DS, IS, FL, FD and the binary integers); null when there is none.</summary>
    public double? GetDouble(Tag tag) => GetDoubles(tag) is [double first, ..] ? first : null;

    /// <summary>The values of <paramref name="tag"/> as numbers; none when it is absent, empty, or one of them is no number.</summary>
    public IReadOnlyList<double> GetDoubles(Tag tag)
    {
        IReadOnlyList<string> values = GetStrings(tag);
        double[] numbers = new double[values.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!double.TryParse(values[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }

    /// <summary>The value field of <paramref name="tag"/>, padding included; empty when it is absent or no value in memory.</summary>
    public ReadOnlyMemory<byte> GetBytes(Tag tag) => Find(tag) is ValueElement element ? element.Bytes : default;

    /// <summary>
    /// Sets <paramref name="tag"/> to <paramref name="values"/>, with the VR of the dictionary and encoded in this data set's character
    /// set; no values make the element empty.
    /// </summary>
    /// <exception cref="CharacterSetException">A character that the set lacks: see <see cref="TryToUtf8"/>.</exception>
    public void SetString(Tag tag, params ReadOnlySpan<string> values) => SetString(tag, DictionaryVr(tag), values);

    /// <summary>Sets <paramref name="tag"/>, whose VR is given because it may be private, to <paramref name="values"/>.</summary>
    public void SetString(Tag tag, Vr vr, params ReadOnlySpan<string> values)
    {
        if (!vr.IsText())
        {
            throw new ArgumentException($"{tag} with VR {vr} holds no text", nameof(vr));
        }

        Set(new ValueElement(tag, vr, TextValues.Encode(tag, CharacterSet, vr, string.Join('\\', values!))));
    }

    /// <summary>
    /// A copy whose text is UTF-8 at every level, for when a character must be written that the present set lacks. False when some text is no certain reading of its
    /// bytes (<see cref="CharacterSet.TryDecode"/>), or was left in the source unread and its set is not UTF-8. Group lengths, which would be wrong, are left out (PS3.5 7.2).
    /// </summary>
    public bool TryToUtf8(out DataSet copy)
    {
        bool isExact = true;
        copy = new DataSet { UndefinedLength = UndefinedLength };
        CharacterSet from = CharacterSet;
        foreach (Element element in elements.Where(element => element.Tag.ElementNumber != 0))
        {
            switch (element)
            {
                case SequenceElement sequence:
                    List<DataSet> items = [];
                    foreach (DataSet item in sequence.Items)
                    {
                        isExact &= item.TryToUtf8(out DataSet converted);
                        items.Add(converted);
                    }

                    copy.Add(new SequenceElement(sequence.Tag, sequence.Vr, items, sequence.UndefinedLength));
                    break;
                case ValueElement value when value.Vr.UsesCharacterSet():
                    isExact &= from.TryDecode(value.Bytes.Span, value.Vr, out string text);
                    copy.Add(new ValueElement(value.Tag, value.Vr, TextValues.Encode(value.Tag, Dicom.CharacterSet.Utf8, value.Vr, text)));
                    break;
                case RangeElement unread when unread.Vr.UsesCharacterSet():
                    isExact &= from.IsUtf8;
                    copy.Add(element);
                    break;
                default:
                    copy.Add(element);
                    break;
            }
        }

        if (Enclosing is null || Contains(Tags.SpecificCharacterSet))
        {
            copy.Set(new ValueElement(Tags.SpecificCharacterSet, Vr.CS, TextValues.Encode(Tags.SpecificCharacterSet, Dicom.CharacterSet.Default, Vr.CS, Dicom.CharacterSet.Utf8.ToString())));
        }

        return isExact;
    }

    /// <summary>Sets <paramref name="tag"/> to integers, with the VR of the dictionary: US, SS, UL, SL, UV, SV or IS.</summary>
    public void SetInt(Tag tag, params ReadOnlySpan<int> values) => Set(new ValueElement(tag, DictionaryVr(tag), NumberValues.Encode(tag, DictionaryVr(tag), values)));

    /// <summary>Sets <paramref name="tag"/> to unsigned integers of 16 bits with VR US, also where the dictionary allows SS too.</summary>
    public void SetUshort(Tag tag, params ReadOnlySpan<ushort> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(ushort)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort)), values[i]);
        }

        Set(new ValueElement(tag, Vr.US, bytes));
    }

    /// <summary>Sets <paramref name="tag"/> to unsigned integers of 32 bits with VR UL.</summary>
    public void SetUint(Tag tag, params ReadOnlySpan<uint> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(uint)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), values[i]);
        }

        Set(new ValueElement(tag, Vr.UL, bytes));
    }

    /// <summary>Sets <paramref name="tag"/> to numbers, with the VR of the dictionary: FD, FL or DS.</summary>
    public void SetDouble(Tag tag, params ReadOnlySpan<double> values) => Set(new ValueElement(tag, DictionaryVr(tag), NumberValues.Encode(tag, DictionaryVr(tag), values)));

    /// <summary>Sets <paramref name="tag"/> to a value field in little-endian order, padded here when its length is odd.</summary>
    public void SetBytes(Tag tag, Vr vr, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length % 2 == 1)
        {
            byte[] padded = new byte[bytes.Length + 1];
            bytes.CopyTo(padded);
            padded[^1] = vr.PaddingByte();
            bytes = padded;
        }

        Set(new ValueElement(tag, vr, bytes));
    }

    /// <summary>Sets <paramref name="tag"/> to a value of length zero, with the VR of the dictionary; a sequence to one without items.</summary>
    public void SetEmpty(Tag tag)
    {
        Vr vr = DictionaryVr(tag);
        Set(vr == Vr.SQ ? new SequenceElement(tag) : new ValueElement(tag, vr, default));
    }

    /// <summary>Sets <paramref name="tag"/> to a sequence of <paramref name="items"/> with defined lengths.</summary>
    public void SetItems(Tag tag, params IReadOnlyList<DataSet> items) => Set(new SequenceElement(tag, items));

    /// <summary>
    /// The dictionary row of <paramref name="tag"/>: the standard's, or for an element of a private block that of the creator who reserved the
    /// block in this data set (PS3.5 7.8.1); null when neither is known.
    /// </summary>
    public DictionaryEntry? Entry(Tag tag) => DicomDictionary.Find(tag)
        ?? (PrivateCreator(tag) is { } creator ? PrivateDictionary.Find(creator, tag) : null);

    /// <summary>The creator who reserved the private block of <paramref name="tag"/> at this level; null when there is none.</summary>
    public string? PrivateCreator(Tag tag) => tag.IsPrivate && tag.ElementNumber >= FirstBlockElement
        ? GetString(new Tag(tag.Group, (ushort)(tag.ElementNumber >> 8)))?.Trim()
        : null;

    /// <summary>
    /// The VR by which the value of <paramref name="element"/>, which belongs to this data set, is understood: a known attribute that is UN has its own VR
    /// back (PS3.5 6.2.2 note 2), a private one that of its creator where the value can have it. It is written with the VR that it has.
    /// </summary>
    public Vr EffectiveVr(Element element)
    {
        if (element.Vr != Vr.UN)
        {
            return element.Vr;
        }

        Vr vr = Entry(element.Tag)?.Vr ?? Vr.UN;
        bool isWhole = !element.Tag.IsPrivate || element is not ValueElement value || (value.Bytes.Length % vr.UnitBytes() == 0 && (!vr.IsText() || IsText(value.Bytes.Span)));
        return isWhole ? vr : Vr.UN;
    }

    /// <summary>False where control characters show that a list is wrong about a private value.</summary>
    private static bool IsText(ReadOnlySpan<byte> bytes) => !bytes.TrimEnd((byte)0).ContainsAny(NoText);

    private static readonly SearchValues<byte> NoText = SearchValues.Create([.. Enumerable.Range(0, ' ').Where(code => code is not ('\t' or '\n' or '\f' or '\r' or 0x1B)).Select(code => (byte)code)]);

    private static Vr DictionaryVr(Tag tag) => DicomDictionary.Find(tag)?.Vr
        ?? throw new ArgumentException($"{tag} is not in the dictionary; give its VR", nameof(tag));

    private sealed record NamedCharacterSet(ValueElement Element, CharacterSet CharacterSet);
}
