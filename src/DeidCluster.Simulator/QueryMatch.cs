using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>Attribute matching of C-FIND (PS3.4 C.2.2.2): universal, single value, list of UIDs, wildcard and range.</summary>
internal static class QueryMatch
{
    private static readonly HashSet<Tag> NotMatched =
    [
        Tags.QueryRetrieveLevel, Tags.SpecificCharacterSet, Tags.RetrieveAETitle, Tags.InstanceAvailability, Tags.TimezoneOffsetFromUTC,
        Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances, Tags.NumberOfSeriesRelatedInstances,
        Tags.NumberOfPatientRelatedStudies, Tags.NumberOfPatientRelatedSeries, Tags.NumberOfPatientRelatedInstances,
    ];

    /// <summary>True when each key of <paramref name="identifier"/> matches; <paramref name="valuesOf"/> gives the entity's values.</summary>
    public static bool Matches(DataSet identifier, Func<Tag, IReadOnlyList<string>> valuesOf)
    {
        foreach (Element key in identifier.Where(key => key is ValueElement { Bytes.Length: > 0 } && !NotMatched.Contains(key.Tag)))
        {
            IReadOnlyList<string> wanted = identifier.GetStrings(key.Tag);
            if (wanted.Count > 0 && !Matches(key, wanted, valuesOf(key.Tag)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Matches(Element key, IReadOnlyList<string> wanted, IReadOnlyList<string> values) => key.Vr switch
    {
        Vr.UI => values.Any(wanted.Contains),
        Vr.DA or Vr.TM or Vr.DT when wanted[0].Contains('-') => values.Any(value => InRange(wanted[0], value)),
        Vr.PN => wanted.Any(pattern => values.Any(value => Like(pattern, value, RegexOptions.IgnoreCase)) || pattern == "*"),
        _ => wanted.Any(pattern => values.Any(value => Like(pattern, value, RegexOptions.None)) || pattern == "*"),
    };

    // "a-b", "a-" and "-b" include their ends; b stands for all times that begin with it (PS3.4 C.2.2.2.5).
    private static bool InRange(string range, string value)
    {
        int dash = range.IndexOf('-');
        string from = range[..dash].Trim();
        string to = range[(dash + 1)..].Trim();
        return (from.Length == 0 || string.CompareOrdinal(value, from) >= 0)
            && (to.Length == 0 || string.CompareOrdinal(value, to) <= 0 || value.StartsWith(to, StringComparison.Ordinal));
    }

    private static bool Like(string pattern, string value, RegexOptions options)
    {
        string expression = Regex.Escape(pattern.Trim()).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal);
        return Regex.IsMatch(value.Trim(), $"^{expression}$", options | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }
}
