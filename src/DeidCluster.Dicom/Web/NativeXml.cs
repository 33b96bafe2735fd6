using System.Xml;

namespace DeidCluster.Dicom;

/// <summary>Reads the native DICOM model (PS3.19 annex A.1) that servers without JSON answer.</summary>
internal static class NativeXml
{
    private const int DepthMax = 16;
    private const long LettersMax = 256L * 1024 * 1024;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = LettersMax,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    /// <summary>The data set in <paramref name="document"/>; text comes out as UTF-8. Malformed input is a <see cref="DicomFormatException"/>.</summary>
    public static DataSet Read(ReadOnlyMemory<byte> document)
    {
        using MemoryStream stream = new(document.ToArray(), writable: false);
        using XmlReader reader = XmlReader.Create(stream, Settings);
        try
        {
            if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "NativeDicomModel")
            {
                throw new DicomFormatException("no native DICOM model", 0);
            }

            DataSet dataSet = new();
            dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
            ReadAttributes(reader, dataSet, depth: 0);
            return dataSet;
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or ArgumentException)
        {
            throw new DicomFormatException("no readable XML", (reader as IXmlLineInfo)?.LinePosition ?? 0);
        }
    }

    private static void ReadAttributes(XmlReader reader, DataSet dataSet, int depth)
    {
        foreach (XmlReader attribute in Children(reader))
        {
            if (attribute.LocalName != "DicomAttribute" || !Tag.TryParse(attribute.GetAttribute("tag"), out Tag tag))
            {
                attribute.Skip();
                continue;
            }

            string name = attribute.GetAttribute("vr") ?? "";
            Vr vr = name.Length == 2 && VrFacts.TryParse((byte)name[0], (byte)name[1], out Vr given) ? given : DicomDictionary.Find(tag)?.Vr ?? Vr.UN;
            ReadValue(attribute, dataSet, tag, vr, depth);
        }
    }

    private static void ReadValue(XmlReader reader, DataSet dataSet, Tag tag, Vr vr, int depth)
    {
        List<string> values = [];
        List<DataSet> items = [];
        string? uri = null;
        foreach (XmlReader child in Children(reader))
        {
            switch (child.LocalName)
            {
                case "Item" when depth < DepthMax:
                    DataSet item = new() { Enclosing = dataSet };
                    ReadAttributes(child, item, depth + 1);
                    items.Add(item);
                    break;
                case "Value" or "InlineBinary":
                    values.Add(child.ReadElementContentAsString());
                    break;
                case "PersonName":
                    values.Add(ReadPersonName(child));
                    break;
                case "BulkData":
                    uri = child.GetAttribute("uri");
                    child.Skip();
                    break;
                default:
                    child.Skip();
                    break;
            }
        }

        if (vr == Vr.SQ)
        {
            dataSet.SetItems(tag, items);
        }
        else if (uri is not null)
        {
            dataSet.Set(new BulkDataElement(tag, vr, uri));
        }
        else if (tag != Tags.SpecificCharacterSet)
        {
            ValueText.Set(dataSet, tag, vr, values);
        }
    }

    private static string ReadPersonName(XmlReader reader)
    {
        string[] groups = ["", "", ""];
        foreach (XmlReader group in Children(reader))
        {
            int at = Array.IndexOf(["Alphabetic", "Ideographic", "Phonetic"], group.LocalName);
            string[] components = ["", "", "", "", ""];
            foreach (XmlReader component in Children(group))
            {
                int place = Array.IndexOf(["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"], component.LocalName);
                string text = component.ReadElementContentAsString();
                components[Math.Max(place, 0)] = text;
            }

            groups[Math.Max(at, 0)] = string.Join('^', components).TrimEnd('^');
        }

        return string.Join('=', groups).TrimEnd('=');
    }

    /// <summary>The child elements; each must be read or skipped whole. Moves behind the parent's end.</summary>
    private static IEnumerable<XmlReader> Children(XmlReader reader)
    {
        if (reader.IsEmptyElement)
        {
            reader.Read();
            yield break;
        }

        reader.Read();
        while (reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                yield return reader;
            }
            else if (!reader.Read())
            {
                yield break;
            }
        }

        reader.Read();
    }
}
