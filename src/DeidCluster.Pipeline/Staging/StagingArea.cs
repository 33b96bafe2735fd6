using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// The folder tree in which all nodes see all files. A raw file's final name is its receipt; what lies in the spool was never
/// acknowledged to anybody, so a spool whose process has ended is dropped at the next start of any node.
/// </summary>
public sealed class StagingArea : IDisposable
{
    private const string LockName = ".lock";
    private readonly GroupSync files;
    private readonly string spool;
    private readonly FileStream spoolLock;
    private long begun;

    private StagingArea(GroupSync files, StagingPaths paths, string spool, FileStream spoolLock)
    {
        (this.files, Paths, this.spool, this.spoolLock) = (files, paths, spool, spoolLock);
    }

    /// <summary>The names in the tree.</summary>
    public StagingPaths Paths { get; }

    /// <summary>Opens the tree, making it where it is missing, with a spool of this process's own; drops the spools of ended processes.</summary>
    public static StagingArea Open(StagingSettings settings, GroupSync files)
    {
        StagingPaths paths = new(Path.GetFullPath(settings.Folder), settings.PathKey);
        DurableFile.MakeFolder(files.Files, paths.Spool);
        DropEndedSpools(paths.Spool);

        string spool = Path.Combine(paths.Spool, Guid.NewGuid().ToString("N"));
        DurableFile.MakeFolder(files.Files, spool);
        FileStream spoolLock = new(Path.Combine(spool, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        return new StagingArea(files, paths, spool, spoolLock);
    }

    /// <summary>How files in the tree become durable.</summary>
    public GroupSync Sync => files;

    /// <summary>A name in the spool that nobody else uses.</summary>
    public string NewSpoolPath() => Path.Combine(spool, $"{Interlocked.Increment(ref begun)}.part");

    /// <summary>What is staged of a study of an archive.</summary>
    public StagedStudy Read(string archive, string studyUid)
    {
        string folder = Paths.StudyFolder(archive, studyUid);
        IEnumerable<FileInfo> found = Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles() : [];
        List<(string Instance, StagedFile File)> staged = [];
        foreach (FileInfo file in found)
        {
            if (StagingPaths.TryReadRawName(file.Name, out string instance, out string digest))
            {
                staged.Add((instance, new StagedFile(file.FullName, digest, file.Length)));
            }
        }

        staged.Sort((one, other) => string.CompareOrdinal(one.File.Path, other.File.Path));
        return new StagedStudy(Paths, staged.ToLookup(entry => entry.Instance, entry => entry.File));
    }

    /// <summary>The raw file of a fetched instance.</summary>
    public string Raw(InstanceRow row) => Paths.Raw(row.Archive, row.IdStudyUid, row.IdSopInstanceUid, row.RawDigest!);

    /// <summary>The result of an anonymized instance.</summary>
    public string Result(InstanceRow row) => Paths.Result(row.StudyId, row.NewSopInstanceUid!);

    /// <summary>Writes a result, durably, in place of one from an earlier attempt.</summary>
    public Task WriteResultAsync(
        string studyId, string newSopInstanceUid, Func<Stream, CancellationToken, Task> content, CancellationToken cancellation) =>
        DurableFile.WriteAsync(files, NewSpoolPath(), Paths.Result(studyId, newSopInstanceUid), content, cancellation);

    /// <summary>The studies that have results here.</summary>
    public IReadOnlyList<string> StudiesWithResults() =>
        Directory.Exists(Paths.Results) ? [.. Directory.EnumerateDirectories(Paths.Results).Select(folder => Path.GetFileName(folder)!)] : [];

    /// <summary>Deletes the results of a study.</summary>
    public void ReleaseResults(string studyId)
    {
        string folder = Paths.ResultFolder(studyId);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drop(spool);
        spoolLock.Dispose();
    }

    private static void DropEndedSpools(string spools)
    {
        foreach (string spool in Directory.EnumerateDirectories(spools))
        {
            using FileStream? taken = TryLock(Path.Combine(spool, LockName));
            if (taken is not null)
            {
                Drop(spool);
            }
        }
    }

    /// <summary>The lock of a spool whose process has ended; null while it lives, or while it has not made its lock yet.</summary>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Drop(string spool)
    {
        if (Directory.Exists(spool))
        {
            Directory.Delete(spool, recursive: true);
        }
    }
}
