using System.Net.Http.Headers;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// Who we are to a DICOMweb server, from files that are read before each request: what renews a token or changes a password writes the file. No message names
/// what stands in it.
/// </summary>
public static class WebCredentials
{
    /// <summary>Tokens are kilobytes. Bytes.</summary>
    private const int FileBytesMax = 64 * 1024;

    /// <summary>The bearer token in <paramref name="file"/> (RFC 6750).</summary>
    public static Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>> Bearer(string file) =>
        async ct => new AuthenticationHeaderValue("Bearer", Checked(file, await ReadAsync(file, ct).ConfigureAwait(false), "Bearer"));

    /// <summary><paramref name="user"/> with the password in <paramref name="passwordFile"/> (RFC 7617).</summary>
    public static Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>> Basic(string user, string passwordFile) =>
        async ct => DicomWebOptions.Basic(user, await ReadAsync(passwordFile, ct).ConfigureAwait(false));

    private static async Task<string> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            FileInfo found = new(file);
            string secret = found.Length > FileBytesMax
                ? throw new IOException("longer than any credential")
                : (await File.ReadAllTextAsync(file, Encoding.UTF8, ct).ConfigureAwait(false)).TrimEnd('\r', '\n');
            return secret.Length > 0 ? secret : throw new IOException("empty");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unusable(file, fault);
        }
    }

    /// <summary>A line break or a letter that a header cannot carry would otherwise be told by the HTTP client, with the value.</summary>
    private static string Checked(string file, string token, string scheme) =>
        token.All(letter => letter is > ' ' and <= '~') && AuthenticationHeaderValue.TryParse($"{scheme} {token}", out _) ? token : throw Unusable(file, null);

    private static DicomNetworkException Unusable(string file, Exception? fault) =>
        new(NetworkFault.Rejected, $"{file} holds no credentials that can be used", fault);
}
