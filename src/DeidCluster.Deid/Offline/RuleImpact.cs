using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One way in which results differ between two forms of a project.</summary>
/// <param name="Path">The place, without the numbers of items; empty for what becomes of whole files.</param>
/// <param name="Keyword">The attribute's keyword; empty when the standard does not know it.</param>
/// <param name="Change">"added", "removed", "changed", or what became of files before and after.</param>
/// <param name="Files">How many files it is found in.</param>
public sealed record ImpactChange(string Path, string Keyword, string Change, int Files);

/// <summary>What a change of a project's configuration changes in the results of some files.</summary>
/// <param name="Changes">Whole files first, then by place.</param>
/// <param name="Files">Files that were looked at.</param>
/// <param name="FilesChanged">Files whose result differs.</param>
public sealed partial record RuleImpact(IReadOnlyList<ImpactChange> Changes, int Files, int FilesChanged)
{
    /// <summary>Compares what two trials, which should have one key, make of <paramref name="inputs"/>.</summary>
    public static async Task<RuleImpact> TakeAsync(ProjectTrial before, ProjectTrial after, IEnumerable<string> inputs, CancellationToken cancellation)
    {
        Dictionary<(string Path, string Change), int> counts = [];
        int files = 0;
        int changed = 0;
        foreach (DicomFile? opened in ProjectTrial.Open(inputs))
        {
            cancellation.ThrowIfCancellationRequested();
            using DicomFile? file = opened;
            files++;
            if (file is null)
            {
                continue;
            }

            DeidentifyResult was = await before.TryAsync(file, cancellation).ConfigureAwait(false);
            DeidentifyResult now = await after.TryAsync(file, cancellation).ConfigureAwait(false);
            HashSet<(string, string)> found = [.. Differences(was, now)];
            changed += found.Count > 0 ? 1 : 0;
            foreach ((string, string) key in found)
            {
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }

        return new RuleImpact(
            [.. counts.OrderBy(entry => entry.Key.Path, StringComparer.Ordinal).ThenBy(entry => entry.Key.Change, StringComparer.Ordinal)
                .Select(entry => new ImpactChange(entry.Key.Path, KeywordOf(entry.Key.Path), entry.Key.Change, entry.Value))],
            files,
            changed);
    }

    private static IEnumerable<(string Path, string Change)> Differences(DeidentifyResult was, DeidentifyResult now)
    {
        string before = TrialReason.Of(was) ?? "leaves";
        string after = TrialReason.Of(now) ?? "leaves";
        if (before != after)
        {
            return [("", $"{before} -> {after}")];
        }

        if (was is not DeidentifyResult.Done { Instance: { } old } || now is not DeidentifyResult.Done { Instance: { } @new })
        {
            return [];
        }

        List<(string, string)> differences =
            [.. DataSetDiff.Compare(old.DataSet, @new.DataSet).Select(difference => (ItemNumbers().Replace(difference.Path, ""), YamlMap.Kebab(difference.Kind.ToString())))];
        if (old.TransferSyntax.Uid != @new.TransferSyntax.Uid)
        {
            differences.Add((Tags.TransferSyntaxUID.ToString(), "changed"));
        }

        if (old.PixelsMasked != @new.PixelsMasked)
        {
            differences.Add((Tags.PixelData.ToString(), @new.PixelsMasked ? "blanked in parts" : "blanked no more"));
        }

        return differences;
    }

    private static string KeywordOf(string path) => Tag.TryParse(path.AsSpan(path.LastIndexOf('.') + 1), out Tag tag) ? DicomDictionary.Find(tag)?.Keyword ?? "" : "";

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex ItemNumbers();
}
