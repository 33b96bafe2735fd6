using System.Security.Cryptography;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>"verify": checks each result against its source, by another code path than the one that made it. A finding holds the instance.</summary>
public sealed class VerifyHandler(
    Configured<PipelineProject> projects, StagingArea staging, IStudyIndex index, CoreBudget cores, EffectEdge edge) : IEffectHandler
{
    private readonly StudyIdentity identities = new(staging, index);

    /// <inheritdoc/>
    public string Kind => "verify";

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        VerifyEffect effect = (VerifyEffect)request.Parameters;
        return edge.RunAsync(effect.StudyId, context, ledger => VerifyAsync(effect, ledger, cancellation), cancellation);
    }

    private async Task<ICommand> VerifyAsync(VerifyEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        PipelineProject project = projects[effect.Request.Project];
        InstanceRow[] rows = [.. ledger.Rows.Where(row => row.State == InstanceState.Anonymized)];
        int findings = 0;
        if (rows.Length > 0)
        {
            SourceReading subject = identities.Read(project, rows[0]);
            string subjectKey = subject.SubjectKey ?? throw new EffectFailedException(FailureKind.Permanent, subject.Problem!);
            Identity identity = await identities.FixAsync(project, effect.Request, subjectKey, cancellation);
            await cores.ForEachAsync(rows, async (row, cancel) =>
            {
                IReadOnlyList<Finding> found = await VerifyAsync(project.Profile, identity, row, cancel);
                Interlocked.Add(ref findings, found.Count);
                await ledger.PutAsync(Judge(row, found), cancel);
            }, cancellation);
        }

        return new ReportVerified(ledger.Take(), ledger.Counts, findings);
    }

    private async Task<IReadOnlyList<Finding>> VerifyAsync(ProjectProfile profile, Identity identity, InstanceRow row, CancellationToken cancellation)
    {
        string path = staging.Result(row);
        await using (FileStream file = File.OpenRead(path))
        {
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)) != row.OutDigest)
            {
                throw new DigestMismatchException();
            }
        }

        using DicomFile source = DicomFile.Open(staging.Raw(row));
        using DicomFile result = DicomFile.Open(path);
        return Verifier.Verify(source, result, identity, profile);
    }

    private static InstanceRow Judge(InstanceRow row, IReadOnlyList<Finding> findings) => findings is [Finding first, ..]
        ? row.Hold($"{findings.Count} findings, the first: {first}")
        : row with { State = InstanceState.Verified, Reason = null };
}
