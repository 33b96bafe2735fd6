using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>`deid diff`: shows what differs between two DICOM files, e.g. before and after de-identification.</summary>
internal static class DiffVerb
{
    private static readonly Argument<string> Before = new("A") { Description = "A DICOM file." };
    private static readonly Argument<string> After = new("B") { Description = "The DICOM file to compare it with." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "One JSON object for each difference, one a line." };

    public static Command Create()
    {
        Command verb = new("diff", """
            Show the elements that differ between two DICOM files, values included.
            Exit code: 0 no difference, 2 differences.
            Example: deid diff original.dcm deidentified.dcm
            """) { Before, After, AsJson };
        verb.SetAction(parsed =>
        {
            using DicomFile before = DicomFile.Open(parsed.GetValue(Before)!);
            using DicomFile after = DicomFile.Open(parsed.GetValue(After)!);
            IReadOnlyList<Difference> differences = DataSetDiff.Compare(before, after);
            Show(differences, parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output);
            return differences.Count == 0 ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    private static void Show(IReadOnlyList<Difference> differences, bool asJson, TextWriter output)
    {
        foreach (Difference difference in differences)
        {
            if (asJson)
            {
                JsonLine.Write(output, json =>
                {
                    json.WriteString("path", difference.Path);
                    json.WriteString("kind", difference.Kind.ToString().ToLowerInvariant());
                    json.WriteString("before", difference.Before);
                    json.WriteString("after", difference.After);
                });
                continue;
            }

            output.WriteLine(difference.Kind switch
            {
                DifferenceKind.Added => $"+ {difference.Path} {difference.After}",
                DifferenceKind.Removed => $"- {difference.Path} {difference.Before}",
                _ => $"~ {difference.Path} {difference.Before} -> {difference.After}",
            });
        }
    }
}
