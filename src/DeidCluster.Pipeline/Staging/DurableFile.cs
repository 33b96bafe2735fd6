namespace DeidCluster.Pipeline;

/// <summary>The one way in which this product writes a file that it will vouch for: write beside, flush, rename, flush the folder.</summary>
public static class DurableFile
{
    /// <summary>
    /// Writes <paramref name="content"/> to <paramref name="temporary"/> and gives it the name <paramref name="final"/>; when this
    /// returns, both survive a power cut. When it throws, nothing has the final name that had not, and the temporary file is gone.
    /// </summary>
    public static async Task WriteAsync(
        IFilePort files, string temporary, string final, Func<Stream, CancellationToken, Task> content, CancellationToken cancellation)
    {
        try
        {
            await using (Stream stream = files.Create(temporary))
            {
                await content(stream, cancellation);
                files.Sync(stream);
            }

            Publish(files, temporary, final);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Gives the flushed file <paramref name="temporary"/> its final name, durably.</summary>
    public static void Publish(IFilePort files, string temporary, string final)
    {
        string folder = Path.GetDirectoryName(final)!;
        files.MakeFolder(folder);
        files.Rename(temporary, final);
        files.SyncFolder(folder);
    }
}
