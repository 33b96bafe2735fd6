using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// Takes what archives send to our listener into staging. A success answer means that the file and its name survive a power cut;
/// whatever goes wrong before, nothing of the instance is left.
/// </summary>
public sealed class DicomReceiver(string aeTitle, IEnumerable<ArchiveSettings> archives, StagingArea staging, IFilePort files) : IScpHandler
{
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
    public async ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct)
    {
        ArchiveSettings archive = archiveByAeTitle[request.Association.CallingAeTitle];
        string spooled = staging.NewSpoolPath();
        try
        {
            return await StoreAsync(request, archive, spooled, ct);
        }
        catch (DicomFormatException)
        {
            return DimseStatus.UnableToProcess;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DimseStatus.OutOfResources;
        }
        finally
        {
            File.Delete(spooled);
        }
    }

    private async Task<DimseStatus> StoreAsync(StoreRequest request, ArchiveSettings archive, string spooled, CancellationToken cancellation)
    {
        string digest;
        string studyUid;
        await using (Stream file = files.Create(spooled))
        {
            digest = (await Part10Receiver.ReceiveAsync(Unaddressed(request, archive), file, cancellation)).Sha256;
            using DicomFile received = DicomFile.Open(spooled);
            if (received.DataSet.GetString(Tags.SOPInstanceUID) != request.SopInstanceUid
                || received.DataSet.GetString(Tags.SOPClassUID) != request.SopClassUid
                || received.DataSet.GetString(Tags.StudyInstanceUID) is not string study)
            {
                return DimseStatus.DataSetDoesNotMatchSopClass;
            }

            studyUid = study;
            files.Sync(file);
        }

        staging.Keep(spooled, archive.Name, studyUid, request.SopInstanceUid, digest);
        return DimseStatus.Success;
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
