using System.Net.Http.Headers;

namespace DeidCluster.Dicom;

/// <summary>What the Warning header (299) of a QIDO-RS answer says (PS3.18 8.3.4.4, 10.6.3).</summary>
[Flags]
public enum DicomWebWarnings
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>There are more matches than were returned.</summary>
    MoreMatches = 1,

    /// <summary>Fuzzy matching is not supported; names were matched literally.</summary>
    FuzzyNotSupported = 2,

    /// <summary>Something else.</summary>
    Other = 4,
}

/// <summary>Reads and writes <see cref="DicomWebWarnings"/>.</summary>
internal static class DicomWebWarning
{
    private const int Code = 299;

    private const string MoreMatches = "There are additional results that can be requested";
    private const string FuzzyNotSupported = "The fuzzymatching parameter is not supported. Only literal matching has been performed.";

    public static DicomWebWarnings Read(HttpHeaderValueCollection<WarningHeaderValue> headers)
    {
        DicomWebWarnings warnings = DicomWebWarnings.None;
        foreach (WarningHeaderValue header in headers.Where(header => header.Code == Code))
        {
            warnings |= header.Text.Contains("additional results", StringComparison.OrdinalIgnoreCase) ? DicomWebWarnings.MoreMatches
                : header.Text.Contains("fuzzymatching", StringComparison.OrdinalIgnoreCase) ? DicomWebWarnings.FuzzyNotSupported
                : DicomWebWarnings.Other;
        }

        return warnings;
    }

    public static IEnumerable<string> Write(DicomWebWarnings warnings)
    {
        if (warnings.HasFlag(DicomWebWarnings.MoreMatches))
        {
            yield return $"{Code} DEIDCLUSTER \"{MoreMatches}\"";
        }

        if (warnings.HasFlag(DicomWebWarnings.FuzzyNotSupported))
        {
            yield return $"{Code} DEIDCLUSTER \"{FuzzyNotSupported}\"";
        }
    }
}
