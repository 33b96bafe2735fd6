namespace DeidCluster.Dicom;

/// <summary>
/// What the header of one file says. <paramref name="Values"/> are the first values of the tags that were asked for, in their order; null where a file has none.
/// <paramref name="Refusal"/> says why the file could not be read; the rest is then empty.
/// </summary>
public sealed record ScannedFile(string Path, long Bytes, string? SopClassUid, TransferSyntax? TransferSyntax, IReadOnlyList<string?> Values, string? Refusal);

/// <summary>Reads the headers of many files, up to their pixel data, several files at a time.</summary>
public static class FolderScan
{
    /// <summary>So many files are read before their results are handed out.</summary>
    private const int FilesPerBatch = 4096;

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>
    /// The files under <paramref name="folder"/>, in the order in which it lists them, with the values of <paramref name="tags"/> at the top level.
    /// All elements before the pixel data are read and checked. Links are not followed. <paramref name="threads"/> files are read at a time.
    /// </summary>
    public static IEnumerable<ScannedFile> Run(string folder, IReadOnlyList<Tag> tags, int threads)
    {
        ReadOptions options = ReadOptions.Header with { Only = [Tags.SpecificCharacterSet, Tags.SOPClassUID, .. tags] };
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads };
        foreach (string[] paths in Directory.EnumerateFiles(folder, "*", Everything).Chunk(FilesPerBatch))
        {
            ScannedFile[] results = new ScannedFile[paths.Length];
            Parallel.For(0, paths.Length, parallel, i => results[i] = Read(paths[i], tags, options));
            foreach (ScannedFile result in results)
            {
                yield return result;
            }
        }
    }

    private static ScannedFile Read(string path, IReadOnlyList<Tag> tags, ReadOptions options)
    {
        try
        {
            using DicomFile file = DicomFile.Open(path, options);
            string? sopClassUid = file.DataSet.GetString(Tags.SOPClassUID) ?? file.FileMeta.GetString(Tags.MediaStorageSOPClassUID);
            string?[] values = tags.Count == 0 ? [] : [.. tags.Select(tag => (tag.Group == 0x0002 ? file.FileMeta : file.DataSet).GetString(tag))];
            return new ScannedFile(path, file.Original.Length, sopClassUid, file.TransferSyntax, values, Refusal: null);
        }
        catch (Exception failure) when (failure is DicomFormatException or IOException or UnauthorizedAccessException)
        {
            return new ScannedFile(path, 0, null, null, [], failure is DicomFormatException ? failure.Message : failure.GetType().Name);
        }
    }
}
