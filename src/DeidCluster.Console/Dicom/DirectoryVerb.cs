using System.CommandLine;
using DeidCluster.Console.Files;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom dir`: shows what is on a medium.</summary>
internal static class DirectoryVerb
{
    private static readonly Argument<string> Input = new("DICOMDIR") { Description = "A DICOMDIR, or the folder that it lies in." };
    private static readonly Option<bool> Files = new("--files") { Description = "List the files that it names, one a line; a missing one is an error." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "One JSON object for each record, one a line." };

    public static Command Create()
    {
        Command verb = new("dir", """
            Show the patients, studies, series and instances of a DICOMDIR, values included.
            Exit code: 0 every file is there, 2 some are missing.
            Example: deid dicom dir /media/cdrom --files
            """) { Input, Files, AsJson };
        verb.SetAction(parsed =>
        {
            string input = parsed.GetValue(Input)!;
            string path = Directory.Exists(input) ? Path.Combine(input, "DICOMDIR") : input;
            DicomDirectory directory = DicomDirectory.Read(path);
            DicomMedium medium = new(Path.GetDirectoryName(Path.GetFullPath(path))!);
            TextWriter output = parsed.InvocationConfiguration.Output;
            foreach (DirectoryRecord record in directory.Records)
            {
                Show(record, 0, medium, parsed.GetValue(AsJson), parsed.GetValue(Files), output);
            }

            DirectoryRecord[] named = [.. directory.All().Where(record => record is { IsInUse: true, FileId.Count: > 0 })];
            DirectoryRecord[] missing = [.. named.Where(record => medium.Find(record) is null)];
            foreach (DirectoryRecord record in missing)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"deid: missing: {string.Join('/', record.FileId)}");
            }

            if (!parsed.GetValue(AsJson) && !parsed.GetValue(Files))
            {
                output.WriteLine($"{directory.All().Count()} records, {named.Length} files, {missing.Length} missing");
            }

            return missing.Length == 0 ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    private static void Show(DirectoryRecord record, int level, DicomMedium medium, bool asJson, bool files, TextWriter output)
    {
        string? path = medium.Find(record);
        if (asJson)
        {
            JsonLine.Write(output, json =>
            {
                json.WriteNumber("level", level);
                json.WriteString("type", record.Type);
                json.WriteBoolean("inUse", record.IsInUse);
                json.WriteString("title", TitleOf(record));
                json.WriteString("file", path);
                json.WriteString("sopInstanceUid", record.SopInstanceUid);
            });
        }
        else if (!files)
        {
            output.WriteLine($"{new string(' ', 2 * level)}{record.Type} {TitleOf(record)}{(record.IsInUse ? "" : " (deleted)")}");
        }
        else if (path is not null && record.IsInUse)
        {
            output.WriteLine(path);
        }

        foreach (DirectoryRecord child in record.Children)
        {
            Show(child, level + 1, medium, asJson, files, output);
        }
    }

    /// <summary>What a person would call the record.</summary>
    private static string TitleOf(DirectoryRecord record) => string.Join(' ', (record.Type switch
    {
        "PATIENT" => [Tags.PatientID, Tags.PatientName],
        "STUDY" => [Tags.StudyDate, Tags.StudyDescription, Tags.StudyInstanceUID],
        "SERIES" => new[] { Tags.Modality, Tags.SeriesNumber, Tags.SeriesDescription },
        _ => [Tags.InstanceNumber],
    }).Select(record.Keys.GetString).Append(string.Join('/', record.FileId)).Where(text => !string.IsNullOrEmpty(text)));
}
