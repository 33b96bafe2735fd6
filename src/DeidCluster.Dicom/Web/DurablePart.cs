namespace DeidCluster.Dicom;

/// <summary>
/// Takes DICOM files from a stream, such as the parts of a STOW-RS request, so that a stored answer means that the file and its name
/// survive a power cut. Whatever goes wrong leaves nothing behind.
/// </summary>
/// <param name="sync">What makes files durable.</param>
/// <param name="incoming">An existing folder on the disk of the final ones, for files that are not whole yet.</param>
public sealed class DurablePart(GroupSync sync, string incoming)
{
    /// <summary>
    /// Writes <paramref name="body"/> to the path that <paramref name="pathOf"/> gives for it, and answers once it is durable there. Refused are files without the UIDs that
    /// every instance has, and of another study than <paramref name="studyInstanceUid"/> when that is given (A900). A full disk is A700, another failure of the disk 0110.
    /// </summary>
    /// <exception cref="DicomFormatException">It is no DICOM file, or the message around it broke off.</exception>
    public async Task<StoredInstance> StoreAsync(Stream body, string? studyInstanceUid, Func<DicomFile, string> pathOf, CancellationToken ct)
    {
        string temporary = Path.Combine(incoming, $"{Guid.NewGuid():N}.part");
        StoredInstance outcome = new("", "", StoreResult.Failed, DimseStatus.ProcessingFailure);
        string final = "";
        try
        {
            await DurableFile.WriteAsync(sync, temporary, () => final, async (file, cancel) =>
            {
                await body.CopyToAsync(file, cancel).ConfigureAwait(false);
                using DicomFile read = DicomFile.Open(temporary);
                outcome = Judge(read, studyInstanceUid);
                final = outcome.Result == StoreResult.Stored ? pathOf(read) : throw new DimseStatusException("STOW-RS", outcome.Reason!.Value);
            }, ct).ConfigureAwait(false);
            return outcome;
        }
        catch (DimseStatusException refusal)
        {
            return outcome with { Result = StoreResult.Failed, Reason = refusal.Status };
        }
        catch (Exception fault) when (DiskFailure.Is(fault))
        {
            return outcome with { Result = StoreResult.Failed, Reason = DiskFailure.StatusOf(fault) };
        }
    }

    private static StoredInstance Judge(DicomFile file, string? studyInstanceUid)
    {
        string sopClassUid = file.DataSet.GetString(Tags.SOPClassUID) ?? "";
        string sopInstanceUid = file.DataSet.GetString(Tags.SOPInstanceUID) ?? "";
        string? study = file.DataSet.GetString(Tags.StudyInstanceUID);
        bool isInstance = sopClassUid.Length > 0 && DicomWebResource.IsUsable(sopInstanceUid)
            && study is not null && DicomWebResource.IsUsable(study)
            && file.DataSet.GetString(Tags.SeriesInstanceUID) is string series && DicomWebResource.IsUsable(series);
        return isInstance && (studyInstanceUid is null || study == studyInstanceUid)
            ? new StoredInstance(sopClassUid, sopInstanceUid, StoreResult.Stored, null)
            : new StoredInstance(sopClassUid, sopInstanceUid, StoreResult.Failed, DimseStatus.DataSetDoesNotMatchSopClass);
    }
}
