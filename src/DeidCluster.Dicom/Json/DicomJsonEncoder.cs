using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>Writes the attribute objects of a data set and of its items (PS3.18 F.2.2), in the order of tags; of duplicates, the first.</summary>
internal sealed partial class DicomJsonEncoder(Utf8JsonWriter json, DicomJsonWriteOptions options)
{
    private const int InlineValueBytesMax = 256 * 1024 * 1024;
    private const byte EscapeByte = 0x1B;
    private const byte FirstBeyondAscii = 0x80;

    private static readonly ValueElement Utf8Declared = new(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192"u8.ToArray());

    private readonly List<string> path = [];

    /// <summary>Writes <paramref name="dataSet"/> as one object.</summary>
    public void Write(DataSet dataSet)
    {
        CharacterSet characterSet = dataSet.CharacterSet;
        json.WriteStartObject();
        Tag? last = null;
        foreach (Element element in Ordered(dataSet))
        {
            if (!element.Tag.IsGroupLength && element.Tag.Group != 0x0002 && element.Tag != last)
            {
                Write(dataSet, element.Tag == Tags.SpecificCharacterSet && element is ValueElement { Bytes.Length: > 0 } ? Utf8Declared : element, characterSet);
                last = element.Tag;
            }
        }

        json.WriteEndObject();
    }

    /// <summary>The elements in ascending order, with a Specific Character Set where text needs one and the data set has none.</summary>
    private static IReadOnlyList<Element> Ordered(DataSet dataSet)
    {
        bool addsCharacterSet = dataSet.Enclosing is null && dataSet.Find(Tags.SpecificCharacterSet) is not ValueElement { Bytes.Length: > 0 } && HasTextBeyondAscii(dataSet);
        bool isAscending = true;
        for (int i = 1; i < dataSet.Count && isAscending; i++)
        {
            isAscending = dataSet.Elements[i - 1].Tag < dataSet.Elements[i].Tag;
        }

        return isAscending && !addsCharacterSet
            ? dataSet.Elements
            : [.. (addsCharacterSet ? dataSet.Prepend(Utf8Declared) : dataSet).OrderBy(element => element.Tag)]; // a stable order: the first of duplicates stays first
    }

    private static bool HasTextBeyondAscii(DataSet dataSet) => dataSet.Any(element => element switch
    {
        ValueElement value => value.Vr.UsesCharacterSet() && !IsPlain(value.Bytes.Span),
        RangeElement range => range.Vr.UsesCharacterSet(),
        SequenceElement sequence => sequence.Items.Any(HasTextBeyondAscii),
        _ => false,
    });

    private void Write(DataSet dataSet, Element element, CharacterSet characterSet)
    {
        Span<char> name = stackalloc char[8];
        element.Tag.Value.TryFormat(name, out _, "X8", CultureInfo.InvariantCulture);
        json.WriteStartObject(name);
        switch (element)
        {
            case SequenceElement sequence:
                WriteSequence(sequence);
                break;
            case BulkDataElement bulk:
                WriteVr(bulk.Vr);
                json.WriteString("BulkDataURI"u8, bulk.Uri);
                break;
            default:
                if (BulkDataUri(element) is { } uri)
                {
                    WriteVr(element.Vr);
                    json.WriteString("BulkDataURI"u8, uri);
                }
                else
                {
                    WriteInline(element, characterSet);
                }

                break;
        }

        json.WriteEndObject();
    }

    private void WriteSequence(SequenceElement sequence)
    {
        WriteVr(Vr.SQ); // also where it was found inside UN: the object says what it is
        if (sequence.Items.Count == 0)
        {
            return;
        }

        json.WriteStartArray("Value"u8);
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            path.Add($"{sequence.Tag.Value:X8}/{i}/");
            Write(sequence.Items[i]);
            path.RemoveAt(path.Count - 1);
        }

        json.WriteEndArray();
    }

    private void WriteInline(Element element, CharacterSet characterSet)
    {
        if (element is FragmentsElement)
        {
            throw new InvalidOperationException($"{element.Tag} is encapsulated, which has no inline form in JSON: it needs a BulkDataURI");
        }

        ReadOnlyMemory<byte> bytes = InlineBytes(element);
        Vr vr = element.Vr;
        int size = NumberBytes(vr);
        if (size > 0 && bytes.Length % size != 0)
        {
            vr = Vr.UN; // half a number is none; nothing is lost this way
            size = 0;
        }

        WriteVr(vr);
        if (bytes.IsEmpty)
        {
            return;
        }

        if (size > 0)
        {
            WriteNumbers(vr, size, bytes.Span);
        }
        else if (vr.IsText())
        {
            WriteText(characterSet, vr, bytes.Span);
        }
        else
        {
            json.WriteBase64String("InlineBinary"u8, bytes.Span);
        }
    }

    private ReadOnlyMemory<byte> InlineBytes(Element element)
    {
        if (element is ValueElement value)
        {
            return value.Bytes;
        }

        SourceRange range = ((RangeElement)element).Range;
        if (options.Source is null || range.Length > InlineValueBytesMax)
        {
            throw new InvalidOperationException($"{element.Tag} lies in a source that is not given, or has more than {InlineValueBytesMax} bytes: it needs a BulkDataURI");
        }

        SegmentList segments = new();
        segments.Add(new Segment(options.Source, range));
        return segments.ToArray();
    }

    private string? BulkDataUri(Element element)
    {
        long length = element switch
        {
            ValueElement value => value.Bytes.Length,
            RangeElement range => range.Range.Length,
            FragmentsElement fragments => fragments.Range.Length,
            _ => 0,
        };
        bool isAsked = options.BulkDataUri is not null && (element is FragmentsElement || (length > options.InlineBytesMax && MayBeBulk(element.Vr)));
        return isAsked ? options.BulkDataUri!(new BulkDataPlace($"{string.Concat(path)}{element.Tag.Value:X8}", element, length)) : null;
    }

    /// <summary>The representations that PS3.18 F.2.2 lists for BulkDataURI.</summary>
    private static bool MayBeBulk(Vr vr) => vr is Vr.DS or Vr.FL or Vr.FD or Vr.IS or Vr.LT or Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW
        or Vr.SL or Vr.SS or Vr.ST or Vr.SV or Vr.UC or Vr.UL or Vr.UN or Vr.US or Vr.UT or Vr.UV;

    /// <summary>The size of one number or tag; 0 for text and for what is base64.</summary>
    private static int NumberBytes(Vr vr) => vr switch
    {
        Vr.US or Vr.SS => 2,
        Vr.UL or Vr.SL or Vr.FL or Vr.AT => 4,
        Vr.FD or Vr.SV or Vr.UV => 8,
        _ => 0,
    };

    private void WriteVr(Vr vr)
    {
        ReadOnlySpan<byte> letters = [(byte)((int)vr >> 8), (byte)vr];
        json.WriteString("vr"u8, letters);
    }

    /// <summary>True when every character set of the standard reads <paramref name="bytes"/> as the same ASCII text.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> bytes) => Ascii.IsValid(bytes) && !bytes.Contains(EscapeByte);
}
