using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>Takes what archives send to our listener into staging, from callers and to a title that are configured.</summary>
/// <param name="aeTitle">Our title; who calls another is rejected.</param>
/// <param name="archives">Who may call.</param>
/// <param name="inbox">Where instances go.</param>
/// <param name="faulted">Told of every caller that was refused and every association that broke, for the log.</param>
public sealed class DicomReceiver(string aeTitle, IEnumerable<ArchiveSettings> archives, StagingInbox inbox, Action<Exception>? faulted = null) : IScpHandler
{
    private readonly Dictionary<string, DimseArchiveSettings> archiveByAeTitle = archives
        .OfType<DimseArchiveSettings>()
        .SelectMany(archive => archive.SendingAeTitles.Append(archive.AeTitle).Distinct().Select(sender => (sender, archive)))
        .ToDictionary(pair => pair.sender, pair => pair.archive, StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<AssociationRejection?> AcceptAsync(AssociationRequest request, CancellationToken ct) =>
        ValueTask.FromResult<AssociationRejection?>(
            request.CalledAeTitle != aeTitle ? AssociationRejection.CalledAeTitleNotRecognized
            : !archiveByAeTitle.ContainsKey(request.CallingAeTitle) ? AssociationRejection.CallingAeTitleNotRecognized
            : null);

    /// <inheritdoc/>
    public ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct) =>
        inbox.TakeAsync(request, archiveByAeTitle[request.Association.CallingAeTitle], onlyStudyUid: null, ct);

    /// <inheritdoc/>
    public void Faulted(AssociationRequest? association, Exception fault) => faulted?.Invoke(fault);
}
