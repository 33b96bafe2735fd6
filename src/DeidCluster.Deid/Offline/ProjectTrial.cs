using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Tries a project on files without writing anything. With a key of its own every result is one that the project could give.</summary>
/// <param name="project">The project.</param>
/// <param name="key">Its secret, or any other: pseudonyms, UIDs and shifts differ then, and nothing else.</param>
/// <param name="codecs">Decodes pixels where a rule blanks them; null to hold such instances.</param>
public sealed class ProjectTrial(ProjectFile project, ProjectKeys key, FrameCodecs? codecs)
{
    private const string Nobody = "nobody";

    private readonly Deidentifier deidentifier = new(project.Profile, key);

    /// <summary>The project.</summary>
    public ProjectFile Project => project;

    /// <summary>What becomes of <paramref name="file"/> and of each of its elements.</summary>
    public async Task<(DeidentifyResult Result, IReadOnlyList<ElementExplanation> Elements)> ExplainAsync(DicomFile file, CancellationToken cancellation)
    {
        using PixelRedaction? redaction = await RedactAsync(file, cancellation).ConfigureAwait(false);
        return deidentifier.Explain(file, IdentityOf(file), redaction);
    }

    /// <summary>What becomes of <paramref name="file"/>. The bytes of its pixels must not be asked for.</summary>
    public async Task<DeidentifyResult> TryAsync(DicomFile file, CancellationToken cancellation)
    {
        using PixelRedaction? redaction = await RedactAsync(file, cancellation).ConfigureAwait(false);
        return deidentifier.Deidentify(file, IdentityOf(file), redaction: redaction);
    }

    /// <summary>The files below <paramref name="paths"/> that are DICOM, one by one; how many others there were is counted.</summary>
    internal static IEnumerable<DicomFile?> Open(IEnumerable<string> paths)
    {
        foreach (InputFile input in InputFiles.Find(paths))
        {
            DicomFile? file = null;
            try
            {
                file = DicomFile.Open(input.Path);
            }
            catch (DicomFormatException)
            {
                // Told by the null: a folder of scans holds other files too.
            }

            yield return file;
        }
    }

    private Identity IdentityOf(DicomFile file) => deidentifier.Identities.Propose(deidentifier.ReadSubject(file.DataSet).SubjectKey ?? Nobody);

    private async Task<PixelRedaction?> RedactAsync(DicomFile file, CancellationToken cancellation) =>
        codecs is null ? null : await deidentifier.RedactAsync(file, codecs, cancellation).ConfigureAwait(false);
}
