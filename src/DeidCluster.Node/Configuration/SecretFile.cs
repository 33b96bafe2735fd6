using System.Security.Cryptography;
using DeidCluster.Deid;

namespace DeidCluster.Node;

/// <summary>
/// A file with one secret: a line of at least 64 hexadecimal digits, with or without an id before it, as `deid project key new`
/// writes it. Empty lines and lines that start with '#' are left out.
/// </summary>
public static class SecretFile
{
    /// <summary>A shorter secret is refused. Bytes.</summary>
    public const int SecretBytesMin = 32;

    /// <summary>A larger file is no secret file. Bytes.</summary>
    public const int FileBytesMax = 4096;

    /// <summary>The secret in the file <paramref name="path"/>.</summary>
    /// <exception cref="ProjectKeyException">The file cannot be read or holds no usable secret.</exception>
    public static byte[] Read(string path)
    {
        string text;
        try
        {
            text = new FileInfo(path).Length <= FileBytesMax
                ? File.ReadAllText(path)
                : throw new ProjectKeyException(path, "the file is too long for a secret");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProjectKeyException(path, "the secret cannot be read; 'deid project key new --out FILE' makes one", failure);
        }

        string[] words = text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')
            .SelectMany(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToArray();
        return words is [.., var hex] && words.Length <= 2 && hex.Length >= SecretBytesMin * 2 && hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(hex)
            : throw new ProjectKeyException(path, $"one line with at least {SecretBytesMin * 2} hexadecimal digits is expected");
    }

    /// <summary>The text of a file with a new secret.</summary>
    public static string Generate() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytesMin)) + "\n";
}
