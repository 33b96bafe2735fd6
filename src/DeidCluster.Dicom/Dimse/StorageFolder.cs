using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// A storage provider that keeps each instance as a file of a folder, durably. An instance that comes again replaces the file of its name.
/// One at a time works on a folder. Names come from the SOP Instance UID, hashed, because a UID identifies also in a path, or from the caller.
/// </summary>
public sealed class StorageFolder : IScpHandler, IDisposable
{
    private const string IncomingName = ".incoming";
    private const int NameBytes = 20;

    private readonly string folder;
    private readonly string incoming;
    private readonly FileStream inUse;
    private readonly DurableReceiver receiver;
    private readonly Func<StoreRequest, string> nameOf;
    private long begun;
    private long stored;
    private long bytes;
    private long refused;
    private long faults;

    private StorageFolder(string folder, GroupSync sync, Func<StoreRequest, string> nameOf, FileStream inUse)
    {
        (this.folder, this.nameOf, this.inUse) = (folder, nameOf, inUse);
        incoming = Path.Combine(folder, IncomingName);
        receiver = new DurableReceiver(sync, digests: false);
    }

    /// <summary>Instances that were acknowledged.</summary>
    public long Stored => Volatile.Read(ref stored);

    /// <summary>The bytes of their files.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Instances that were answered with a failure.</summary>
    public long Refused => Volatile.Read(ref refused);

    /// <summary>Associations that did not end in good order.</summary>
    public long Faults => Volatile.Read(ref faults);

    /// <summary>
    /// Opens <paramref name="folder"/>, making it where it is missing, and drops what was cut short in it. <paramref name="nameOf"/> gives the path
    /// of an instance below the folder. An <see cref="IOException"/> tells that another receiver works on it.
    /// </summary>
    public static StorageFolder Open(string folder, GroupSync sync, Func<StoreRequest, string>? nameOf = null)
    {
        string root = Path.GetFullPath(folder);
        string incoming = Path.Combine(root, IncomingName);
        DurableFile.MakeFolder(sync.Files, incoming);
        FileStream inUse = new(Path.Combine(incoming, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        foreach (string partial in Directory.EnumerateFiles(incoming, "*.part"))
        {
            sync.Files.Delete(partial);
        }

        return new StorageFolder(root, sync, nameOf ?? HashedName, inUse);
    }

    /// <summary>The name that an instance gets where the caller gives none.</summary>
    public static string HashedName(StoreRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(request.SopInstanceUid)).AsSpan(0, NameBytes)) + ".dcm";

    /// <inheritdoc/>
    public async ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct)
    {
        long length = 0;
        DimseStatus status = await receiver.ReceiveAsync(request, Path.Combine(incoming, $"{Interlocked.Increment(ref begun)}.part"), received =>
        {
            length = received.Receipt.Bytes;
            return FinalPath(request);
        }, ct).ConfigureAwait(false);
        if (status == DimseStatus.Success)
        {
            Interlocked.Increment(ref stored);
            Interlocked.Add(ref bytes, length);
        }
        else
        {
            Interlocked.Increment(ref refused);
        }

        return status;
    }

    /// <inheritdoc/>
    public void Faulted(AssociationRequest? association, Exception fault) => Interlocked.Increment(ref faults);

    /// <inheritdoc/>
    public void Dispose() => inUse.Dispose();

    private string FinalPath(StoreRequest request)
    {
        string path = Path.GetFullPath(Path.Combine(folder, nameOf(request)));
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !path.StartsWith(incoming, StringComparison.Ordinal)
            ? path
            : throw new DimseStatusException("C-STORE", DimseStatus.ProcessingFailure);
    }
}
