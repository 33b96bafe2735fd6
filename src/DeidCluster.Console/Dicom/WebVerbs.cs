using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom web`: speaks to a DICOMweb server: find (QIDO-RS), get (WADO-RS), store (STOW-RS).</summary>
internal static class WebVerbs
{
    private const int PerRequestMax = 1000;

    public static Command Create()
    {
        Command group = new("web", "Speak to a DICOMweb server. A bearer token is read from a file or the environment, never from an argument.");
        group.Add(CreateFind());
        group.Add(CreateGet());
        group.Add(CreateStore());
        return group;
    }

    private static Command CreateFind()
    {
        WebServerArguments server = new();
        Option<string> level = new("--level") { Description = "study, series or instance.", DefaultValueFactory = _ => "study" };
        Option<string?> study = new("--study") { Description = "Only in the study of this UID." };
        Option<string?> series = new("--series") { Description = "Only in the series of this UID." };
        Option<string[]> keys = new("--key", "-k") { Description = "KEYWORD=VALUE to match, or KEYWORD to show.", DefaultValueFactory = _ => [] };
        Option<int?> limit = new("--limit") { Description = "At most so many matches." };
        Command verb = new("find", "Ask for studies, series or instances (QIDO-RS). Example: deid dicom web find http://127.0.0.1:8042/dicom-web -k PatientID=MRN1 -k StudyDescription");
        server.AddTo(verb);
        verb.Add(level);
        verb.Add(study);
        verb.Add(series);
        verb.Add(keys);
        verb.Add(limit);
        verb.SetAction(async (parsed, ct) =>
        {
            DataSet asked = WebKeys.Read(parsed.GetValue(keys)!);
            DicomWebQuery query = new()
            {
                Level = WebKeys.Level(parsed.GetValue(level)!),
                StudyInstanceUid = parsed.GetValue(study),
                SeriesInstanceUid = parsed.GetValue(series),
                Keys = asked,
                Limit = parsed.GetValue(limit),
            };
            using DicomWebClient client = new(server.Options(parsed));
            await using DicomWebDataSets matches = await client.FindAsync(query, ct);
            TextWriter output = parsed.InvocationConfiguration.Output;
            await foreach (DataSet match in matches.WithCancellation(ct))
            {
                output.WriteLine(WebKeys.Line(query.Level, asked, match));
            }

            if (matches.Warnings.HasFlag(DicomWebWarnings.MoreMatches))
            {
                output.WriteLine("There are more matches.");
            }

            return ExitCode.Done;
        });
        return verb;
    }

    private static Command CreateGet()
    {
        WebServerArguments server = new();
        Option<string> study = new("--study") { Description = "The study's UID.", Required = true };
        Option<string?> series = new("--series") { Description = "The series' UID; without it the whole study comes." };
        Option<string?> instance = new("--instance") { Description = "The instance's UID; without it the whole series comes." };
        Option<string> folder = new("--out") { Description = "The folder that the files are written to.", Required = true };
        Option<string> syntax = new("--transfer-syntax") { Description = "The UID of the transfer syntax that the server is to send; * is the one it stores.", DefaultValueFactory = _ => DicomWebClient.AsStored };
        Command verb = new("get", "Fetch a study, series or instance as files, durably (WADO-RS). Example: deid dicom web get http://127.0.0.1:8042/dicom-web --study 1.2.3 --out study");
        server.AddTo(verb);
        verb.Add(study);
        verb.Add(series);
        verb.Add(instance);
        verb.Add(folder);
        verb.Add(syntax);
        verb.SetAction(async (parsed, ct) =>
        {
            string into = Path.GetFullPath(parsed.GetValue(folder)!);
            GroupSync sync = new(new LinuxFiles());
            DurableFile.MakeFolder(sync.Files, into);
            DurablePart durable = new(sync, into);
            DicomWebResource resource = WebKeys.Resource(parsed.GetValue(study)!, parsed.GetValue(series), parsed.GetValue(instance));
            long started = Stopwatch.GetTimestamp();
            using DicomWebClient client = new(server.Options(parsed));
            await using DicomWebParts parts = await client.RetrieveAsync(resource, ct, parsed.GetValue(syntax)!);
            int stored = 0;
            int failed = 0;
            await foreach (MultipartPart part in parts.WithCancellation(ct))
            {
                StoredInstance outcome = await durable.StoreAsync(part.Body, resource.StudyInstanceUid, file => Path.Combine(into, file.DataSet.GetString(Tags.SOPInstanceUID) + ".dcm"), ct);
                _ = outcome.Result == StoreResult.Stored ? stored++ : failed++;
            }

            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{stored} of {stored + failed} kept in {seconds:0.00} s, {stored / Math.Max(seconds, 0.001):0} a second{(parts.IsPartial ? "; the server did not give all" : "")}");
            return failed == 0 && !parts.IsPartial ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    private static Command CreateStore()
    {
        WebServerArguments server = new();
        Argument<string[]> inputs = new("FILES") { Description = "Files and folders; folders with everything below them.", Arity = ArgumentArity.OneOrMore };
        Option<string?> study = new("--study") { Description = "The study that all files belong to; the server refuses others." };
        Option<int> perRequest = new("--per-request") { Description = "Files in one request.", DefaultValueFactory = _ => 50 };
        Command verb = new("store", "Send files to a server (STOW-RS) and tell the outcome of each. Example: deid dicom web store http://127.0.0.1:8042/dicom-web study/");
        server.AddTo(verb);
        verb.Add(inputs);
        verb.Add(study);
        verb.Add(perRequest);
        verb.SetAction(async (parsed, ct) =>
        {
            if (parsed.GetValue(perRequest) is < 1 or > PerRequestMax)
            {
                throw new UsageException($"--per-request takes 1 to {PerRequestMax}.");
            }

            using DicomWebClient client = new(server.Options(parsed));
            TextWriter output = parsed.InvocationConfiguration.Output;
            int stored = 0;
            int all = 0;
            long started = Stopwatch.GetTimestamp();
            foreach (string[] paths in SendVerb.Files(parsed.GetValue(inputs)!).Chunk(parsed.GetValue(perRequest)))
            {
                all += paths.Length;
                stored += await StoreAsync(client, paths, parsed.GetValue(study), output, ct);
            }

            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            output.WriteLine($"{stored} of {all} stored in {seconds:0.00} s, {stored / Math.Max(seconds, 0.001):0} a second");
            return stored == all ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    /// <summary>Sends one request and tells what was not stored; the number that was.</summary>
    private static async Task<int> StoreAsync(DicomWebClient client, string[] paths, string? study, TextWriter output, CancellationToken ct)
    {
        List<(string Path, OutgoingInstance Instance)> sent = [];
        foreach (string path in paths)
        {
            try
            {
                sent.Add((path, OutgoingInstance.OfFile(path)));
            }
            catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException)
            {
                output.WriteLine($"{path}: not sent: {e.Message}");
            }
        }

        StoreOutcome outcome = await client.StoreAsync([.. sent.Select(each => each.Instance)], ct, study);
        foreach (((string path, _), StoredInstance instance) in sent.Zip(outcome.Instances).Where(pair => pair.Second.Result != StoreResult.Stored))
        {
            output.WriteLine($"{path}: {instance}");
        }

        return outcome.Instances.Count(instance => instance.Result is StoreResult.Stored or StoreResult.StoredWithWarning);
    }
}
