namespace DeidCluster.Dicom;

/// <summary>An instance that was written but is not safe yet.</summary>
/// <param name="Request">What the peer sent.</param>
/// <param name="Path">Where its bytes are.</param>
/// <param name="Receipt">How many, and their digest.</param>
public sealed record ReceivedInstance(StoreRequest Request, string Path, Part10Receipt Receipt);

/// <summary>
/// Receives instances so that a success answer means that the file and its name survive a power cut (PS3.4 B.2.3: success is
/// given for what is stored). Whatever goes wrong before leaves no temporary file.
/// </summary>
public sealed class DurableReceiver(GroupSync sync, bool digests)
{
    /// <summary>
    /// Writes the instance to <paramref name="temporary"/>, asks <paramref name="nameOf"/> for its final path, and answers once it is durable
    /// there. <paramref name="nameOf"/> may read the file; a <see cref="DimseStatusException"/> refuses it. A full disk is A700, another
    /// failure of the disk 0110, malformed bytes C000.
    /// </summary>
    public async ValueTask<DimseStatus> ReceiveAsync(StoreRequest request, string temporary, Func<ReceivedInstance, string> nameOf, CancellationToken ct)
    {
        try
        {
            string? final = null;
            await DurableFile.WriteAsync(sync, temporary, () => final!, async (file, cancel) =>
            {
                Part10Receipt receipt = await Part10Receiver.ReceiveAsync(request, file, cancel, digests).ConfigureAwait(false);
                final = nameOf(new ReceivedInstance(request, temporary, receipt));
            }, ct).ConfigureAwait(false);
            return DimseStatus.Success;
        }
        catch (DimseStatusException refusal)
        {
            return refusal.Status;
        }
        catch (DicomFormatException)
        {
            return DimseStatus.UnableToProcess;
        }
        catch (Exception fault) when (DiskFailure.Is(fault))
        {
            return DiskFailure.StatusOf(fault);
        }
    }
}
