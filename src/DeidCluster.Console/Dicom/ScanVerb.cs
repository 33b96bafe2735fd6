using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom scan`: reads the headers of all files in a folder.</summary>
internal static class ScanVerb
{
    private const string NotNamed = "(none)";

    private static readonly Argument<DirectoryInfo> Folder = new("FOLDER") { Description = "The folder, read with all folders in it." };
    private static readonly Option<string[]> TagNames = new("--tag") { Description = "Keyword or tag whose first value is shown, e.g. Modality or 0008,0060. May be given several times." };
    private static readonly Option<bool> Summary = new("--summary") { Description = "Counts by SOP class and transfer syntax instead of a line for each file." };
    private static readonly Option<int> Threads = new("--threads") { Description = "Files read at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };

    public static Command Create()
    {
        Command verb = new("scan", "Read the header of every file in a folder, up to its pixel data. Example: deid dicom scan images --tag StudyInstanceUID") { Folder, TagNames, Summary, Threads };
        Folder.AcceptExistingOnly();
        Threads.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--threads must be 1 or more");
            }
        });
        TagNames.Validators.Add(result =>
        {
            foreach (string name in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (TagOf(name) is null)
                {
                    result.AddError($"'{name}' is neither a keyword of the standard nor a tag");
                }
            }
        });
        verb.SetAction(parsed =>
        {
            Tag[] tags = [.. (parsed.GetValue(TagNames) ?? []).Select(name => TagOf(name)!.Value)];
            IEnumerable<ScannedFile> files = FolderScan.Run(parsed.GetValue(Folder)!.FullName, tags, parsed.GetValue(Threads));
            TextWriter output = parsed.InvocationConfiguration.Output;
            return parsed.GetValue(Summary) ? WriteSummary(files, output) : WriteFiles(files, output);
        });
        return verb;
    }

    private static Tag? TagOf(string name) => DicomDictionary.FindKeyword(name)?.Tag ?? (Tag.TryParse(name, out Tag tag) ? tag : null);

    /// <summary>A line for each file: path, SOP class, transfer syntax and the values asked for, or path and refusal; tabs between them.</summary>
    private static int WriteFiles(IEnumerable<ScannedFile> files, TextWriter output)
    {
        bool isWhole = true;
        foreach (ScannedFile file in files)
        {
            isWhole &= file.Refusal is null;
            output.WriteLine(string.Join('\t', file.Refusal is { } refusal
                ? [file.Path, "refused", refusal]
                : [file.Path, SopClass(file.SopClassUid), file.TransferSyntax!.Name, .. file.Values.Select(value => value ?? "")]));
        }

        return isWhole ? ExitCode.Done : ExitCode.Partly;
    }

    private static int WriteSummary(IEnumerable<ScannedFile> files, TextWriter output)
    {
        long started = Stopwatch.GetTimestamp();
        Dictionary<(string SopClass, string Syntax), (int Files, long Bytes)> kinds = [];
        (int read, int refused, long bytes) = (0, 0, 0);
        foreach (ScannedFile file in files)
        {
            if (file.Refusal is not null)
            {
                refused++;
                continue;
            }

            (string, string) kind = (SopClass(file.SopClassUid), file.TransferSyntax!.Name);
            (int soFar, long bytesSoFar) = kinds.GetValueOrDefault(kind);
            kinds[kind] = (soFar + 1, bytesSoFar + file.Bytes);
            read++;
            bytes += file.Bytes;
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        foreach (((string sopClass, string syntax), (int count, long sum)) in kinds.OrderByDescending(kind => kind.Value.Files).ThenBy(kind => kind.Key.SopClass, StringComparer.Ordinal))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count}\t{sopClass}\t{syntax}\t{Megabytes(sum)} MB"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{read} files read, {refused} refused, {Megabytes(bytes)} MB in {elapsed.TotalMilliseconds:0} ms: {read / elapsed.TotalSeconds:0} files/s, {Megabytes((long)(bytes / elapsed.TotalSeconds))} MB/s"));
        return refused == 0 ? ExitCode.Done : ExitCode.Partly;
    }

    private static string SopClass(string? uid) => uid is null ? NotNamed : UidDictionary.Name(uid) ?? uid;

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
}
