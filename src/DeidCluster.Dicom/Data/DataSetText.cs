using System.Globalization;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>A data set for people's eyes, one line an element. It shows values, so it belongs on an operator's screen and never in a log.</summary>
public static class DataSetText
{
    /// <summary>A longer value is cut. Characters.</summary>
    public const int ValueCharactersMax = 64;

    private const int PreviewBytesMax = 16;

    /// <summary>Writes the transfer syntax, the file meta information and the data set of <paramref name="file"/>.</summary>
    public static void Dump(DicomFile file, TextWriter writer, int valueCharactersMax = ValueCharactersMax)
    {
        writer.WriteLine($"# {file.TransferSyntax.Name} ({file.TransferSyntax.Uid}{(file.IsSyntaxGuessed ? ", guessed from the first element" : "")}), {(file.Preamble is null ? "no preamble" : "preamble")}, data set at byte {file.DataSetOffset}");
        Dump(file.FileMeta, writer, valueCharactersMax);
        Dump(file.DataSet, writer, valueCharactersMax);
    }

    /// <summary>Writes <paramref name="dataSet"/>: path, VR, length of the value in bytes, keyword and value.</summary>
    public static void Dump(DataSet dataSet, TextWriter writer, int valueCharactersMax = ValueCharactersMax) => Dump(dataSet, "", writer, valueCharactersMax);

    /// <summary>The value of <paramref name="element"/>, which belongs to <paramref name="dataSet"/>, on one line and cut to <paramref name="valueCharactersMax"/>.</summary>
    public static string Value(DataSet dataSet, Element element, int valueCharactersMax = ValueCharactersMax)
    {
        switch (element)
        {
            case SequenceElement sequence:
                return $"{sequence.Items.Count} {(sequence.Items.Count == 1 ? "item" : "items")}";
            case FragmentsElement fragments:
                int count = Math.Max(0, fragments.Items.Count - 1); // the first item is the offset table
                return $"{count} {(count == 1 ? "fragment" : "fragments")}, {fragments.Range.Length} bytes";
            case RangeElement range:
                return $"{range.Range.Length} bytes at {range.Range.Offset}";
            case ValueElement value when dataSet.Strings(value) is { Count: > 0 } texts:
                return Cut(OneLine(string.Join('\\', texts)), valueCharactersMax);
            case ValueElement value:
                ReadOnlySpan<byte> bytes = value.Bytes.Span;
                return Convert.ToHexString(bytes[..Math.Min(bytes.Length, PreviewBytesMax)]) + (bytes.Length > PreviewBytesMax ? "..." : "");
            default:
                return "";
        }
    }

    private static void Dump(DataSet dataSet, string path, TextWriter writer, int valueCharactersMax)
    {
        foreach (Element element in dataSet.Elements)
        {
            writer.WriteLine($"{path}{element.Tag} {element.Vr.Letters()} {Length(element)} {Keyword(dataSet, element.Tag)} {Value(dataSet, element, valueCharactersMax)}".TrimEnd());
            if (element is SequenceElement sequence)
            {
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    Dump(sequence.Items[i], $"{path}{element.Tag}[{i}].", writer, valueCharactersMax);
                }
            }
        }
    }

    /// <summary>The standard's keyword, or the name that lists of private elements give.</summary>
    private static string Keyword(DataSet dataSet, Tag tag) => dataSet.Entry(tag) switch
    {
        { Keyword.Length: > 0 } entry => entry.Keyword,
        { Name.Length: > 0 } entry when tag.IsPrivate => $"(private: {entry.Name})",
        _ => tag.IsPrivate ? "(private)" : "(unknown)",
    };

    private static string Length(Element element) => element switch
    {
        ValueElement value => value.Bytes.Length.ToString(CultureInfo.InvariantCulture),
        RangeElement range => range.Range.Length.ToString(CultureInfo.InvariantCulture),
        SequenceElement { UndefinedLength: false } => "sq",
        _ => "u/l",
    };

    private static string Cut(string text, int charactersMax) => text.Length <= charactersMax ? text : text[..charactersMax] + "...";

    private static string OneLine(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        StringBuilder line = new(text.Length);
        foreach (char character in text)
        {
            line.Append(char.IsControl(character) ? $"\\x{(int)character:X2}" : character.ToString());
        }

        return line.ToString();
    }
}
