using System.Security.Cryptography;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// "anonymize": makes of each fetched instance its result, by the project's profile and the subject's identity. The same file, profile
/// and identity give the same bytes, so that running again changes nothing.
/// </summary>
public sealed class AnonymizeHandler(
    Configured<PipelineProject> projects, StagingArea staging, IStudyIndex index, CoreBudget cores, FrameCodecs codecs, EffectEdge edge, TimeProvider time) : IEffectHandler
{
    private readonly StudyIdentity identities = new(staging, index);

    /// <inheritdoc/>
    public string Kind => "anonymize";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        AnonymizeEffect effect = (AnonymizeEffect)request.Parameters;
        return edge.RunAsync(effect.StudyId, context, ledger => AnonymizeAsync(effect, ledger, cancellation), cancellation);
    }

    private async Task<ICommand> AnonymizeAsync(AnonymizeEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        PipelineProject project = projects[effect.Request.Project];
        SettleRepeated(ledger);
        LinkageRow? linkage = null;
        string? subjectKey = null;
        SourceReading[] sources = await ReadAsync(project, Present(ledger), cancellation);
        if (Problem(project, sources) is string problem)
        {
            HoldAll(ledger, problem);
        }
        else if (sources.Length > 0)
        {
            string subject = subjectKey = sources[0].SubjectKey!;
            Identity identity = await identities.FixAsync(project, effect.Request, sources[0].Subject, cancellation);
            string[] given = [.. new[] { effect.Request.Mrn, effect.Request.AccessionNumber, effect.Request.ProcedureId }.OfType<string>()];
            Naming naming = new(identity, Combined(project, identity, subject, sources), given);
            await cores.ForEachAsync(Fetched(ledger), async (row, cancel) =>
                await ledger.PutAsync(await AnonymizeAsync(project, naming, row, cancel), cancel), cancellation);
            linkage = Linkage(effect, ledger, identity);
        }

        return new ReportAnonymized(ledger.Take(), ledger.Counts, ledger.OutBytes, linkage, project.Profile.Version, subjectKey);
    }

    private static InstanceRow[] Fetched(Ledger ledger) =>
        [.. ledger.Rows.Where(row => row.State == InstanceState.Fetched)];

    /// <summary>
    /// What is to be done, and what an earlier run has done: whom the study is about, and which of its source studies leave together, must
    /// not depend on how far a run came.
    /// </summary>
    private static InstanceRow[] Present(Ledger ledger) =>
        [.. ledger.Rows.Where(row => row.State is InstanceState.Fetched or InstanceState.Anonymized)];

    /// <summary>
    /// An instance that several source studies hold leaves once: with the first of them. That it is the same one, its pixels must
    /// show; otherwise somebody must decide.
    /// </summary>
    private void SettleRepeated(Ledger ledger)
    {
        foreach (IGrouping<string, InstanceRow> same in Present(ledger).GroupBy(row => row.IdSopInstanceUid).Where(same => same.Count() > 1))
        {
            byte[]?[] pixels = [.. same.Select(row => PixelDigest.Of(staging.Raw(row)))];
            bool isOne = pixels[0] is byte[] first && pixels.All(other => other is not null && first.AsSpan().SequenceEqual(other));
            foreach (InstanceRow row in isOne ? same.Skip(1) : same)
            {
                ledger.Put(isOne
                    ? row.Reject("the same instance leaves with another of the source studies")
                    : row.Hold("ConflictingInstance: source studies hold other content under one SOPInstanceUID"));
            }
        }
    }

    private async Task<SourceReading[]> ReadAsync(PipelineProject project, InstanceRow[] rows, CancellationToken cancellation)
    {
        SourceReading[] sources = new SourceReading[rows.Length];
        await cores.ForEachAsync(Enumerable.Range(0, rows.Length), (at, _) =>
        {
            sources[at] = identities.Read(project, rows[at]);
            return Task.CompletedTask;
        }, cancellation);
        return sources;
    }

    /// <summary>Why nobody can say whose study it is, or to what it belongs; null when it is clear.</summary>
    private static string? Problem(PipelineProject project, IReadOnlyList<SourceReading> sources) =>
        sources.Select(source => source.Problem).FirstOrDefault(problem => problem is not null)
        ?? (sources.Select(source => source.SubjectKey).Distinct().Count() > 1 ? "the study's instances have different subjects"
            : project.Profile.CombineByAccession && sources.Select(source => (source.StudyUid, source.AccessionNumber)).Distinct().Count() > sources.Select(source => source.StudyUid).Distinct().Count()
                ? "the instances of a source study have different accession numbers"
            : null);

    private static void HoldAll(Ledger ledger, string problem)
    {
        foreach (InstanceRow row in Fetched(ledger))
        {
            ledger.Put(row.Hold(problem));
        }
    }

    /// <summary>Source studies that leave under the common UID of their accession number; an empty one never combines.</summary>
    private static Dictionary<string, string> Combined(PipelineProject project, Identity identity, string subject, IReadOnlyList<SourceReading> sources)
    {
        Dictionary<string, string> combined = [];
        IdentityDeriver deriver = project.Deidentifier.Identities.For(identity.KeyId)!;
        foreach (SourceReading source in project.Profile.CombineByAccession ? sources : [])
        {
            if (deriver.CombinedStudyUid(subject, source.AccessionNumber) is string uid)
            {
                combined[source.StudyUid] = uid;
            }
        }

        return combined;
    }

    private async Task<InstanceRow> AnonymizeAsync(PipelineProject project, Naming naming, InstanceRow row, CancellationToken cancellation)
    {
        try
        {
            using DicomFile source = DicomFile.Open(staging.Raw(row));
            using PixelRedaction? redaction = await project.Deidentifier.RedactAsync(source, codecs, cancellation);
            return project.Deidentifier.Deidentify(source, naming.Identity, naming.CombinedUids, redaction, naming.IdGiven) switch
            {
                DeidentifyResult.Rejected rejected => row.Reject(rejected.Reason),
                DeidentifyResult.Held held => row.Hold(held.Reason),
                DeidentifyResult.Done done => await WriteAsync(row, done.Instance, cancellation),
                _ => throw new InvalidOperationException("The kinds of result are closed."),
            };
        }
        catch (DicomFormatException malformed)
        {
            return row.Hold($"malformed DICOM: {malformed.Message}");
        }
    }

    private async Task<InstanceRow> WriteAsync(InstanceRow row, DeidentifiedInstance result, CancellationToken cancellation)
    {
        using SegmentList segments = result.Segments;
        string digest = await WriteAsync(row.StudyId, result.SopInstanceUid, segments, cancellation);
        return row with
        {
            State = InstanceState.Anonymized,
            Reason = null,
            SopClassUid = result.SopClassUid,
            NewSopInstanceUid = result.SopInstanceUid,
            NewSeriesUid = result.SeriesInstanceUid,
            NewStudyUid = result.StudyInstanceUid,
            OutBytes = segments.Length,
            OutDigest = digest,
        };
    }

    private async Task<string> WriteAsync(string studyId, string sopInstanceUid, SegmentList segments, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await staging.WriteResultAsync(studyId, sopInstanceUid, async (file, cancel) =>
        {
            await using HashingStream hashing = new(file, hash);
            await segments.WriteToAsync(hashing, cancel);
        }, cancellation);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private LinkageRow Linkage(AnonymizeEffect effect, Ledger ledger, Identity identity)
    {
        StudyRequest request = effect.Request;
        string[] studyUids = [.. ledger.Rows.Select(row => row.NewStudyUid).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        return new LinkageRow(
            effect.StudyId, request.Project, request.ProcedureId, request.Mrn, request.AccessionNumber, request.StudyUid,
            request.ParticipantId, identity.Pseudonym, studyUids, time.GetUtcNow());
    }

    /// <summary>What the instances of one study are called, and identifiers of the request that may stand in their text.</summary>
    private sealed record Naming(Identity Identity, IReadOnlyDictionary<string, string> CombinedUids, IReadOnlyList<string> IdGiven)
    {
        public override string ToString() => "Naming (identifiers redacted)";
    }
}
