using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>
/// How an association is carried through TLS, on either side: TLS 1.2 or 1.3 with forward secrecy and authenticated encryption only
/// (BCP 195, PS3.15 B.12). Without trusted roots and pins the system's roots are trusted.
/// </summary>
public sealed record TlsOptions
{
    /// <summary>Our certificate with its private key: what a provider needs, and a user whose peer asks who it is.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The certificates between ours and its root, sent along with ours.</summary>
    public X509Certificate2Collection Intermediates { get; init; } = [];

    /// <summary>The roots whose certificates are believed, instead of the system's; empty for those.</summary>
    public X509Certificate2Collection TrustedRoots { get; init; } = [];

    /// <summary>
    /// SHA-256 thumbprints, in hexadecimal, of the only certificates that are believed, whoever issued them and whatever they are named;
    /// empty when roots decide. A pinned certificate that has expired is refused.
    /// </summary>
    public IReadOnlyCollection<string> PinnedSha256 { get; init; } = [];

    /// <summary>True, as PS3.15 asks, makes a provider refuse a peer without a certificate of its own (mutual authentication). Users always demand one.</summary>
    public bool RequiresPeerCertificate { get; init; } = true;

    /// <summary>The name that a user expects in the peer's certificate; null is the host it connects to.</summary>
    public string? ExpectedHostName { get; init; }

    /// <summary>False lets a user believe a certificate of a trusted root under any name.</summary>
    public bool ChecksHostName { get; init; } = true;

    /// <summary>
    /// Whether the lists that certificates point to are asked, over the network or as the system remembers them. A certificate whose state cannot be learnt is refused then. Not
    /// asked unless that is wanted: most authorities of hospitals publish where devices cannot reach, and <see cref="RevocationLists"/> serve those.
    /// </summary>
    public X509RevocationMode Revocation { get; init; } = X509RevocationMode.NoCheck;

    /// <summary>Revocation lists at hand, which must tell of each certificate of a chain but its root; null for none. Pins count without them.</summary>
    public RevocationLists? RevocationLists { get; init; }

    /// <summary>Reads certificates from files. What cannot be used is a <see cref="TlsConfigurationException"/> that names its file.</summary>
    /// <param name="certificateFile">Our certificate: PEM, with its intermediates behind it, or PKCS #12 (.pfx, .p12). Null for none.</param>
    /// <param name="keyFile">Its private key in PEM, when that stands in a file of its own.</param>
    /// <param name="password">The password of the key or of the PKCS #12 file.</param>
    /// <param name="trustedFile">PEM certificates of the roots to trust. Null for the system's.</param>
    public static TlsOptions Load(string? certificateFile, string? keyFile = null, string? password = null, string? trustedFile = null)
    {
        X509Certificate2Collection all = [];
        X509Certificate2? own = certificateFile is null ? null : Reading(certificateFile, file => LoadOwn(file, keyFile, password, all));
        if (own is { HasPrivateKey: false })
        {
            throw new TlsConfigurationException($"{certificateFile} has no private key");
        }

        X509Certificate2Collection trusted = [];
        if (trustedFile is not null)
        {
            Reading(trustedFile, file =>
            {
                trusted.ImportFromPemFile(file);
                return trusted.Count > 0 ? trusted : throw new CryptographicException("it holds no certificate");
            });
        }

        return new TlsOptions { Certificate = own, Intermediates = [.. all.Where(other => other.Thumbprint != own?.Thumbprint)], TrustedRoots = trusted };
    }

    internal SslServerAuthenticationOptions Server(RemoteCertificateValidationCallback validate) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(Own("a provider"), Intermediates, offline: true),
        ClientCertificateRequired = RequiresPeerCertificate,
        CertificateChainPolicy = ChainPolicy(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = TlsCipherSuites.Policy,
        RemoteCertificateValidationCallback = validate,
        AllowRenegotiation = false,
    };

    internal SslClientAuthenticationOptions Client(string host, RemoteCertificateValidationCallback validate) => new()
    {
        TargetHost = ExpectedHostName ?? host,
        ClientCertificateContext = Certificate is null ? null : SslStreamCertificateContext.Create(Certificate, Intermediates, offline: true),
        CertificateChainPolicy = ChainPolicy(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = TlsCipherSuites.Policy,
        RemoteCertificateValidationCallback = validate,
        AllowRenegotiation = false,
    };

    /// <summary>Why <paramref name="certificate"/> is not believed, or null when it is.</summary>
    internal TlsFault? Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, DateTimeOffset now)
    {
        if (certificate is null)
        {
            return TlsFault.NoCertificate;
        }

        X509ChainStatusFlags problems = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status) ?? X509ChainStatusFlags.NoError;
        if (now < certificate.NotBefore || now > certificate.NotAfter || problems.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return TlsFault.Expired;
        }

        if (PinnedSha256.Count > 0)
        {
            return PinnedSha256.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256), StringComparer.OrdinalIgnoreCase) ? null : TlsFault.Untrusted;
        }

        return (problems & (X509ChainStatusFlags.Revoked | X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation)) != 0 ? TlsFault.Revoked
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? TlsFault.Untrusted
            : RevocationLists?.AreGood([.. chain?.ChainElements.Select(element => element.Certificate) ?? []], now) == false ? TlsFault.Revoked
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && ChecksHostName ? TlsFault.NameMismatch
            : null;
    }

    internal X509Certificate2 Own(string side) => Certificate ?? throw new TlsConfigurationException($"{side} of TLS needs a certificate");

    private X509ChainPolicy ChainPolicy()
    {
        X509ChainPolicy policy = new() { RevocationMode = Revocation, RevocationFlag = X509RevocationFlag.ExcludeRoot };
        if (TrustedRoots.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(TrustedRoots);
        }

        return policy;
    }

    private static X509Certificate2 LoadOwn(string file, string? keyFile, string? password, X509Certificate2Collection all)
    {
        if (Path.GetExtension(file).ToLowerInvariant() is ".pfx" or ".p12")
        {
            all.AddRange(X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password));
            return all.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw new CryptographicException("it holds no private key");
        }

        all.ImportFromPemFile(file);
        return password is null ? X509Certificate2.CreateFromPemFile(file, keyFile) : X509Certificate2.CreateFromEncryptedPemFile(file, password, keyFile);
    }

    private static T Reading<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new TlsConfigurationException($"{file} cannot be used for TLS: {fault.Message}", fault);
        }
    }
}

/// <summary>TLS cannot be set up as it was configured: a file is missing, or is no certificate. The message names the file, never a key or a password.</summary>
public sealed class TlsConfigurationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Why a TLS connection did not come about.</summary>
public enum TlsFault
{
    /// <summary>No trusted root stands behind the peer's certificate, or it is not the pinned one.</summary>
    Untrusted,

    /// <summary>The peer's certificate is not valid now.</summary>
    Expired,

    /// <summary>The peer's certificate was revoked, or nobody could say that it was not.</summary>
    Revoked,

    /// <summary>The peer's certificate is for another host.</summary>
    NameMismatch,

    /// <summary>The peer does not speak TLS.</summary>
    NotTls,

    /// <summary>The peer did not believe our certificate, or wants one and we have none.</summary>
    OursRefused,

    /// <summary>The peer closed right after the handshake, without an alert: most likely it did not take our certificate, or wants one.</summary>
    ClosedAfterHandshake,

    /// <summary>The peer showed no certificate, and one is required.</summary>
    NoCertificate,

    /// <summary>The peer broke the handshake off, for example because no protocol or cipher suite is common.</summary>
    Handshake,
}

/// <summary>TLS did not come about, on either side.</summary>
public sealed class TlsException(string peer, TlsFault reason, Exception? inner = null)
    : DicomNetworkException(NetworkFault.Tls, $"{peer} {Words(reason)}", inner)
{
    /// <summary>Why.</summary>
    public TlsFault Reason { get; } = reason;

    private static string Words(TlsFault reason) => reason switch
    {
        TlsFault.Untrusted => "showed a certificate that no trusted root stands behind, or that is not the pinned one",
        TlsFault.Expired => "showed a certificate that is not valid now",
        TlsFault.Revoked => "showed a certificate that was revoked, or whose revocation could not be looked up",
        TlsFault.NameMismatch => "showed a certificate for another host",
        TlsFault.NotTls => "does not speak TLS",
        TlsFault.OursRefused => "did not take our certificate, or wants one and none is configured",
        TlsFault.ClosedAfterHandshake => "closed the connection right after the TLS handshake, as one does that does not take our certificate or wants one",
        TlsFault.NoCertificate => "showed no certificate, and one is required",
        _ => "broke the TLS handshake off",
    };
}
