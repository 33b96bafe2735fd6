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
    public ValueTask<DimseStatus> ReceiveAsync(StoreRequest request, string temporary, Func<ReceivedInstance, string> nameOf, CancellationToken ct) =>
        ReceiveAsync(
            temporary,
            (file, cancel) => Part10Receiver.ReceiveAsync(request, file, cancel, digests),
            receipt => nameOf(new ReceivedInstance(request, temporary, receipt)),
            ct);

    /// <summary>The same for a whole DICOM file, written as it comes; <paramref name="nameOf"/> finds it at <paramref name="temporary"/>.</summary>
    public ValueTask<DimseStatus> ReceiveFileAsync(Stream source, string temporary, Func<Part10Receipt, string> nameOf, CancellationToken ct) =>
        ReceiveAsync(temporary, (file, cancel) => Part10Receiver.CopyAsync(source, file, cancel, digests), nameOf, ct);

    private async ValueTask<DimseStatus> ReceiveAsync(
        string temporary, Func<Stream, CancellationToken, Task<Part10Receipt>> receive, Func<Part10Receipt, string> nameOf, CancellationToken ct)
    {
        try
        {
            string? final = null;
            await DurableFile.WriteAsync(
                sync, temporary, () => final!, async (file, cancel) => final = nameOf(await receive(file, cancel).ConfigureAwait(false)), ct).ConfigureAwait(false);
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
