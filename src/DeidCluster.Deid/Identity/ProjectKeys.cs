using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// A project's secrets, oldest first. The last derives the identities of new subjects; the others those that they have fixed, for ever. The
/// first names subjects, so that a subject is known again whatever key came since. A key file holds one key a line, as <see cref="ProjectKey"/>
/// reads it; empty lines and lines that start with '#' are left out.
/// </summary>
public sealed class ProjectKeys
{
    /// <summary>More keys in one file are refused.</summary>
    public const int KeysMax = 100;

    /// <summary>A larger file is no key file. Bytes.</summary>
    public const int FileBytesMax = 64 * 1024;

    private const UnixFileMode Forbidden = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ProjectKey[] keys;

    private ProjectKeys(ProjectKey[] keys) => this.keys = keys;

    /// <summary>The key for new subjects.</summary>
    public ProjectKey Current => keys[^1];

    /// <summary>The key that names subjects.</summary>
    internal ProjectKey First => keys[0];

    /// <summary>The ids of all keys, oldest first.</summary>
    public IReadOnlyList<string> KeyIds => [.. keys.Select(key => key.KeyId)];

    /// <summary>A project that has one key.</summary>
    public static implicit operator ProjectKeys(ProjectKey key) => Of(key);

    /// <summary>A project that has one key.</summary>
    public static ProjectKeys Of(ProjectKey key) => new([key]);

    /// <summary>The keys in the file <paramref name="path"/>.</summary>
    /// <exception cref="ProjectKeyException">The file is missing, others may read or change it, or it holds no usable key.</exception>
    public static ProjectKeys Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && !OperatingSystem.IsWindows() && (file.UnixFileMode & Forbidden) != 0)
            {
                throw new ProjectKeyException(path, "others may read the file or its group may change it; 'chmod 600' it, and make a new key if it was not meant to be read");
            }

            return file.Length <= FileBytesMax
                ? Parse(File.ReadAllText(path), path)
                : throw new ProjectKeyException(path, "the file is too long for a key file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProjectKeyException(path, "the file cannot be read", failure);
        }
    }

    /// <summary>The keys in the text of a key file; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="ProjectKeyException">The text holds no usable key, or two with one id.</exception>
    public static ProjectKeys Parse(string text, string origin)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        if (lines.Length is 0 or > KeysMax)
        {
            throw new ProjectKeyException(origin, $"1 to {KeysMax} lines with an id and a secret each are expected");
        }

        ProjectKey[] keys = [.. lines.Select(line => ProjectKey.Parse(line, origin))];
        return keys.DistinctBy(key => key.KeyId).Count() == keys.Length
            ? new ProjectKeys(keys)
            : throw new ProjectKeyException(origin, "two keys have one id");
    }

    /// <summary>The key of that id; null when the project never had it.</summary>
    public ProjectKey? Find(string keyId) => Array.Find(keys, key => key.KeyId == keyId);

    /// <summary>The same keys and a new one, which is from now on that of new subjects.</summary>
    /// <exception cref="ProjectKeyException">There is a key of that id, or there are too many.</exception>
    public ProjectKeys Rotated(string keyId) =>
        Find(keyId) is not null ? throw new ProjectKeyException("the key file", $"there is a key '{keyId}' already")
        : keys.Length >= KeysMax ? throw new ProjectKeyException("the key file", $"there are {KeysMax} keys already")
        : new ProjectKeys([.. keys, ProjectKey.Generate(keyId)]);

    /// <summary>An id that no key has: "key-" and the next number.</summary>
    public string NextId()
    {
        int number = keys.Length + 1;
        while (Find($"key-{number}") is not null)
        {
            number++;
        }

        return $"key-{number}";
    }

    /// <summary>Writes the key file, which its owner alone can read; whole or not at all, and durable when this returns.</summary>
    public void Write(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string partial = $"{path}.{Environment.ProcessId}.new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (FileStream file = new(partial, options))
        {
            file.Write(Encoding.ASCII.GetBytes(ToFileText()));
            file.Flush(flushToDisk: true);
        }

        LinuxFiles files = new();
        files.Rename(partial, path);
        files.SyncFolder(folder);
    }

    /// <summary>The text of a key file. It holds the secrets.</summary>
    public string ToFileText() => string.Concat(keys.Select(key => key.ToFileText()));

    /// <summary>The ids, never a secret.</summary>
    public override string ToString() => $"ProjectKeys {string.Join(", ", KeyIds)}";
}
