namespace DeidCluster.Deid;

/// <summary>A file that was given, or found in a folder that was given.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Relative">Its path within the folder that was given; its name when the file itself was given.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record InputFile(string Path, string Relative, long Bytes)
{
    /// <summary>Redacted: names of files identify.</summary>
    public override string ToString() => $"input file of {Bytes} bytes";
}

/// <summary>Finds the files of a run.</summary>
internal static class InputFiles
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        // Links can form circles.
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
    };

    /// <summary>Each file in <paramref name="paths"/> once, in an order that does not depend on the file system.</summary>
    /// <exception cref="FileNotFoundException">One of the paths does not exist.</exception>
    public static IReadOnlyList<InputFile> Find(IEnumerable<string> paths)
    {
        List<InputFile> files = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                foreach (string file in Directory.EnumerateFiles(path, "*", Everything).Order(StringComparer.Ordinal))
                {
                    Add(file, Path.GetRelativePath(path, file));
                }
            }
            else if (File.Exists(path))
            {
                Add(path, Path.GetFileName(path));
            }
            else
            {
                throw new FileNotFoundException($"there is no input '{path}'");
            }
        }

        return files;

        void Add(string file, string relative)
        {
            if (seen.Add(Path.GetFullPath(file)))
            {
                files.Add(new InputFile(file, relative, new FileInfo(file).Length));
            }
        }
    }
}
