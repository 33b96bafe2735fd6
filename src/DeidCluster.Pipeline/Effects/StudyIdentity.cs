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
        return new SourceReading(row.IdStudyUid, subject.SubjectKey, source.DataSet.GetString(Tags.AccessionNumber)?.Trim() ?? "", subject.Problem);
    }

    /// <summary>The identity of a subject: the one that was fixed first.</summary>
    public async Task<Identity> FixAsync(PipelineProject project, StudyRequest request, string subjectKey, CancellationToken cancellation)
    {
        Identity proposal = Propose(project, request, subjectKey);
        IdentityRow proposed = new(project.Name, subjectKey, proposal.KeyId, proposal.Pseudonym, proposal.ShiftDays);
        IdentityRow first = await index.FixIdentityAsync(proposed, cancellation);
        if (first.KeyId != proposal.KeyId)
        {
            throw new EffectFailedException(FailureKind.Misconfigured, $"the subject's identity was fixed under key {first.KeyId}, which the project does not have");
        }

        return proposal.Pseudonym == request.ParticipantId?.Trim() && first.Pseudonym != proposal.Pseudonym
            ? throw new EffectFailedException(FailureKind.Permanent, "the request names a participant, but the subject has another pseudonym in this project")
            : new Identity(first.KeyId, first.Pseudonym, first.ShiftDays);
    }

    private static Identity Propose(PipelineProject project, StudyRequest request, string subjectKey)
    {
        try
        {
            return project.Deidentifier.Identities.Propose(subjectKey, request.ParticipantId);
        }
        catch (ArgumentException)
        {
            throw new EffectFailedException(FailureKind.Permanent, "the request's participant id cannot be a pseudonym");
        }
    }
}

/// <summary>What the header of a raw file tells of the person and the examination. Identifies a person.</summary>
internal sealed record SourceReading(string StudyUid, string? SubjectKey, string AccessionNumber, string? Problem)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "SourceReading (identifiers redacted)";
}
