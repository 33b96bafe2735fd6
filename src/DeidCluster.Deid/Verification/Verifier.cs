using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Checks a result against its source by another way than the one that made it: it knows the project's configuration and the
/// identity, and calls nothing of the profile's engine. No finding, no identifier that it knows to look for.
/// </summary>
public static class Verifier
{
    /// <summary>More findings of one instance tell nothing new.</summary>
    public const int FindingsMax = 200;

    /// <summary>
    /// What is wrong with <paramref name="result"/>, de-identified from <paramref name="source"/> under <paramref name="identity"/>;
    /// empty when nothing was found. <paramref name="counts"/> takes up what could be searched for only weakly.
    /// </summary>
    public static IReadOnlyList<Finding> Verify(
        DicomFile source, DicomFile result, Identity identity, ProjectProfile profile, VerificationCounts? counts = null) =>
        Verify(source, result, identity, profile, PixelCheck.Compare(source, result, profile), counts);

    /// <summary>As <see cref="Verify(DicomFile, DicomFile, Identity, ProjectProfile, VerificationCounts)"/>, with codecs for pixels that were decoded, blanked and coded anew.</summary>
    public static async Task<IReadOnlyList<Finding>> VerifyAsync(
        DicomFile source, DicomFile result, Identity identity, ProjectProfile profile, FrameCodecs codecs, VerificationCounts? counts, CancellationToken cancellation) =>
        Verify(source, result, identity, profile, await PixelCheck.CompareAsync(source, result, profile, codecs, cancellation), counts);

    private static IReadOnlyList<Finding> Verify(
        DicomFile source, DicomFile result, Identity identity, ProjectProfile profile, string? pixelProblem, VerificationCounts? counts)
    {
        ProjectRules rules = new(profile, source.DataSet);
        IdentifierSearch search = new(SourceIdentifiers.Collect(source, profile, rules));
        counts?.Add(search.SearchedCount, search.WholeValueOnlyCount);

        ResultWalk walk = new(result, profile, rules, search, identity);
        walk.Check(result.FileMeta, source.FileMeta);
        walk.Check(result.DataSet, source.DataSet);
        List<Finding> findings =
        [
            .. MarkerCheck.Check(result, profile),
            .. walk.Findings,
            .. ConformanceCheck.Check(source.DataSet, result.DataSet, ProfileTable.Of(profile.Edition), rules),
        ];
        if (pixelProblem is not null)
        {
            findings.Add(new Finding(Tags.PixelData.ToString(), FindingKind.Pixels, pixelProblem));
        }

        return findings.Count <= FindingsMax ? findings : findings[..FindingsMax];
    }
}
