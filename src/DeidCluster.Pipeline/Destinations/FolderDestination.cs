using System.Security.Cryptography;
using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>
/// A folder, filled as study/series/instance.dcm. A file that is there with the same bytes counts as delivered; one with other bytes
/// is never overwritten.
/// </summary>
public sealed class FolderDestination(FolderDestinationSettings settings, GroupSync files) : IDestination
{
    private const string PartialExtension = ".part";
    private const int FilesMax = 8; // files at a time: they wait for the disk, and a disk flushes several at once as fast as one

    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <inheritdoc/>
    public IAsyncEnumerable<Confirmation> DeliverAsync(IReadOnlyList<OutgoingInstance> instances, CancellationToken cancellation)
    {
        if (!Directory.Exists(settings.Path))
        {
            throw new DirectoryNotFoundException();
        }

        foreach (string folder in instances.Select(FolderOf).Distinct())
        {
            Prepare(folder);
        }

        return ConcurrentDelivery.RunAsync(
            instances, FilesMax, async (instance, confirmed, cancel) => await confirmed.WriteAsync(await DeliverAsync(instance, cancel), cancel), cancellation);
    }

    private string FolderOf(OutgoingInstance instance) => Path.Combine(settings.Path, instance.StudyUid, instance.SeriesUid);

    /// <summary>Makes the folder of a series, and drops what a delivery that was cut short left in it.</summary>
    private void Prepare(string folder)
    {
        DurableFile.MakeFolder(files.Files, folder);
        foreach (string partial in Directory.EnumerateFiles(folder, "*" + PartialExtension))
        {
            File.Delete(partial);
        }
    }

    private async Task<Confirmation> DeliverAsync(OutgoingInstance instance, CancellationToken cancellation)
    {
        string folder = FolderOf(instance);
        string final = Path.Combine(folder, instance.SopInstanceUid + ".dcm");
        if (!File.Exists(final))
        {
            await DurableFile.WriteAsync(files, $"{final}.{Guid.NewGuid():N}{PartialExtension}", final, (stream, cancel) => CopyAsync(instance, stream, cancel), cancellation);
            return new Confirmation(instance);
        }

        if (await DigestAsync(final, cancellation) != instance.Digest)
        {
            return new Confirmation(instance, Refusal: $"{Name} already has a file of this name with other bytes");
        }

        await files.SyncFolderAsync(folder);
        return new Confirmation(instance);
    }

    private static async Task CopyAsync(OutgoingInstance instance, Stream target, CancellationToken cancellation)
    {
        await using VerifiedStream verified = new(instance.Path, instance.Digest);
        await verified.CopyToAsync(target, cancellation);
    }

    private static async Task<string> DigestAsync(string path, CancellationToken cancellation)
    {
        await using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
    }
}
