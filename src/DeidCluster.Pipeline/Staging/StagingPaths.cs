using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Pipeline;

/// <summary>
/// The names in the staging tree. Raw files are addressed by archive, study, instance and digest, through keyed hashes: a UID
/// identifies, also in a path. Results stand under the public id of their study and their new UID.
/// </summary>
public sealed class StagingPaths(string root, ReadOnlyMemory<byte> key)
{
    private const int NameBytes = 20;
    private const string Extension = ".dcm";

    /// <summary>Where files are written before they have a name.</summary>
    public string Spool { get; } = Path.Combine(root, "spool");

    /// <summary>The folder of one study of one archive.</summary>
    public string StudyFolder(string archive, string studyUid)
    {
        string name = Hash("study", archive, studyUid);
        return Path.Combine(root, "raw", name[..2], name);
    }

    /// <summary>The part of a raw file's name that stands for its instance.</summary>
    public string InstanceName(string sopInstanceUid) => Hash("instance", sopInstanceUid);

    /// <summary>The raw file with these bytes.</summary>
    public string Raw(string archive, string studyUid, string sopInstanceUid, string digest) =>
        Path.Combine(StudyFolder(archive, studyUid), $"{InstanceName(sopInstanceUid)}.{digest}{Extension}");

    /// <summary>Reads instance name and digest from the name of a raw file; false when it is none.</summary>
    public static bool TryReadRawName(string path, out string instanceName, out string digest)
    {
        string[] parts = Path.GetFileName(path).Split('.');
        bool isRaw = parts is [{ Length: NameBytes * 2 }, { Length: SHA256.HashSizeInBytes * 2 }, "dcm"];
        (instanceName, digest) = isRaw ? (parts[0], parts[1]) : ("", "");
        return isRaw;
    }

    /// <summary>The folder of all results.</summary>
    public string Results { get; } = Path.Combine(root, "out");

    /// <summary>The folder of a study's results.</summary>
    public string ResultFolder(string studyId) => Path.Combine(Results, PlainName(studyId));

    /// <summary>The result for a new SOPInstanceUID.</summary>
    public string Result(string studyId, string newSopInstanceUid) =>
        Path.Combine(ResultFolder(studyId), PlainName(newSopInstanceUid) + Extension);

    private static string PlainName(string name) =>
        name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-') && name.Trim('.').Length > 0
            ? name
            : throw new ArgumentException("A name of our own making is not fit for a path.", nameof(name));

    private string Hash(params ReadOnlySpan<string> parts)
    {
        byte[] digest = HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(string.Join('\0', parts)));
        return Convert.ToHexStringLower(digest.AsSpan(0, NameBytes));
    }
}
