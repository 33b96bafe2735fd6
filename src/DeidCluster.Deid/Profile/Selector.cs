using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Whether a project wants what a header describes. <paramref name="Reason"/> says why not; null when it does.</summary>
public readonly record struct SelectionVerdict(string? Reason)
{
    /// <summary>True when nothing speaks against it.</summary>
    public bool IsWanted => Reason is null;
}

/// <summary>Judges headers by a <see cref="Selection"/>.</summary>
public sealed class Selector
{
    // A pattern that takes longer on one manufacturer's name is hostile.
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromMilliseconds(250);

    private readonly Selection selection;
    private readonly List<(Regex Pattern, IReadOnlyList<int> ExcludedSeriesNumbers)> manufacturers;

    /// <summary>A judge for <paramref name="selection"/>.</summary>
    public Selector(Selection selection)
    {
        this.selection = selection;
        manufacturers = [.. selection.Manufacturers.Select(wanted => (
            new Regex(wanted.Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTimeMax), wanted.ExcludedSeriesNumbers))];
    }

    /// <summary>
    /// Judges an instance, or with <paramref name="isComplete"/> false what an archive tells of it before it is fetched: then an
    /// attribute that is absent speaks against nothing.
    /// </summary>
    public SelectionVerdict Judge(DataSet header, bool isComplete = true) => new(
        WhyUnlisted(header, Tags.Modality, selection.Modalities, "its modality is not selected", isComplete)
        ?? WhyUnlisted(header, Tags.SOPClassUID, selection.SopClassUids, "its SOP class is not selected", isComplete)
        ?? WhyDescription(header)
        ?? WhyManufacturer(header, isComplete));

    private static string? WhyUnlisted(DataSet header, Tag tag, IReadOnlyList<string> wanted, string reason, bool isComplete)
    {
        string? value = header.GetString(tag);
        return wanted.Count == 0 || (value is null ? !isComplete : wanted.Contains(value)) ? null : reason;
    }

    private string? WhyDescription(DataSet header)
    {
        string description = header.GetString(Tags.SeriesDescription) ?? "";
        return selection.ExcludedSeriesDescriptions.Any(part => description.Contains(part, StringComparison.OrdinalIgnoreCase))
            ? "its series description is excluded"
            : null;
    }

    private string? WhyManufacturer(DataSet header, bool isComplete)
    {
        string? manufacturer = header.GetString(Tags.Manufacturer);
        if (manufacturers.Count == 0 || (manufacturer is null && !isComplete))
        {
            return null;
        }

        try
        {
            foreach ((Regex pattern, IReadOnlyList<int> excluded) in manufacturers)
            {
                if (pattern.IsMatch(manufacturer ?? ""))
                {
                    return header.GetInt(Tags.SeriesNumber) is { } number && excluded.Contains(number) ? "its series number is excluded" : null;
                }
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return "a pattern of the selection takes too long on its manufacturer";
        }

        return "its manufacturer is not selected";
    }
}
