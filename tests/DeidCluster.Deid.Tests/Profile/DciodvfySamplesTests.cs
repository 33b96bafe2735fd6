using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests;

/// <summary>
/// dicom3tools judges the samples: de-identification brings no error that the source did not have, but for those listed here with their
/// reason. A seeded share in the normal run, all of them under DEID_FULL=1.
/// </summary>
public partial class DciodvfySamplesTests
{
    private const int SampleFiles = 60;
    private const int FailuresShown = 40;
    private const long FileBytesMax = 8 * 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Errors that are accepted, each with its reason.</summary>
    private static readonly (Regex Error, string Reason)[] Accepted =
    [
        (new Regex("ReferencedSeriesSequence present but Instance does not reference Instances"),
            "The table empties Source Image Sequence where it is of type 2 (X/Z/U*), as inside Derivation Image Sequence, and leaves Referenced Series Sequence, with new UIDs."),
    ];

    // dicom3tools gives these sources up before it has looked at their attributes.
    private static readonly string[] Unread = ["Information Object Not found", "Dicom dataset read failed"];

    private static readonly (string Name, ProjectProfile Profile)[] Profiles =
    [
        ("basic", Make.Profile()),
        ("shift, cleaning", Make.Profile(DateTreatment.Shift) with
        {
            Options = new HashSet<ProfileOption>
            {
                ProfileOption.CleanDescriptors, ProfileOption.CleanStructuredContent, ProfileOption.CleanGraphics, ProfileOption.RetainPatientCharacteristics,
            },
        }),
        ("keep", Make.Profile(DateTreatment.Keep) with
        {
            Options = new HashSet<ProfileOption>
            {
                ProfileOption.RetainSafePrivate, ProfileOption.RetainUids, ProfileOption.RetainDeviceIdentity, ProfileOption.RetainInstitutionIdentity,
            },
        }),
    ];

    [SamplesFact("dciodvfy")]
    public async Task Samples_Deidentified_HaveNoErrorThatTheirSourceHadNot()
    {
        bool full = Environment.GetEnvironmentVariable("DEID_FULL") == "1";
        int seed = Random.Shared.Next();
        string[] files = [.. Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("malformed", StringComparison.Ordinal) && new FileInfo(path).Length < FileBytesMax).Order(StringComparer.Ordinal)];
        if (!full)
        {
            new Random(seed).Shuffle(files);
            files = files[..Math.Min(SampleFiles, files.Length)];
        }

        using TestFolder folder = new();
        ConcurrentBag<string> failures = [];
        int checkedFiles = 0;
        int unread = 0;
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (path, _) =>
        {
            HashSet<string>? before = null;
            foreach ((string name, ProjectProfile profile) in Profiles)
            {
                if (Deidentified(path, profile) is not { } bytes)
                {
                    continue;
                }

                string after = folder.File(Guid.NewGuid().ToString("N"));
                await File.WriteAllBytesAsync(after, bytes, CancellationToken.None);
                HashSet<string> errors = await ErrorsAsync(after);
                File.Delete(after);
                before ??= await SourceErrorsAsync(path, after);
                if (before.Any(error => Unread.Any(unread => error.Contains(unread, StringComparison.Ordinal))))
                {
                    Interlocked.Increment(ref unread);
                    break;
                }

                errors.ExceptWith(before);
                Interlocked.Increment(ref checkedFiles);
                foreach (string error in errors.Where(error => !Accepted.Any(accepted => accepted.Error.IsMatch(error))))
                {
                    failures.Add($"{Path.GetRelativePath(SamplesFactAttribute.Folder!, path)} ({name}): {error}");
                }
            }
        });

        Facts.Say($"dciodvfy: {checkedFiles} results of {files.Length} sample files, no error that the source had not ({Accepted.Length} kind accepted; {unread} sources cannot be judged)");
        Assert.InRange(unread, 0, files.Length / 10);
        Assert.True(failures.IsEmpty, $"seed {seed}\n{string.Join('\n', failures.Order(StringComparer.Ordinal).Take(FailuresShown))}");
    }

    // Twice, and the second time by another de-identifier: the same bytes.
    private static byte[]? Deidentified(string path, ProjectProfile profile)
    {
        try
        {
            using DicomFile file = DicomFile.Open(path);
            if (Make.Deidentify(file, profile) is not DeidentifyResult.Done done)
            {
                return null;
            }

            byte[] bytes = done.Instance.Segments.ToArray();
            using DicomFile again = DicomFile.Open(path);
            Assert.True(bytes.AsSpan().SequenceEqual(Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(again, profile)).Instance.Segments.ToArray()), "The bytes of a second run differ.");
            return bytes;
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    // It does not inflate: a deflated source is judged as explicit little endian.
    private static async Task<HashSet<string>> SourceErrorsAsync(string path, string inflated)
    {
        using DicomFile file = DicomFile.Open(path);
        if (!file.TransferSyntax.IsDeflated)
        {
            return await ErrorsAsync(path);
        }

        await File.WriteAllBytesAsync(inflated, Transcoder.FileSegments(file, TransferSyntax.ExplicitVrLittleEndian).ToArray());
        HashSet<string> errors = await ErrorsAsync(inflated);
        File.Delete(inflated);
        return errors;
    }

    // Messages without the values that they quote, and without numbers of items.
    private static async Task<HashSet<string>> ErrorsAsync(string path)
    {
        using CancellationTokenSource deadline = new(Deadline);
        ProcessStartInfo start = new(PeerProcess.Find("dciodvfy")!, ["-new", path]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        string text = await process.StandardError.ReadToEndAsync(deadline.Token) + await output;
        return [.. text.Split('\n').Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Select(line => Quoted().Replace(ItemNumbers().Replace(line, "[]"), "<>"))];
    }

    [GeneratedRegex("(= |vector |Items |is )<[^>]*>")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex ItemNumbers();
}
