using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// The one door of staging for instances of an archive, by whatever protocol they come. Success means that the file and its name survive a
/// power cut; whatever goes wrong before, nothing of the instance is left.
/// </summary>
public sealed class StagingInbox(StagingArea staging)
{
    private readonly DurableReceiver receiver = new(staging.Sync, digests: true);

    /// <summary>Takes what <paramref name="archive"/> sends by C-STORE; with <paramref name="onlyStudyUid"/> only of that study.</summary>
    public ValueTask<DimseStatus> TakeAsync(StoreRequest request, DimseArchiveSettings archive, string? onlyStudyUid, CancellationToken cancellation) =>
        receiver.ReceiveAsync(
            Unaddressed(request, archive),
            staging.NewSpoolPath(),
            received => FinalPath(received.Path, received.Receipt.Sha256, archive.Name, onlyStudyUid, request.SopClassUid, request.SopInstanceUid),
            cancellation);

    /// <summary>Takes a DICOM file of <paramref name="archive"/> as it comes, only of the study <paramref name="onlyStudyUid"/>.</summary>
    public ValueTask<DimseStatus> TakeAsync(Stream file, string archive, string onlyStudyUid, CancellationToken cancellation)
    {
        string spooled = staging.NewSpoolPath();
        return receiver.ReceiveFileAsync(
            file, spooled, receipt => FinalPath(spooled, receipt.Sha256, archive, onlyStudyUid, sopClassUid: null, sopInstanceUid: null), cancellation);
    }

    /// <summary>Where the instance belongs. All of it is read: what cannot be read is not taken. UIDs that are null are whatever the file says.</summary>
    private string FinalPath(string path, string digest, string archive, string? onlyStudyUid, string? sopClassUid, string? sopInstanceUid)
    {
        using DicomFile received = DicomFile.Open(path);
        return received.DataSet.GetString(Tags.SOPInstanceUID) is string instance && instance == (sopInstanceUid ?? instance)
            && received.DataSet.GetString(Tags.SOPClassUID) is string sopClass && sopClass == (sopClassUid ?? sopClass)
            && received.DataSet.GetString(Tags.StudyInstanceUID) is string study && study == (onlyStudyUid ?? study)
            ? staging.Paths.Raw(archive, study, instance, digest)
            : throw new DimseStatusException("C-STORE", DimseStatus.DataSetDoesNotMatchSopClass);
    }

    /// <summary>
    /// The request as if the archive had sent it with its one title to a title that all nodes share: the file meta information names
    /// both, and the same instance must give the same bytes whichever node received it.
    /// </summary>
    private static StoreRequest Unaddressed(StoreRequest request, DimseArchiveSettings archive) => request with
    {
        Association = request.Association with { CallingAeTitle = archive.AeTitle, CalledAeTitle = "STAGING" },
    };
}
