using System.Security.Cryptography;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>"verify": checks each result against its source, by another code path than the one that made it. A finding holds the instance.</summary>
public sealed class VerifyHandler(
    Configured<PipelineProject> projects, StagingArea staging, IStudyIndex index, CoreBudget cores, FrameCodecs codecs, EffectEdge edge) : IEffectHandler
{
    private readonly StudyIdentity identities = new(staging, index);

    /// <inheritdoc/>
    public string Kind => "verify";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

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
            if (subject.Problem is { } problem)
            {
                throw new EffectFailedException(FailureKind.Permanent, problem);
            }

            Identity identity = await identities.FixAsync(project, effect.Request, subject.Subject, cancellation);
            await cores.ForEachAsync(rows, async (row, cancel) =>
            {
                (InstanceRow judged, int found) = await VerifyAsync(project.Profile, identity, row, cancel);
                Interlocked.Add(ref findings, found);
                await ledger.PutAsync(judged, cancel);
            }, cancellation);
        }

        return new ReportVerified(ledger.Take(), ledger.Counts, findings);
    }

    private async Task<(InstanceRow Judged, int Findings)> VerifyAsync(ProjectProfile profile, Identity identity, InstanceRow row, CancellationToken cancellation)
    {
        await CheckDigestAsync(row, cancellation);
        try
        {
            using DicomFile source = DicomFile.Open(staging.Raw(row));
            using DicomFile result = DicomFile.Open(staging.Result(row));
            IReadOnlyList<Finding> findings = await Verifier.VerifyAsync(source, result, identity, profile, codecs, counts: null, cancellation);
            return findings is [Finding first, ..]
                ? (row.Hold($"{findings.Count} findings, the first: {first}"), findings.Count)
                : (row with { State = InstanceState.Verified, Reason = null }, 0);
        }
        catch (DicomFormatException malformed)
        {
            return (row.Hold($"it cannot be read again: {malformed.Message}"), 1);
        }
    }

    private async Task CheckDigestAsync(InstanceRow row, CancellationToken cancellation)
    {
        await using FileStream file = File.OpenRead(staging.Result(row));
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)) != row.OutDigest)
        {
            throw new DigestMismatchException();
        }
    }
}
