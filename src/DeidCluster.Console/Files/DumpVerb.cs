using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>`deid dump`: shows a DICOM file to a person.</summary>
internal static class DumpVerb
{
    private static readonly Argument<string> Input = new("FILE") { Description = "A DICOM file." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "One JSON object for each element, one a line." };

    public static Command Create()
    {
        Command verb = new("dump", "Show every element of a DICOM file, values included. Example: deid dump image.dcm") { Input, AsJson };
        verb.SetAction(parsed =>
        {
            using DicomFile file = DicomFile.Open(parsed.GetValue(Input)!);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(AsJson))
            {
                Write(file.FileMeta, "", output);
                Write(file.DataSet, "", output);
            }
            else
            {
                DataSetText.Dump(file, output);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static void Write(DataSet item, string path, TextWriter output)
    {
        foreach (Element element in item)
        {
            string at = path + element.Tag;
            JsonLine.Write(output, json =>
            {
                json.WriteString("path", at);
                json.WriteString("vr", element.Vr.Letters());
                if (DicomDictionary.Find(element.Tag) is { Keyword.Length: > 0 } entry)
                {
                    json.WriteString("keyword", entry.Keyword);
                }

                json.WriteString("value", DataSetText.Value(item, element, int.MaxValue));
            });
            if (element is SequenceElement sequence)
            {
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    Write(sequence.Items[i], $"{at}[{i}].", output);
                }
            }
        }
    }
}
