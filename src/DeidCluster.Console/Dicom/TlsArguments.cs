using System.CommandLine;
using System.CommandLine.Parsing;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>How a verb is told to speak TLS, as user and as provider the same.</summary>
internal sealed class TlsArguments
{
    private readonly Option<bool> tls = new("--tls") { Description = "Speak TLS." };
    private readonly Option<string?> certificate = new("--tls-certificate") { Description = "Our certificate: PEM, or PKCS #12 (.pfx, .p12)." };
    private readonly Option<string?> key = new("--tls-key") { Description = "Its private key in PEM, when that stands apart." };
    private readonly Option<string?> passwordFile = new("--tls-password-file") { Description = "A file with the password of the key." };
    private readonly Option<string?> trusted = new("--tls-trusted") { Description = "PEM certificates of the roots to trust, instead of the system's." };
    private readonly Option<string[]> pins = new("--tls-pin") { Description = "SHA-256 thumbprint of a certificate to believe, and no other.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> anyHost = new("--tls-any-host") { Description = "Believe a certificate of a trusted root under any name." };
    private readonly Option<bool> anonymous = new("--tls-anonymous") { Description = "As provider: serve peers without a certificate too." };

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb, bool asProvider = false)
    {
        Option[] options = [tls, certificate, key, passwordFile, trusted, pins, asProvider ? anonymous : anyHost];
        Array.ForEach(options, verb.Add);
    }

    /// <summary>What was given, or null without --tls.</summary>
    public TlsOptions? Options(ParseResult parsed) => parsed.GetValue(tls)
        ? TlsOptions.Load(parsed.GetValue(certificate), parsed.GetValue(key), Password(parsed), parsed.GetValue(trusted)) with
        {
            PinnedSha256 = [.. (parsed.GetValue(pins) ?? []).Select(pin => pin.Replace(":", "", StringComparison.Ordinal))],
            ChecksHostName = !parsed.GetValue(anyHost),
            RequiresPeerCertificate = !parsed.GetValue(anonymous),
        }
        : (parsed.GetValue(certificate) ?? parsed.GetValue(trusted)) is null ? null
        : throw new UsageException("--tls-... options need --tls.");

    private string? Password(ParseResult parsed) => parsed.GetValue(passwordFile) is string file ? File.ReadAllText(file).TrimEnd('\r', '\n') : null;
}
