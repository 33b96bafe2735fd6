using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom from-json`: makes a DICOM file of DICOM JSON.</summary>
internal static class FromJsonVerb
{
    private static readonly Argument<string> Input = new("FILE") { Description = "DICOM JSON: one data set." };
    private static readonly Option<string> Out = new("--out") { Description = "The DICOM file to write.", Required = true };
    private static readonly Option<string?> BulkFrom = new("--bulk-from")
    {
        Description = "The DICOM file that 'deid dicom json' read: values that the JSON names there are taken from it, and its transfer syntax.",
    };

    public static Command Create()
    {
        Command verb = new("from-json", "Make a DICOM file of DICOM JSON. Example: deid dicom from-json image.json --out image.dcm") { Input, Out, BulkFrom };
        verb.SetAction(async (parsed, cancellation) =>
        {
            DataSet dataSet = DicomJson.Parse(await File.ReadAllBytesAsync(parsed.GetValue(Input)!, cancellation));
            string? bulkFrom = parsed.GetValue(BulkFrom);
            using DicomFile? bulk = bulkFrom is null ? null : DicomFile.Open(bulkFrom, ReadOptions.Default with { InlineValueBytesMax = 0 });
            Dictionary<string, Element> known = new(StringComparer.Ordinal);
            if (bulk is not null && FileRange.IsNamed(bulk))
            {
                Collect(bulk.DataSet, Path.GetFullPath(bulkFrom!), known);
            }

            DataSet resolved = Resolve(dataSet, known);
            TransferSyntax syntax = bulk is not null && FileRange.IsNamed(bulk) ? bulk.TransferSyntax : TransferSyntax.ExplicitVrLittleEndian;
            DataSet meta = FileMetaInformation.Build(Uid(resolved, Tags.SOPClassUID), Uid(resolved, Tags.SOPInstanceUID), syntax.Uid);
            using SegmentList bytes = DicomFileWriter.Segments(meta, resolved, syntax, bulk?.Source);
            await WholeFile.WriteAsync(parsed.GetValue(Out)!, bytes, cancellation);
            return ExitCode.Done;
        });
        return verb;
    }

    /// <summary>Every value of the file by its URI: nothing else of a disk can be named by a JSON.</summary>
    private static void Collect(DataSet dataSet, string path, Dictionary<string, Element> known)
    {
        foreach (Element element in dataSet)
        {
            if (FileRange.Of(element) is { } range)
            {
                known[FileRange.Uri(path, range)] = element;
            }
            else if (element is SequenceElement sequence)
            {
                foreach (DataSet item in sequence.Items)
                {
                    Collect(item, path, known);
                }
            }
        }
    }

    private static DataSet Resolve(DataSet dataSet, Dictionary<string, Element> known) => new(dataSet.Select(element => element switch
    {
        SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(item => Resolve(item, known))]),
        BulkDataElement bulk => known.GetValueOrDefault(bulk.Uri) switch
        {
            RangeElement range => new RangeElement(bulk.Tag, bulk.Vr, range.Range),
            FragmentsElement fragments => new FragmentsElement(bulk.Tag, bulk.Vr, fragments.Range, fragments.Items),
            _ => throw new UsageException($"the value of {bulk.Tag} is elsewhere; give the file that it lies in with --bulk-from"),
        },
        _ => element,
    }));

    private static string Uid(DataSet dataSet, Tag tag) =>
        dataSet.GetString(tag) ?? throw new UsageException($"a DICOM file needs {tag}, which the JSON lacks");
}
