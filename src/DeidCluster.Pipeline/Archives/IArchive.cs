using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>A place that studies are fetched from.</summary>
public interface IArchive
{
    /// <summary>The configured name.</summary>
    string Name { get; }

    /// <summary>Asks whether it is there; returns when it is, throws what stands in the way.</summary>
    Task EchoAsync(CancellationToken cancellation);

    /// <summary>
    /// The series that the archive holds for the request, with their instances; none when it holds nothing. Every answer is
    /// checked against the question; one that does not fit is an <see cref="ArchiveAnswerException"/>.
    /// </summary>
    Task<IReadOnlyList<ArchiveSeries>> LocateAsync(StudyRequest request, CancellationToken cancellation);

    /// <summary>Begins to retrieve instances of <paramref name="sopClassUids"/>, as far as the archive told their classes. Nothing is sent yet.</summary>
    IRetrieving BeginRetrieving(IReadOnlyCollection<string> sopClassUids);
}

/// <summary>
/// The retrievals of one study, one after the other, over at most one association or connection, which is used again from one to the next and ends
/// with this. It lives inside the study's permit: an idle association never stands beside those that the archive's limit lets through.
/// </summary>
public interface IRetrieving : IAsyncDisposable
{
    /// <summary>
    /// Has one <see cref="Retrieval"/> brought into staging and returns when the archive says that it is done. What arrived is told by
    /// staging, never by the counts of the answer.
    /// </summary>
    Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation);
}

/// <summary>One series as the archive describes it. Identifies a person.</summary>
public sealed record ArchiveSeries(
    string StudyUid, string SeriesUid, string? Modality, string? SeriesDescription, IReadOnlyList<ArchiveInstance> Instances)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"ArchiveSeries of {Instances.Count} instances (identifiers redacted)";
}

/// <summary>One instance as the archive describes it. Identifies a person.</summary>
public sealed record ArchiveInstance(string SopInstanceUid, string? SopClassUid)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "ArchiveInstance (identifiers redacted)";
}

/// <summary>What to retrieve: a study, one series of it, or instances of that series. Identifies a person.</summary>
public sealed record Retrieval(string StudyUid, string? SeriesUid, IReadOnlyList<string> SopInstanceUids)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"Retrieval of {(SeriesUid is null ? "a study" : SopInstanceUids.Count == 0 ? "a series" : $"{SopInstanceUids.Count} instances")}";
}

/// <summary>How a retrieval ended by the archive's own account, or by ours where we take the instances ourselves: sub-operations by outcome, and the final status (PS3.4 C.4.2.1.5).</summary>
public sealed record RetrievalAnswer(int Completed, int Failed, int Warning, DimseStatus Status);

/// <summary>An archive's answer that does not fit the question. The message holds no value of the answer.</summary>
public sealed class ArchiveAnswerException(string problem) : Exception(problem);
