using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// Takes what archives send to our listener into staging. A success answer means that the file and its name survive a power cut;
/// whatever goes wrong before, nothing of the instance is left.
/// </summary>
public sealed class DicomReceiver(string aeTitle, IEnumerable<ArchiveSettings> archives, StagingArea staging) : IScpHandler
{
    private readonly DurableReceiver receiver = new(staging.Sync, digests: true);
    private readonly Dictionary<string, ArchiveSettings> archiveByAeTitle = archives
        .SelectMany(archive => archive.SendingAeTitles.Append(archive.AeTitle).Distinct().Select(sender => (sender, archive)))
        .ToDictionary(pair => pair.sender, pair => pair.archive, StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<AssociationRejection?> AcceptAsync(AssociationRequest request, CancellationToken ct) =>
        ValueTask.FromResult<AssociationRejection?>(
            request.CalledAeTitle != aeTitle ? AssociationRejection.CalledAeTitleNotRecognized
            : !archiveByAeTitle.ContainsKey(request.CallingAeTitle) ? AssociationRejection.CallingAeTitleNotRecognized
            : null);

    /// <inheritdoc/>
    public ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct)
    {
        ArchiveSettings archive = archiveByAeTitle[request.Association.CallingAeTitle];
        return receiver.ReceiveAsync(Unaddressed(request, archive), staging.NewSpoolPath(), received => FinalPath(received, archive), ct);
    }

    /// <summary>Where the instance belongs. All of it is read: what cannot be read is not taken.</summary>
    private string FinalPath(ReceivedInstance instance, ArchiveSettings archive)
    {
        StoreRequest request = instance.Request;
        using DicomFile received = DicomFile.Open(instance.Path);
        return received.DataSet.GetString(Tags.SOPInstanceUID) == request.SopInstanceUid
            && received.DataSet.GetString(Tags.SOPClassUID) == request.SopClassUid
            && received.DataSet.GetString(Tags.StudyInstanceUID) is string studyUid
            ? staging.Paths.Raw(archive.Name, studyUid, request.SopInstanceUid, instance.Receipt.Sha256)
            : throw new DimseStatusException("C-STORE", DimseStatus.DataSetDoesNotMatchSopClass);
    }

    /// <summary>
    /// The request as if the archive had sent it with its one title to a title that all nodes share: the file meta information names
    /// both, and the same instance must give the same bytes whichever node received it.
    /// </summary>
    private static StoreRequest Unaddressed(StoreRequest request, ArchiveSettings archive) => request with
    {
        Association = request.Association with { CallingAeTitle = archive.AeTitle, CalledAeTitle = "STAGING" },
    };
}
