namespace DeidCluster.Deid;

/// <summary>
/// The identities of all subjects of a run, fixed before any file is de-identified and in the order of the inputs, so that counters do not
/// depend on which thread was faster, and a service is asked once for each subject.
/// </summary>
internal sealed class OfflineIdentities
{
    private readonly Dictionary<string, (Identity? Identity, string? Problem)> subjects = new(StringComparer.Ordinal);

    /// <summary>Fixes them in <paramref name="mapping"/>.</summary>
    public static async Task<OfflineIdentities> FixAsync(
        IReadOnlyList<InputFile> inputs, InputCensus census, Deidentifier deidentifier, ProjectProfile profile, IdentityMapping mapping, CancellationToken cancellation)
    {
        OfflineIdentities fixedOnes = new();
        using PseudonymSource? service = profile.Pseudonym.Service is { } settings ? new PseudonymSource(settings) : null;
        foreach (SubjectReading subject in inputs.Select(census.SubjectOf).OfType<SubjectReading>().DistinctBy(subject => subject.SubjectKey, StringComparer.Ordinal))
        {
            fixedOnes.subjects[subject.SubjectKey!] = mapping.Find(profile.Name, subject.SubjectKey!) is { } known
                ? (known, null)
                : await FixAsync(subject, deidentifier.Identities, service, profile.Name, mapping, cancellation).ConfigureAwait(false);
        }

        return fixedOnes;
    }

    /// <summary>The identity of a subject, or why it has none.</summary>
    public (Identity? Identity, string? Problem) Of(string subjectKey) =>
        subjects.TryGetValue(subjectKey, out (Identity?, string?) found) ? found : (null, "its header could not be read");

    private static async Task<(Identity?, string?)> FixAsync(
        SubjectReading subject, IdentityDeriver deriver, PseudonymSource? service, string project, IdentityMapping mapping, CancellationToken cancellation)
    {
        try
        {
            string? answer = service is null ? null : await service.AskAsync(project, subject, cancellation).ConfigureAwait(false);
            return (mapping.Fix(project, subject.SubjectKey!, deriver.Propose(subject, fromService: answer)), null);
        }
        catch (PseudonymSourceException failure)
        {
            return (null, failure.Message);
        }
    }
}
