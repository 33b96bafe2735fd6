using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom json`: writes a file's data set as DICOM JSON.</summary>
internal static class JsonVerb
{
    /// <summary>Shorter values stay inline whatever is asked for: the data set is not understood without some of them. Bytes.</summary>
    private const int InlineBytesMin = 256;

    private const int InlineBytesDefault = 1024;

    private static readonly Argument<string> Input = new("FILE") { Description = "A DICOM file." };
    private static readonly Option<bool> Indented = new("--indented") { Description = "For people: a line for each member." };
    private static readonly Option<int> BulkInline = new("--bulk-inline")
    {
        Description = $"Values of up to so many bytes stand in the JSON, at least {InlineBytesMin}; longer ones are named by the file, offset and length.",
        DefaultValueFactory = _ => InlineBytesDefault,
    };

    public static Command Create()
    {
        Command verb = new("json", "Write a file's data set as DICOM JSON, values included. Example: deid dicom json image.dcm --bulk-inline 65536") { Input, BulkInline, Indented };
        verb.SetAction(parsed =>
        {
            string path = Path.GetFullPath(parsed.GetValue(Input)!);
            int inlineBytes = Math.Max(InlineBytesMin, parsed.GetValue(BulkInline));
            using DicomFile file = DicomFile.Open(path, ReadOptions.Default with { InlineValueBytesMax = inlineBytes });
            using MemoryStream text = new();
            using (Utf8JsonWriter json = new(text, DicomJson.WriterOptions with { Indented = parsed.GetValue(Indented) }))
            {
                DicomJson.Write(json, file.DataSet, new DicomJsonWriteOptions
                {
                    InlineBytesMax = inlineBytes,
                    Source = file.Source,
                    BulkDataUri = place => FileRange.Of(place.Element) is { } range && FileRange.IsNamed(file) ? FileRange.Uri(path, range) : null,
                });
            }

            parsed.InvocationConfiguration.Output.WriteLine(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
            return ExitCode.Done;
        });
        return verb;
    }
}

/// <summary>A value in a file by its place there, in the form that dcm4che uses too: "file:///image.dcm?offset=1024&amp;length=524288".</summary>
internal static class FileRange
{
    /// <summary>True when places in <paramref name="file"/> are places of little-endian values: not behind a compression.</summary>
    public static bool IsNamed(DicomFile file) => !file.TransferSyntax.IsDeflated && !file.TransferSyntax.IsBigEndian;

    /// <summary>The place of a value that was left in its file.</summary>
    public static SourceRange? Of(Element element) => element switch
    {
        RangeElement range => range.Range,
        FragmentsElement fragments => fragments.Range,
        _ => null,
    };

    /// <summary>The URI of <paramref name="range"/> in the file at <paramref name="path"/>, which is absolute.</summary>
    public static string Uri(string path, SourceRange range) =>
        string.Create(CultureInfo.InvariantCulture, $"{new Uri(path).AbsoluteUri}?offset={range.Offset}&length={range.Length}");
}
