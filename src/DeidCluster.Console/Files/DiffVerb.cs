using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>`deid diff`: shows what differs between two DICOM files, e.g. before and after de-identification.</summary>
internal static class DiffVerb
{
    private const string Reset = "\e[0m";

    private static readonly Argument<string> Before = new("A") { Description = "A DICOM file." };
    private static readonly Argument<string> After = new("B") { Description = "The DICOM file to compare it with." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "One JSON object for each difference, one a line." };
    private static readonly Option<string?> Html = new("--html") { Description = "Write a page to this file, which needs nothing else to be read." };
    private static readonly Option<bool> Masked = new("--mask") { Description = "Show the shapes of values instead of them: Xxxx 999." };
    private static readonly Option<bool> Colour = new("--color") { Description = "Colours also where the output is no terminal." };

    public static Command Create()
    {
        Command verb = new("diff", """
            Show the elements that differ between two DICOM files, values included unless they are masked.
            Exit code: 0 no difference, 2 differences.
            Example: deid diff original.dcm deidentified.dcm --html diff.html
            """) { Before, After, AsJson, Html, Masked, Colour };
        verb.SetAction(async (parsed, cancellation) =>
        {
            using DicomFile before = DicomFile.Open(parsed.GetValue(Before)!);
            using DicomFile after = DicomFile.Open(parsed.GetValue(After)!);
            IReadOnlyList<Difference> differences = DataSetDiff.Compare(before, after);
            if (parsed.GetValue(Masked))
            {
                differences = [.. differences.Select(Mask)];
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(Html) is { } page)
            {
                await File.WriteAllTextAsync(page, DiffPage.Write(differences), cancellation);
            }

            Show(differences, parsed.GetValue(AsJson), parsed.GetValue(Colour) || IsColourful(output), output);
            return differences.Count == 0 ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    /// <summary>The keyword of the last tag of a path; empty when the standard does not know it.</summary>
    public static string KeywordOf(string path)
    {
        string last = path[(path.LastIndexOf('.') + 1)..];
        return Tag.TryParse(last.AsSpan(0, Math.Min(last.Length, "(gggg,eeee)".Length)), out Tag tag) ? DicomDictionary.Find(tag)?.Keyword ?? "" : "";
    }

    private static bool IsColourful(TextWriter output) =>
        ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private static Difference Mask(Difference difference) => difference with
    {
        Before = difference.Before is null ? null : ValueMask.Of(difference.Before),
        After = difference.After is null ? null : ValueMask.Of(difference.After),
    };

    private static void Show(IReadOnlyList<Difference> differences, bool asJson, bool colourful, TextWriter output)
    {
        foreach (Difference difference in differences)
        {
            if (asJson)
            {
                JsonLine.Write(output, json =>
                {
                    json.WriteString("path", difference.Path);
                    json.WriteString("keyword", KeywordOf(difference.Path));
                    json.WriteString("kind", difference.Kind.ToString().ToLowerInvariant());
                    json.WriteString("before", difference.Before);
                    json.WriteString("after", difference.After);
                });
                continue;
            }

            string place = $"{difference.Path} {KeywordOf(difference.Path)}".TrimEnd();
            (string colour, string line) = difference.Kind switch
            {
                DifferenceKind.Added => ("\e[32m", $"+ {place} {difference.After}"),
                DifferenceKind.Removed => ("\e[31m", $"- {place} {difference.Before}"),
                _ => ("\e[33m", $"~ {place} {difference.Before} -> {difference.After}"),
            };
            output.WriteLine(colourful ? colour + line + Reset : line);
        }
    }
}
