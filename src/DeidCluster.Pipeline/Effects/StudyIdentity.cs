using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>Whose study it is, and what this person is called in the project. First write wins, for ever.</summary>
internal sealed class StudyIdentity(StagingArea staging, IStudyIndex index)
{
    /// <summary>Whom a raw file is about, and what it belongs to.</summary>
    public SourceReading Read(PipelineProject project, InstanceRow row)
    {
        using DicomFile source = DicomFile.Open(staging.Raw(row));
        SubjectReading subject = project.Deidentifier.ReadSubject(source.DataSet);
        return new SourceReading(row.IdStudyUid, subject, source.DataSet.GetString(Tags.AccessionNumber)?.Trim() ?? "");
    }

    /// <summary>The identity of a subject: the one that was fixed first. A service of pseudonyms is asked for new subjects only.</summary>
    public async Task<Identity> FixAsync(PipelineProject project, StudyRequest request, SubjectReading subject, CancellationToken cancellation)
    {
        IdentityRow first = await index.FindIdentityAsync(project.Name, subject.SubjectKey!, cancellation)
            ?? await index.FixIdentityAsync(await ProposeAsync(project, request, subject, cancellation), cancellation);
        if (project.Deidentifier.Identities.For(first.KeyId) is null)
        {
            throw new EffectFailedException(FailureKind.Misconfigured, $"the subject's identity was fixed under key {first.KeyId}, which the project does not have");
        }

        return project.Deidentifier.Identities.UsesParticipantId(request.ParticipantId) && first.Pseudonym != request.ParticipantId!.Trim()
            ? throw new EffectFailedException(FailureKind.Permanent, "the request names a participant, but the subject has another pseudonym in this project")
            : new Identity(first.KeyId, first.Pseudonym, first.ShiftDays);
    }

    private static async Task<IdentityRow> ProposeAsync(PipelineProject project, StudyRequest request, SubjectReading subject, CancellationToken cancellation)
    {
        try
        {
            bool asks = project.Pseudonyms is not null && !project.Deidentifier.Identities.UsesParticipantId(request.ParticipantId);
            string? answer = asks ? await project.Pseudonyms!.AskAsync(project.Name, subject, cancellation) : null;
            IdentityProposal proposal = project.Deidentifier.Identities.Propose(subject, request.ParticipantId, answer);
            return new IdentityRow(project.Name, subject.SubjectKey!, proposal.Identity.KeyId, proposal.Identity.Pseudonym, proposal.Identity.ShiftDays) { CounterDigits = proposal.CounterDigits };
        }
        catch (PseudonymSourceException failure)
        {
            throw new EffectFailedException(failure.MayPass ? FailureKind.Transient : FailureKind.Permanent, failure.Message);
        }
        catch (ArgumentException)
        {
            throw new EffectFailedException(FailureKind.Permanent, "the request's participant id cannot be a pseudonym");
        }
    }
}

/// <summary>What the header of a raw file tells of the person and the examination. Identifies a person.</summary>
internal sealed record SourceReading(string StudyUid, SubjectReading Subject, string AccessionNumber)
{
    /// <summary>The subject's key; null when nobody can say whom it is about.</summary>
    public string? SubjectKey => Subject.SubjectKey;

    /// <summary>Why nobody can say.</summary>
    public string? Problem => Subject.Problem;

    /// <summary>Redacted.</summary>
    public override string ToString() => "SourceReading (identifiers redacted)";
}
