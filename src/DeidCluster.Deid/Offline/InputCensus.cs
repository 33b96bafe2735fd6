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
    /// <summary>What is asked for stands no later in the order of tags; the rest of a file is read once, when it is de-identified.</summary>
    private static readonly ReadOptions UpToSeries = new() { StopAt = new Tag(Tags.SeriesInstanceUID.Value + 1) };

    private readonly ConcurrentDictionary<InputFile, Header> headers = new();
    private readonly Dictionary<InputFile, (OfflineOutcome Outcome, string Reason)> verdicts = [];
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> combined = new(StringComparer.Ordinal);
    private bool combines;

    /// <summary>What is known of <paramref name="files"/> after their headers were read.</summary>
    public static async Task<InputCensus> TakeAsync(
        IReadOnlyList<InputFile> files, Deidentifier deidentifier, ProjectProfile profile, int threads, Action<InputFile> step, CancellationToken cancellation)
    {
        InputCensus census = new() { combines = profile.CombineByAccession };
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
        census.Judge(files, profile.Selection);
        return census;
    }

    /// <summary>Why <paramref name="file"/> is not de-identified; null when nothing across the files speaks against it.</summary>
    public (OfflineOutcome Outcome, string Reason)? VerdictOn(InputFile file) => verdicts.TryGetValue(file, out var verdict) ? verdict : null;

    /// <summary>Whom <paramref name="file"/> is about; null when nobody can say.</summary>
    public SubjectReading? SubjectOf(InputFile file) => headers.TryGetValue(file, out Header? header) ? header.Subject : null;

    /// <summary>
    /// Source Study Instance UIDs of a subject that leave under the common one of their accession number, where the project combines: that of the
    /// instances' own headers, and never an empty one.
    /// </summary>
    public IReadOnlyDictionary<string, string> CombinedUids(string subjectKey, IdentityDeriver? deriver) => combined.GetOrAdd(subjectKey, key =>
    {
        Dictionary<string, string> uids = new(StringComparer.Ordinal);
        if (!combines || deriver is null)
        {
            return uids;
        }

        foreach (Header header in headers.Values.Where(header => header.SubjectKey == key))
        {
            if (deriver.CombinedStudyUid(key, header.AccessionNumber) is { } uid)
            {
                uids[header.StudyUid] = uid;
            }
        }

        return uids;
    });

    /// <summary>The header, or null for a file that is no DICOM instance or has no subject: de-identification will say so.</summary>
    private static Header? Read(InputFile file, Deidentifier deidentifier)
    {
        try
        {
            // Where tags do not ascend, what is asked for may stand behind the place where reading ends.
            return Read(file, deidentifier, UpToSeries) is { IsWhole: true } header ? header : Read(file, deidentifier, ReadOptions.Default);
        }
        catch (Exception e) when (e is DicomFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Header? Read(InputFile file, Deidentifier deidentifier, ReadOptions options)
    {
        using DicomFile dicom = DicomFile.Open(file.Path, options);
        return deidentifier.ReadSubject(dicom.DataSet) is { SubjectKey: not null } subject
            ? new Header(
                dicom.DataSet.GetString(Tags.StudyInstanceUID) ?? "",
                dicom.DataSet.GetString(Tags.SeriesInstanceUID) ?? "",
                dicom.DataSet.GetString(Tags.SOPInstanceUID) ?? "",
                dicom.DataSet.GetString(Tags.AccessionNumber)?.Trim() ?? "",
                subject)
            : null;
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

        foreach (IGrouping<string, InputFile> study in known.Where(_ => combines).GroupBy(file => headers[file].StudyUid, StringComparer.Ordinal))
        {
            if (study.Select(file => headers[file].AccessionNumber).Distinct(StringComparer.Ordinal).Skip(1).Any())
            {
                Note(study, OfflineOutcome.Held, "the instances of its source study have different accession numbers");
            }
        }

        foreach (IGrouping<string, InputFile> instance in known.GroupBy(file => headers[file].SopUid, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            if (combines && instance.Select(file => headers[file].StudyUid).Distinct(StringComparer.Ordinal).Skip(1).Any() && HavePixelsInCommon(instance))
            {
                Note(instance.Skip(1), OfflineOutcome.Duplicate, "the same instance leaves with another of the source studies");
            }
            else if (instance.Select(Digest).Distinct(StringComparer.Ordinal).Skip(1).Any())
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

    // Copies of one instance in two studies differ in their headers; their pixels show that they are one.
    private static bool HavePixelsInCommon(IEnumerable<InputFile> files)
    {
        string?[] digests = [.. files.Select(PixelsOf)];
        return digests[0] is not null && digests.All(digest => digest == digests[0]);
    }

    private static string? PixelsOf(InputFile file)
    {
        using DicomFile dicom = DicomFile.Open(file.Path);
        if (BulkValue.Of(dicom.DataSet.Find(Tags.PixelData), dicom) is not { } pixels)
        {
            return null;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[PixelBufferBytes];
        for (long at = 0; at < pixels.Length; at += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, pixels.Length - at));
            pixels.Read(at, part);
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private const int PixelBufferBytes = 256 * 1024;

    private static string Digest(InputFile file)
    {
        using FileStream stream = File.OpenRead(file.Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Header(string StudyUid, string SeriesUid, string SopUid, string AccessionNumber, SubjectReading Subject)
    {
        public string SubjectKey => Subject.SubjectKey!;

        public bool IsWhole => StudyUid.Length > 0 && SeriesUid.Length > 0 && SopUid.Length > 0;
    }
}
