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
    private readonly Option<string?> revocation = new("--tls-crl") { Description = "Revocation lists, PEM or DER: a certificate counts only when a current list of its issuer does not name it." };
    private readonly Option<bool> anyHost = new("--tls-any-host") { Description = "Believe a certificate of a trusted root under any name." };
    private readonly Option<bool> anonymous = new("--tls-anonymous") { Description = "As provider: serve peers without a certificate too." };

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb, bool asProvider = false)
    {
        verb.Add(tls);
        AddRest(verb, asProvider ? anonymous : anyHost);
    }

    /// <summary>Adds all but --tls, which a URL says.</summary>
    public void AddToWeb(Command verb) => AddRest(verb, anyHost);

    /// <summary>What was given, or null without --tls.</summary>
    public TlsOptions? Options(ParseResult parsed) => Options(parsed, parsed.GetValue(tls), "--tls-... options need --tls.");

    /// <summary>What was given for <paramref name="root"/>; null when that is not https.</summary>
    public TlsOptions? WebOptions(ParseResult parsed, Uri root) => Options(parsed, root.Scheme == Uri.UriSchemeHttps, "--tls-... options need a URL with https.");

    private void AddRest(Command verb, Option last) => Array.ForEach([certificate, key, passwordFile, trusted, pins, revocation, last], verb.Add);

    private TlsOptions? Options(ParseResult parsed, bool isOn, string otherwise) => isOn
        ? TlsOptions.Load(parsed.GetValue(certificate), parsed.GetValue(key), Password(parsed), parsed.GetValue(trusted)) with
        {
            PinnedSha256 = [.. (parsed.GetValue(pins) ?? []).Select(pin => pin.Replace(":", "", StringComparison.Ordinal))],
            RevocationLists = parsed.GetValue(revocation) is string lists ? RevocationLists.Open(lists) : null,
            ChecksHostName = !parsed.GetValue(anyHost),
            RequiresPeerCertificate = !parsed.GetValue(anonymous),
        }
        : (parsed.GetValue(certificate) ?? parsed.GetValue(trusted)) is null ? null
        : throw new UsageException(otherwise);

    private string? Password(ParseResult parsed) => parsed.GetValue(passwordFile) is string file ? File.ReadAllText(file).TrimEnd('\r', '\n') : null;
}
