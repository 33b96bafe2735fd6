namespace DeidCluster.Dicom;

/// <summary>
/// Finds the files that directory records name below a folder. Media are written with upper-case names, and mounted, copied or zipped
/// with others: lower case, a trailing dot, or the version of ISO 9660 (";1"). Nothing outside of the folder is ever named.
/// </summary>
public sealed class DicomMedium
{
    private readonly string root;
    private readonly Dictionary<string, Dictionary<string, string>> entriesByFolder = new(StringComparer.Ordinal);

    /// <summary>The medium in <paramref name="folder"/>, where its DICOMDIR lies.</summary>
    public DicomMedium(string folder) => root = Path.GetFullPath(folder);

    /// <summary>The path of the file that <paramref name="record"/> names; null when it names none, when there is no such file, or when the name leads elsewhere.</summary>
    public string? Find(DirectoryRecord record)
    {
        if (record.FileId.Count == 0 || !record.FileId.All(IsName))
        {
            return null;
        }

        string path = root;
        foreach (string part in record.FileId)
        {
            if (!Entries(path).TryGetValue(Plain(part), out string? name))
            {
                return null;
            }

            path = Path.Combine(path, name);
        }

        return File.Exists(path) ? path : null;
    }

    /// <summary>A component that stays below its folder; the standard allows 8 upper-case letters, digits and underscores (PS3.10 8.2).</summary>
    private static bool IsName(string part) => part is not ("." or "..") && part.AsSpan().IndexOfAny("/\\\0") < 0;

    /// <summary>The names in a folder by how they are compared; links are left out, since they may lead elsewhere.</summary>
    private Dictionary<string, string> Entries(string folder)
    {
        if (entriesByFolder.TryGetValue(folder, out Dictionary<string, string>? known))
        {
            return known;
        }

        Dictionary<string, string> entries = new(StringComparer.Ordinal);
        if (Directory.Exists(folder))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => entry.LinkTarget is null).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                entries.TryAdd(Plain(entry.Name), entry.Name);
            }
        }

        return entriesByFolder[folder] = entries;
    }

    private static string Plain(string name)
    {
        int version = name.IndexOf(';', StringComparison.Ordinal);
        return (version > 0 ? name[..version] : name).TrimEnd('.', ' ').ToUpperInvariant();
    }
}
