namespace DeidCluster.Dicom;

/// <summary>The one way in which this product writes a file that it will vouch for: write beside, flush, rename, flush the folder.</summary>
public static class DurableFile
{
    /// <summary>Makes <paramref name="folder"/> and its missing parents, durably: for a start, when nobody else makes them.</summary>
    public static void MakeFolder(IFilePort files, string folder)
    {
        if (files.HasFolder(folder))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        if (!string.IsNullOrEmpty(parent))
        {
            MakeFolder(files, parent);
        }

        files.MakeFolder(folder);
        if (!string.IsNullOrEmpty(parent))
        {
            files.SyncFolder(parent);
        }
    }

    /// <summary>
    /// Writes <paramref name="content"/> to <paramref name="temporary"/> and gives it the name <paramref name="final"/>; when this
    /// returns, both survive a power cut. When it throws, nothing has the final name that had not, unless only the flush of the folder
    /// failed, and the temporary file is gone.
    /// </summary>
    public static Task WriteAsync(
        GroupSync sync, string temporary, string final, Func<Stream, CancellationToken, Task> content, CancellationToken cancellation) =>
        WriteAsync(sync, temporary, () => final, content, cancellation);

    /// <summary>The same for a file whose name, <paramref name="final"/>, is known only once its content was written.</summary>
    public static async Task WriteAsync(
        GroupSync sync, string temporary, Func<string> final, Func<Stream, CancellationToken, Task> content, CancellationToken cancellation)
    {
        try
        {
            await using (Stream stream = sync.Files.Create(temporary))
            {
                await content(stream, cancellation).ConfigureAwait(false);
                await sync.SyncAsync(stream).ConfigureAwait(false);
            }

            await sync.PublishAsync(temporary, final()).ConfigureAwait(false);
        }
        catch
        {
            sync.Files.Delete(temporary);
            throw;
        }
    }
}
