using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>Who may open an association to a listener: whoever matches one entry in all that it says.</summary>
public sealed class AllowedPeers
{
    private readonly IReadOnlyList<AllowedPeer>? peers;

    private AllowedPeers(IReadOnlyList<AllowedPeer>? peers) => this.peers = peers;

    /// <summary>No restriction.</summary>
    public static AllowedPeers Anyone { get; } = new(null);

    /// <summary>Only these; none at all when empty.</summary>
    public static AllowedPeers Only(params IReadOnlyList<AllowedPeer> peers) => new(peers);

    /// <summary>Peers that call themselves by one of <paramref name="aeTitles"/>, from wherever.</summary>
    public static AllowedPeers Calling(params IEnumerable<string> aeTitles) => new([.. aeTitles.Select(title => new AllowedPeer { AeTitle = title })]);

    /// <summary>True when a peer at <paramref name="address"/> may be one of them; others are not listened to at all.</summary>
    public bool AllowsAddress(IPAddress address) => peers is null || peers.Any(peer => peer.Has(address));

    /// <summary>True when the peer is one of them.</summary>
    /// <param name="aeTitle">What it calls itself.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="certificate">What it showed in TLS, already found valid; null when nothing.</param>
    public bool Allows(string aeTitle, IPAddress address, X509Certificate2? certificate) =>
        peers is null || peers.Any(peer => (peer.AeTitle is null || peer.AeTitle == aeTitle) && peer.Has(address) && peer.Has(certificate));
}

/// <summary>One who may open associations. What is null is not looked at.</summary>
public sealed record AllowedPeer
{
    /// <summary>Its calling AE title.</summary>
    public string? AeTitle { get; init; }

    /// <summary>Where it comes from, for example 10.1.2.0/24.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>The SHA-256 thumbprint of its certificate, in hexadecimal; without TLS nobody has one.</summary>
    public string? CertificateSha256 { get; init; }

    /// <summary>The host name that its certificate is for (subject alternative name); without TLS nobody has one.</summary>
    public string? CertificateName { get; init; }

    internal bool Has(IPAddress address) =>
        Network is not IPNetwork network || network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    internal bool Has(X509Certificate2? certificate) =>
        (CertificateSha256 is null || string.Equals(certificate?.GetCertHashString(HashAlgorithmName.SHA256), CertificateSha256, StringComparison.OrdinalIgnoreCase))
        && (CertificateName is null || certificate?.MatchesHostname(CertificateName) == true);
}
