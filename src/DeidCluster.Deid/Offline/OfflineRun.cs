using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What a run over files is asked to do.</summary>
public sealed record OfflineOptions
{
    /// <summary>The project.</summary>
    public required ProjectFile Project { get; init; }

    /// <summary>Its secret.</summary>
    public required ProjectKeys Key { get; init; }

    /// <summary>Files and folders; folders with everything below them, links left out.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Where results go; made when it is missing.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Where identity records are kept; null to keep none.</summary>
    public string? MappingFolder { get; init; }

    /// <summary>Files worked on at a time.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>True to flush each result to the disk before it gets its name.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Decodes pixels that are compressed and must be blanked; without worker processes by default.</summary>
    public FrameCodecs Codecs { get; init; } = new();

    /// <summary>True to keep relative paths; false to name results by their new UIDs, since paths can identify.</summary>
    public bool KeepPaths { get; init; }
}

/// <summary>
/// De-identifies, verifies and writes files without a node. A result has its final name only after it was verified, and where that is asked for flushed; the
/// same inputs, configuration, key and mapping give the same bytes.
/// </summary>
public sealed partial class OfflineRun(OfflineOptions options, TimeProvider time)
{
    private const string PartialFolder = ".deid-partial";

    private readonly VerificationCounts counts = new();
    private readonly Lock gate = new();
    private DeidentifyCounts actions = new(0, 0, 0, 0, 0, 0);
    private readonly Deidentifier deidentifier = new(options.Project.Profile, options.Key);

    /// <summary>Does it; the report has every input in order.</summary>
    public async Task<OfflineReport> RunAsync(IProgress<OfflineProgress>? progress, CancellationToken cancellation)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long started = time.GetTimestamp();
        RefuseOutputInsideInput();
        IReadOnlyList<InputFile> inputs = InputFiles.Find(options.Inputs);
        OfflineFile[] outcomes = new OfflineFile[inputs.Count];
        string partial = Path.Combine(options.OutputFolder, PartialFolder);
        Directory.CreateDirectory(partial);
        try
        {
            using IdentityMapping mapping = options.MappingFolder is { } folder ? IdentityMapping.Open(folder) : IdentityMapping.InMemory();
            Steps census = new("reading", inputs.Count, progress);
            InputCensus known = await InputCensus.TakeAsync(
                inputs, deidentifier, options.Project.Profile, options.Threads, file => census.Done(file.Bytes), cancellation);
            OfflineIdentities identities = await OfflineIdentities.FixAsync(inputs, known, deidentifier, options.Project.Profile, mapping, cancellation);
            HashSet<InputFile> pathTaken = [.. inputs.GroupBy(file => file.Relative, StringComparer.Ordinal).SelectMany(group => group.Skip(1))];

            Steps work = new("de-identifying", inputs.Count, progress);
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation };
            await Parallel.ForAsync(0, inputs.Count, parallel, async (index, inner) =>
            {
                InputFile input = inputs[index];
                outcomes[index] = known.VerdictOn(input) is { } verdict ? Ended(input, verdict.Outcome, verdict.Reason)
                    : options.KeepPaths && pathTaken.Contains(input) ? Ended(input, OfflineOutcome.Held, "another input has the same relative path")
                    : await ProcessAsync(input, Path.Combine(partial, $"{index}"), known, identities, inner);
                work.Done(input.Bytes);
            });
        }
        finally
        {
            Directory.Delete(partial, recursive: true);
        }

        return new OfflineReport
        {
            Project = options.Project.Profile.Name,
            Version = options.Project.Profile.Version,
            KeyId = options.Key.Current.KeyId,
            Edition = options.Project.Profile.Edition,
            Actions = actions,
            Rules = [.. options.Project.Profile.Rules.Select((rule, index) => new RuleUse(rule, actions.ByRule.ElementAtOrDefault(index)))],
            StartedAt = startedAt,
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            IdentifiersSearched = counts.Searched,
            IdentifiersWholeValueOnly = counts.WholeValueOnly,
            Files = outcomes,
        };
    }

    private async Task<OfflineFile> ProcessAsync(
        InputFile input, string partial, InputCensus census, OfflineIdentities identities, CancellationToken cancellation)
    {
        try
        {
            using DicomFile source = DicomFile.Open(input.Path);
            return await ProcessAsync(input, source, partial, census, identities, cancellation);
        }
        catch (DicomFormatException e)
        {
            return Ended(input, OfflineOutcome.Rejected, $"not readable as DICOM: {e.Message}", e.Problem);
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return Ended(input, OfflineOutcome.Held, "the file cannot be opened");
        }
    }

    private async Task<OfflineFile> ProcessAsync(
        InputFile input, DicomFile source, string partial, InputCensus census, OfflineIdentities identities, CancellationToken cancellation)
    {
        SubjectReading subject = deidentifier.ReadSubject(source.DataSet);
        if (subject.SubjectKey is null)
        {
            return Ended(input, OfflineOutcome.Held, subject.Problem!);
        }

        (Identity? fixedOne, string? problem) = identities.Of(subject.SubjectKey);
        if (fixedOne is not { } identity)
        {
            return Ended(input, OfflineOutcome.Held, problem!);
        }

        DeidentifiedInstance result;
        using PixelRedaction? redaction = await deidentifier.RedactAsync(source, options.Codecs, cancellation);
        switch (deidentifier.Deidentify(source, identity, census.CombinedUids(subject.SubjectKey, deidentifier.Identities.For(identity.KeyId)), redaction))
        {
            case DeidentifyResult.Rejected rejected:
                return Ended(input, OfflineOutcome.Rejected, rejected.Reason);
            case DeidentifyResult.Held held:
                return Ended(input, OfflineOutcome.Held, held.Reason);
            case DeidentifyResult.Done done:
                result = done.Instance;
                break;
            default:
                throw new InvalidOperationException("An outcome of de-identification is not known here.");
        }

        await WritePartialAsync(result, partial, cancellation);
        using (DicomFile written = DicomFile.Open(partial))
        {
            IReadOnlyList<Finding> findings = await Verifier.VerifyAsync(source, written, identity, options.Project.Profile, options.Codecs, counts, cancellation);
            if (findings.Count > 0)
            {
                string kinds = string.Join(", ", findings.Select(finding => YamlMap.Kebab(finding.Kind.ToString())).Distinct());
                return Ended(input, OfflineOutcome.Held, $"verification found: {kinds}") with { Findings = findings };
            }
        }

        string output = options.KeepPaths ? input.Relative : Path.Combine(result.StudyInstanceUid, result.SeriesInstanceUid, result.SopInstanceUid + ".dcm");
        string final = Path.Combine(options.OutputFolder, output);
        Directory.CreateDirectory(Path.GetDirectoryName(final)!);
        File.Move(partial, final, overwrite: true);
        lock (gate)
        {
            actions += result.Counts;
        }

        return Ended(input, OfflineOutcome.Done, reason: null) with { Output = output };
    }

    private async Task WritePartialAsync(DeidentifiedInstance result, string path, CancellationToken cancellation)
    {
        LinuxFiles files = new();
        await using Stream file = files.Create(path);
        await result.Segments.WriteToAsync(file, cancellation);
        if (options.IsDurable)
        {
            files.Sync(file);
        }
    }

    private void RefuseOutputInsideInput()
    {
        string output = Path.GetFullPath(options.OutputFolder) + Path.DirectorySeparatorChar;
        foreach (string input in options.Inputs.Where(Directory.Exists))
        {
            if (output.StartsWith(Path.GetFullPath(input).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new IOException("the output folder lies inside an input folder; results would become inputs");
            }
        }
    }

    private static OfflineFile Ended(InputFile input, OfflineOutcome outcome, string? reason, string? reasonKind = null) =>
        new(input.Relative, outcome, reason, Digits().Replace(reasonKind ?? reason ?? "", "N"), null, input.Bytes, []);

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    /// <summary>Counts files of one step and tells how far it is.</summary>
    private sealed class Steps(string name, int total, IProgress<OfflineProgress>? progress)
    {
        private int files;
        private long bytes;

        public void Done(long fileBytes)
        {
            long all = Interlocked.Add(ref bytes, fileBytes);
            progress?.Report(new OfflineProgress(name, Interlocked.Increment(ref files), total, all));
        }
    }
}
