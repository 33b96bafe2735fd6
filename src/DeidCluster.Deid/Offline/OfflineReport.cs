using System.Reflection;

namespace DeidCluster.Deid;

/// <summary>How one input file ended.</summary>
public enum OfflineOutcome
{
    /// <summary>De-identified, verified and written.</summary>
    Done,

    /// <summary>The same bytes as another input file, which was taken instead.</summary>
    Duplicate,

    /// <summary>The project does not want it, or it is no DICOM instance.</summary>
    Rejected,

    /// <summary>It cannot be de-identified safely; a person must look.</summary>
    Held,
}

/// <summary>One input file. Names of files identify people: this belongs to the identifiable side, never into a log.</summary>
/// <param name="Input">Path relative to the input folder.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why it was not done; never with a value of the file.</param>
/// <param name="ReasonKind">The reason without offsets and counts, for summaries; empty without a reason.</param>
/// <param name="Output">Path relative to the output folder; null when nothing was written.</param>
/// <param name="Bytes">Size of the input.</param>
/// <param name="Findings">What verification found; the file is held when there is one.</param>
public sealed record OfflineFile(
    string Input, OfflineOutcome Outcome, string? Reason, string ReasonKind, string? Output, long Bytes, IReadOnlyList<Finding> Findings);

/// <summary>What a run over files did.</summary>
public sealed record OfflineReport
{
    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>The version of its configuration.</summary>
    public required string Version { get; init; }

    /// <summary>The key that new identities were derived with.</summary>
    public required string KeyId { get; init; }

    /// <summary>The edition of PS3.15 whose table decided.</summary>
    public required string Edition { get; init; }

    /// <summary>The version of this program.</summary>
    public string Tool { get; init; } = ToolVersion;

    /// <summary>How many elements of the files that were done were treated how.</summary>
    public required DeidentifyCounts Actions { get; init; }

    /// <summary>The project's rules, and how many elements each decided.</summary>
    public required IReadOnlyList<RuleUse> Rules { get; init; }

    /// <summary>Why files were not done, without anything of the files, and how many.</summary>
    public IReadOnlyList<(OfflineOutcome Outcome, string Reason, int Files)> Reasons =>
        [.. Files.Where(file => file.ReasonKind.Length > 0)
            .GroupBy(file => (file.Outcome, file.ReasonKind))
            .Select(group => (group.Key.Outcome, group.Key.ReasonKind, group.Count()))
            .OrderByDescending(group => group.Item3)];

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took. Seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Identifiers that verification searched for everywhere, summed over the files.</summary>
    public required long IdentifiersSearched { get; init; }

    /// <summary>Identifiers too short or too common to be searched for inside text, summed over the files.</summary>
    public required long IdentifiersWholeValueOnly { get; init; }

    /// <summary>Every input file, in order.</summary>
    public required IReadOnlyList<OfflineFile> Files { get; init; }

    /// <summary>Size of all input files. Bytes.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Megabytes (10^6 bytes) of input in a second.</summary>
    public double MegabytesPerSecond => Seconds > 0 ? Bytes / 1e6 / Seconds : 0;

    /// <summary>"DeidCluster" and the version that was built.</summary>
    public static string ToolVersion { get; } =
        $"DeidCluster {typeof(OfflineReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0"}";

    /// <summary>How many files ended as <paramref name="outcome"/>.</summary>
    public int Count(OfflineOutcome outcome) => Files.Count(file => file.Outcome == outcome);

    /// <summary>True when no file was held or rejected.</summary>
    public bool AllDone => Files.All(file => file.Outcome is OfflineOutcome.Done or OfflineOutcome.Duplicate);
}

/// <summary>One rule of a project in a run.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Elements">Elements that it decided.</param>
public sealed record RuleUse(Rule Rule, int Elements);

/// <summary>How far a run is.</summary>
public sealed record OfflineProgress(string Step, int FilesDone, int FilesTotal, long BytesDone);
