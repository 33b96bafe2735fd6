using System.Security.Cryptography;

namespace DeidCluster.Deid;

/// <summary>
/// One secret of a project and its name. A line of a key file holds it: the id, a blank, and the secret as 64 hexadecimal digits or as base64;
/// empty lines and lines that start with '#' are left out.
/// </summary>
public sealed class ProjectKey
{
    /// <summary>A shorter secret is refused. Bytes.</summary>
    public const int SecretBytesMin = 32;

    /// <summary>A longer secret is refused. Bytes.</summary>
    public const int SecretBytesMax = 256;

    private readonly byte[] secret;

    private ProjectKey(string keyId, byte[] secret) => (KeyId, this.secret) = (keyId, secret);

    /// <summary>Names the key without telling it; stands in identity records.</summary>
    public string KeyId { get; }

    /// <summary>A new key of random bytes.</summary>
    public static ProjectKey Generate(string keyId) => new(CheckId(keyId, "the key"), RandomNumberGenerator.GetBytes(SecretBytesMin));

    /// <summary>The key in the text of a key file; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="ProjectKeyException">The text holds no usable key.</exception>
    public static ProjectKey Parse(string text, string origin)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        string[] parts = lines.Length == 1 ? lines[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        if (parts.Length != 2)
        {
            throw new ProjectKeyException(origin, "expected one line with an id and a secret");
        }

        byte[] secret = DecodeSecret(parts[1]) ?? throw new ProjectKeyException(origin, "the secret is neither hexadecimal nor base64");
        return secret.Length is >= SecretBytesMin and <= SecretBytesMax
            ? new ProjectKey(CheckId(parts[0], origin), secret)
            : throw new ProjectKeyException(origin, $"the secret has {secret.Length} bytes; {SecretBytesMin} to {SecretBytesMax} are needed");
    }

    /// <summary>The text of a key file for this key. It holds the secret.</summary>
    public string ToFileText() => $"{KeyId} {Convert.ToHexStringLower(secret)}\n";

    /// <summary>HMAC-SHA256 of the fields under <paramref name="label"/>: labels keep the uses of one secret apart. 32 bytes.</summary>
    internal byte[] Derive(string label, params ReadOnlySpan<string> fields) => HMACSHA256.HashData(secret, KeyedMessage.Write(label, fields));

    /// <summary>The id, never the secret.</summary>
    public override string ToString() => $"ProjectKey {KeyId}";

    private static byte[]? DecodeSecret(string text)
    {
        if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int written) ? bytes[..written] : null;
    }

    private static string CheckId(string keyId, string origin) =>
        keyId.Length is > 0 and <= 64 && keyId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? keyId
            : throw new ProjectKeyException(origin, "a key's id has 1 to 64 letters, digits, '-', '_' and '.'");
}

/// <summary>A key file cannot be used. The message names the file and never its content.</summary>
public sealed class ProjectKeyException(string origin, string problem, Exception? inner = null) : Exception($"{origin}: {problem}", inner);
