using System.Net;

namespace DeidCluster.Dicom;

/// <summary>Answers STOW-RS requests (PS3.18 10.5): each part is stored as it comes, none is held.</summary>
internal sealed class StoreAnswers(IDicomWebStore store)
{
    /// <summary>Stores the parts of <paramref name="request"/>; each is told in the account, also when the message breaks off after it.</summary>
    public async Task<DicomWebResponse> StoreAsync(string? studyInstanceUid, DicomWebRequest request, CancellationToken ct)
    {
        MediaType? type = MediaType.Parse(request.ContentType);
        string? partType = type?.Name == MediaType.MultipartRelated ? MediaType.Parse(type.Parameter("type"))?.Name : type?.Name;
        if (partType != MediaType.Dicom)
        {
            throw new DicomWebRefusal(DicomWebRefusal.UnsupportedMediaType, "Instances are taken as multipart/related; type=\"application/dicom\".");
        }

        if (!AcceptedTypes.Of(request).Take(MediaType.DicomJson))
        {
            throw new DicomWebRefusal(DicomWebRefusal.NotAcceptable, "The outcome is told as application/dicom+json.");
        }

        List<StoredInstance> instances = [];
        List<DimseStatus> others = [];
        bool isWhole = true;
        if (type!.Name != MediaType.MultipartRelated)
        {
            await StorePartAsync(request.Body, studyInstanceUid, instances, others, ct).ConfigureAwait(false);
        }
        else
        {
            isWhole = await StorePartsAsync(request.Body, type.Parameter("boundary"), studyInstanceUid, instances, others, ct).ConfigureAwait(false);
        }

        return WebDataSets.Answer((int)Status(instances, others, isWhole), StoreAccount.Write(instances, others));
    }

    private static HttpStatusCode Status(List<StoredInstance> instances, List<DimseStatus> others, bool isWhole)
    {
        bool isAnyStored = instances.Any(instance => instance.Result is StoreResult.Stored or StoreResult.StoredWithWarning);
        bool isAnyOther = others.Count > 0 || instances.Any(instance => instance.Result != StoreResult.Stored);
        return !isWhole || instances.Count + others.Count == 0 ? HttpStatusCode.BadRequest
            : !isAnyStored ? HttpStatusCode.Conflict
            : isAnyOther ? HttpStatusCode.Accepted
            : HttpStatusCode.OK;
    }

    /// <summary>False when the message broke off or has no parts.</summary>
    private async Task<bool> StorePartsAsync(
        Stream body, string? boundary, string? studyInstanceUid, List<StoredInstance> instances, List<DimseStatus> others, CancellationToken ct)
    {
        try
        {
            using MultipartReader reader = new(body, boundary);
            while (await reader.NextAsync(ct).ConfigureAwait(false) is MultipartPart part)
            {
                if (part.ContentType is { } type && type.Name != MediaType.Dicom)
                {
                    others.Add(DimseStatus.UnableToProcess);
                    continue;
                }

                await StorePartAsync(part.Body, studyInstanceUid, instances, others, ct).ConfigureAwait(false);
            }

            return true;
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }

    private async Task StorePartAsync(Stream file, string? studyInstanceUid, List<StoredInstance> instances, List<DimseStatus> others, CancellationToken ct)
    {
        try
        {
            StoredInstance outcome = await store.StoreAsync(file, studyInstanceUid, ct).ConfigureAwait(false);
            if (outcome.SopInstanceUid.Length > 0)
            {
                instances.Add(outcome);
            }
            else
            {
                others.Add(outcome.Reason ?? DimseStatus.ProcessingFailure);
            }
        }
        catch (DicomFormatException) // of the file, or of the message, which the reader then finds broken again
        {
            others.Add(DimseStatus.UnableToProcess);
        }
    }
}
