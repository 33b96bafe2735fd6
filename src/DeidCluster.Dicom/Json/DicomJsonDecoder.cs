using System.Buffers;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>One pass over the JSON text of a data set (PS3.18 F.2). Recursion goes as deep as sequences nest and is limited.</summary>
internal ref partial struct DicomJsonDecoder
{
    private static readonly byte[] Utf8Term = "ISO_IR 192"u8.ToArray();

    private readonly DicomJsonReadOptions options;
    private readonly long offset;
    private readonly TagPath path = new();
    private readonly ArrayBufferWriter<byte> value = new();
    private Utf8JsonReader json;
    private int count;
    private bool needsCharacterSet;

    private DicomJsonDecoder(ReadOnlySpan<byte> utf8, long offset, DicomJsonReadOptions options)
    {
        json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = options.JsonDepthMax });
        (this.offset, this.options) = (offset, options);
    }

    /// <summary>The data set in <paramref name="utf8"/>, which stands at <paramref name="offset"/> of the input.</summary>
    public static DataSet Decode(ReadOnlySpan<byte> utf8, long offset, DicomJsonReadOptions options)
    {
        DicomJsonDecoder decoder = new(utf8, offset, options);
        try
        {
            return decoder.Decode();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The framework's reader says InvalidOperationException of a name or base64 in which half a surrogate pair is escaped.
            throw new DicomFormatException("not well-formed JSON", offset + decoder.json.BytesConsumed, decoder.path.ToString(null));
        }
    }

    private DataSet Decode()
    {
        bool isInArray = Next() == JsonTokenType.StartArray;
        if (isInArray)
        {
            json.Read();
        }

        Require(JsonTokenType.StartObject, null);
        DataSet dataSet = ReadDataSet();
        if (isInArray && Next() != JsonTokenType.EndArray)
        {
            throw Malformed("more than one data set", json.TokenStartIndex, null);
        }

        json.Read(); // throws when more follows
        if (needsCharacterSet && !dataSet.Contains(Tags.SpecificCharacterSet))
        {
            dataSet.Set(new ValueElement(Tags.SpecificCharacterSet, Vr.CS, Utf8Term));
        }

        return dataSet;
    }

    /// <summary>The elements up to the end of the object whose start was read. JSON has no order, a data set has.</summary>
    private DataSet ReadDataSet()
    {
        List<Element> elements = [];
        bool isAscending = true;
        while (Next() == JsonTokenType.PropertyName)
        {
            Tag tag = ReadTag();
            long at = json.TokenStartIndex;
            Count(tag);
            json.Read();
            if (tag.IsGroupLength || tag.Group == 0x0002)
            {
                json.Skip(); // no part of a data set in JSON (PS3.18 F.2.2)
                continue;
            }

            Require(JsonTokenType.StartObject, tag);
            elements.Add(ReadAttribute(tag));
            if (elements.Count > 1 && elements[^2].Tag >= tag)
            {
                isAscending = false;
                if (elements[^2].Tag == tag)
                {
                    throw Malformed("an attribute stands there twice", at, tag);
                }
            }
        }

        return isAscending ? new DataSet(elements) : Sorted(elements);
    }

    private readonly DataSet Sorted(List<Element> elements)
    {
        elements.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        for (int i = 1; i < elements.Count; i++)
        {
            if (elements[i - 1].Tag == elements[i].Tag)
            {
                throw Malformed("an attribute stands there twice", json.TokenStartIndex, elements[i].Tag);
            }
        }

        return new DataSet(elements);
    }

    /// <summary>The attribute object whose start was read. Members that PS3.18 F.2.2 does not name are passed over.</summary>
    private Element ReadAttribute(Tag tag)
    {
        Vr? vr = FindVr(tag);
        Element? element = null;
        while (Next() == JsonTokenType.PropertyName)
        {
            long at = json.TokenStartIndex;
            Member member = json.ValueTextEquals("Value"u8) ? Member.Value
                : json.ValueTextEquals("InlineBinary"u8) ? Member.InlineBinary
                : json.ValueTextEquals("BulkDataURI"u8) ? Member.BulkDataUri
                : Member.Other;
            json.Read();
            if (member == Member.Other)
            {
                json.Skip();
                continue;
            }

            if (element is not null)
            {
                throw Malformed("an attribute has more than one of Value, InlineBinary and BulkDataURI", at, tag);
            }

            element = member switch
            {
                Member.Value => ReadValue(tag, vr),
                Member.InlineBinary => ReadInlineBinary(tag, vr ?? Vr.UN),
                _ => ReadBulkDataUri(tag, vr ?? Vr.UN),
            };
        }

        return element ?? Empty(tag, vr ?? Vr.UN);
    }

    private enum Member { Value, InlineBinary, BulkDataUri, Other }

    /// <summary>The "vr" of the attribute whose start was read, wherever it stands among the members; without one, the dictionary's, or null.</summary>
    private readonly Vr? FindVr(Tag tag)
    {
        Utf8JsonReader ahead = json;
        Vr? vr = null;
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            bool isVr = ahead.ValueTextEquals("vr"u8);
            ahead.Read();
            if (!isVr)
            {
                ahead.Skip();
                continue;
            }

            bool isKnown = ahead.TokenType == JsonTokenType.String && ahead.ValueSpan.Length == 2
                && VrFacts.TryParse(ahead.ValueSpan[0], ahead.ValueSpan[1], out Vr given)
                && Assign(given, ref vr);
            if (!isKnown)
            {
                throw Malformed("an unknown or second value representation", ahead.TokenStartIndex, tag);
            }
        }

        return vr ?? DicomDictionary.Find(tag)?.Vr;
    }

    private static bool Assign(Vr given, ref Vr? vr)
    {
        bool isFirst = vr is null;
        vr = given;
        return isFirst;
    }

    private Element ReadValue(Tag tag, Vr? vr)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return Empty(tag, vr ?? Vr.UN);
        }

        Require(JsonTokenType.StartArray, tag);
        return vr switch
        {
            null => throw Malformed("a value of an attribute without a value representation", json.TokenStartIndex, tag),
            Vr.SQ => ReadItems(tag),
            Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.UN => ReadNothing(tag, vr.Value),
            { } text when text.IsText() => ReadText(tag, text),
            { } number => ReadNumbers(tag, number),
        };
    }

    private SequenceElement ReadItems(Tag tag)
    {
        if (path.Depth >= options.SequenceDepthMax)
        {
            throw Malformed($"sequences nest deeper than {options.SequenceDepthMax} levels", json.TokenStartIndex, tag);
        }

        List<DataSet> items = [];
        while (Next() != JsonTokenType.EndArray)
        {
            Count(tag);
            if (json.TokenType == JsonTokenType.Null)
            {
                items.Add(new DataSet());
                continue;
            }

            Require(JsonTokenType.StartObject, tag);
            path.Enter(tag, items.Count);
            items.Add(ReadDataSet());
            path.Leave();
        }

        return new SequenceElement(tag, items);
    }

    private ValueElement ReadNothing(Tag tag, Vr vr)
    {
        if (Next() != JsonTokenType.EndArray)
        {
            throw Malformed($"a value of {vr} that is not InlineBinary", json.TokenStartIndex, tag);
        }

        return new ValueElement(tag, vr, default);
    }

    private readonly ValueElement ReadInlineBinary(Tag tag, Vr vr)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return new ValueElement(tag, vr, default);
        }

        if (vr is not (Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.UN) || json.TokenType != JsonTokenType.String
            || !json.TryGetBytesFromBase64(out byte[]? bytes))
        {
            throw Malformed("InlineBinary that is no base64, or of a representation that has none", json.TokenStartIndex, tag);
        }

        return new ValueElement(tag, vr, Padded(vr, bytes));
    }

    private readonly BulkDataElement ReadBulkDataUri(Tag tag, Vr vr)
    {
        if (vr == Vr.SQ || json.TokenType != JsonTokenType.String)
        {
            throw Malformed("a BulkDataURI that is no text, or of a sequence", json.TokenStartIndex, tag);
        }

        return new BulkDataElement(tag, vr, Text(tag));
    }

    private static Element Empty(Tag tag, Vr vr) => vr == Vr.SQ ? new SequenceElement(tag) : new ValueElement(tag, vr, default);

    private readonly Tag ReadTag()
    {
        ReadOnlySpan<byte> name = json.ValueSpan;
        uint value = 0;
        bool isTag = name.Length == 8;
        for (int i = 0; i < name.Length && isTag; i++)
        {
            int digit = name[i] switch
            {
                >= (byte)'0' and <= (byte)'9' => name[i] - '0',
                >= (byte)'A' and <= (byte)'F' => name[i] - 'A' + 10,
                >= (byte)'a' and <= (byte)'f' => name[i] - 'a' + 10,
                _ => -1,
            };
            isTag = digit >= 0;
            value = (value << 4) | (uint)(digit & 0xF);
        }

        Tag tag = new(value);
        if (!isTag || tag.Group is 0x0000 or 0xFFFE)
        {
            throw Malformed("a name that is no tag of a data set", json.TokenStartIndex, null);
        }

        return tag;
    }

    private JsonTokenType Next()
    {
        json.Read();
        return json.TokenType;
    }

    private readonly void Require(JsonTokenType token, Tag? tag)
    {
        if (json.TokenType != token)
        {
            throw Malformed($"no {(token == JsonTokenType.StartObject ? "object" : "array")} where one must stand", json.TokenStartIndex, tag);
        }
    }

    /// <summary>Counts an element or an item: each costs memory, whatever its length.</summary>
    private void Count(Tag tag)
    {
        if (++count > options.ElementsMax)
        {
            throw Malformed($"more than {options.ElementsMax} elements and items", json.TokenStartIndex, tag);
        }
    }

    private readonly DicomFormatException Malformed(string problem, long at, Tag? tag) => new(problem, offset + at, path.ToString(tag));
}
