using System.Collections.Concurrent;
using System.Security.Cryptography;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Reads the header of every input before any is de-identified, because some reasons show only across files: two subjects in one
/// study, one SOP Instance UID with two contents, a series with too few instances.
/// </summary>
internal sealed class InputCensus
{
    private readonly ConcurrentDictionary<InputFile, Header> headers = new();
    private readonly Dictionary<InputFile, (OfflineOutcome Outcome, string Reason)> verdicts = [];

    /// <summary>What is known of <paramref name="files"/> after their headers were read.</summary>
    public static async Task<InputCensus> TakeAsync(
        IReadOnlyList<InputFile> files, Deidentifier deidentifier, Selection selection, int threads, Action<InputFile> step, CancellationToken cancellation)
    {
        InputCensus census = new();
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        await Parallel.ForEachAsync(files, parallel, (file, _) =>
        {
            if (Read(file, deidentifier) is { } header)
            {
                census.headers[file] = header;
            }

            step(file);
            return ValueTask.CompletedTask;
        });
        census.Judge(files, selection);
        return census;
    }

    /// <summary>Why <paramref name="file"/> is not de-identified; null when nothing across the files speaks against it.</summary>
    public (OfflineOutcome Outcome, string Reason)? VerdictOn(InputFile file) => verdicts.TryGetValue(file, out var verdict) ? verdict : null;

    /// <summary>The header, or null for a file that is no DICOM instance or has no subject: de-identification will say so.</summary>
    private static Header? Read(InputFile file, Deidentifier deidentifier)
    {
        try
        {
            using DicomFile dicom = DicomFile.Open(file.Path);
            return deidentifier.ReadSubject(dicom.DataSet).SubjectKey is { } subject
                ? new Header(
                    dicom.DataSet.GetString(Tags.StudyInstanceUID) ?? "",
                    dicom.DataSet.GetString(Tags.SeriesInstanceUID) ?? "",
                    dicom.DataSet.GetString(Tags.SOPInstanceUID) ?? "",
                    subject)
                : null;
        }
        catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Judge(IReadOnlyList<InputFile> files, Selection selection)
    {
        InputFile[] known = [.. files.Where(headers.ContainsKey)];
        foreach (IGrouping<string, InputFile> study in known.GroupBy(file => headers[file].StudyUid, StringComparer.Ordinal))
        {
            if (study.Select(file => headers[file].SubjectKey).Distinct(StringComparer.Ordinal).Skip(1).Any())
            {
                Note(study, OfflineOutcome.Held, "its study has instances of two subjects");
            }
        }

        foreach (IGrouping<string, InputFile> instance in known.GroupBy(file => headers[file].SopUid, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            if (instance.Select(Digest).Distinct(StringComparer.Ordinal).Skip(1).Any())
            {
                Note(instance, OfflineOutcome.Held, "another input has the same SOP Instance UID and other content");
            }
            else
            {
                Note(instance.Skip(1), OfflineOutcome.Duplicate, "the same content as another input");
            }
        }

        foreach (IGrouping<string, InputFile> series in known.GroupBy(file => headers[file].SeriesUid, StringComparer.Ordinal))
        {
            if (series.DistinctBy(file => headers[file].SopUid).Count() < selection.MinInstancesPerSeries)
            {
                Note(series, OfflineOutcome.Rejected, $"its series has fewer than {selection.MinInstancesPerSeries} instances");
            }
        }
    }

    private void Note(IEnumerable<InputFile> files, OfflineOutcome outcome, string reason)
    {
        foreach (InputFile file in files)
        {
            verdicts.TryAdd(file, (outcome, reason));
        }
    }

    private static string Digest(InputFile file)
    {
        using FileStream stream = File.OpenRead(file.Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Header(string StudyUid, string SeriesUid, string SopUid, string SubjectKey);
}
