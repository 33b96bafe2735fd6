using System.Security.Cryptography.X509Certificates;
using DeidCluster.Deid;
using DeidCluster.Dicom;

namespace DeidCluster.Node;

/// <summary>The section "tls" of the listener, of an archive or of a destination: certificates are named by their files.</summary>
internal static class TlsSection
{
    private const int Sha256Letters = 64;

    /// <summary>The section of our listener, or null when it is missing: plain TCP then.</summary>
    public static TlsOptions? ReadListener(YamlMap? map, string folder)
    {
        if (map is null)
        {
            return null;
        }

        map.RequiredScalar("certificate-file");
        bool requiresPeerCertificate = map.OptionalBool("requires-peer-certificate", true);
        return Read(map, folder) with { RequiresPeerCertificate = requiresPeerCertificate };
    }

    /// <summary>The section of a peer that we call, or null when it is missing.</summary>
    public static TlsOptions? ReadPeer(YamlMap? map, string folder)
    {
        if (map is null)
        {
            return null;
        }

        TlsOptions options = Read(map, folder);
        return options with
        {
            ExpectedHostName = map.OptionalString("host-name"),
            ChecksHostName = map.OptionalBool("checks-host-name", true),
        };
    }

    /// <summary>The list "allowed-peers" of our listener; everyone when it is missing.</summary>
    public static AllowedPeers ReadAllowed(YamlMap map)
    {
        if (!map.Has("allowed-peers"))
        {
            return AllowedPeers.Anyone;
        }

        return AllowedPeers.Only([.. map.OptionalMaps("allowed-peers").Select(entry => new AllowedPeer
        {
            AeTitle = entry.OptionalScalar("ae-title") is { } title ? NodeFile.AeTitleOf(title) : null,
            Network = ReadNetwork(entry.OptionalScalar("network")),
            CertificateSha256 = entry.OptionalScalar("certificate-sha256") is { } pin ? ReadSha256(pin) : null,
            CertificateName = entry.OptionalString("certificate-name"),
        })]);
    }

    private static TlsOptions Read(YamlMap map, string folder)
    {
        YamlScalar? certificate = map.OptionalScalar("certificate-file");
        YamlScalar? key = map.OptionalScalar("key-file");
        YamlScalar? password = map.OptionalScalar("password-file");
        YamlScalar? trusted = map.OptionalScalar("trusted-file");
        string[] pins = [.. map.OptionalScalars("pinned-sha256").Select(ReadSha256)];
        X509RevocationMode revocation = map.OptionalEnum("revocation", Revocation.None) switch
        {
            Revocation.Online => X509RevocationMode.Online,
            Revocation.Offline => X509RevocationMode.Offline,
            _ => X509RevocationMode.NoCheck,
        };
        TlsOptions own = new();
        if (certificate is not null)
        {
            own = Loading(certificate, () => TlsOptions.Load(PathOf(certificate, folder), PathOf(key, folder), PasswordFile.Read(password, folder)));
        }
        else if (key is not null)
        {
            key.Fail("a key belongs to a certificate-file, which is missing");
        }

        X509Certificate2Collection roots = trusted is null ? [] : Loading(trusted, () => TlsOptions.Load(null, trustedFile: PathOf(trusted, folder))).TrustedRoots;
        YamlScalar? lists = map.OptionalScalar("revocation-file");
        RevocationLists? revoked = lists is null ? null : Loading(lists, () => new TlsOptions { RevocationLists = RevocationLists.Open(PathOf(lists, folder)!) }).RevocationLists;
        return own with { TrustedRoots = roots, PinnedSha256 = pins, Revocation = revocation, RevocationLists = revoked };
    }

    private static TlsOptions Loading(YamlScalar file, Func<TlsOptions> load)
    {
        try
        {
            return load();
        }
        catch (TlsConfigurationException e)
        {
            file.Fail(e.Message);
            return new TlsOptions();
        }
    }

    private static System.Net.IPNetwork? ReadNetwork(YamlScalar? network)
    {
        if (network is null)
        {
            return null;
        }

        string text = network.Text.Contains('/') ? network.Text : network.Text + (network.Text.Contains(':') ? "/128" : "/32");
        if (System.Net.IPNetwork.TryParse(text, out System.Net.IPNetwork parsed))
        {
            return parsed;
        }

        network.Fail("an address or a network like 10.1.2.0/24 is expected here");
        return null;
    }

    private static string ReadSha256(YamlScalar pin)
    {
        string text = pin.Text.Replace(":", "", StringComparison.Ordinal);
        if (text.Length != Sha256Letters || !text.All(char.IsAsciiHexDigit))
        {
            pin.Fail($"the SHA-256 thumbprint of a certificate, {Sha256Letters} hexadecimal digits, is expected here");
        }

        return text;
    }

    private static string? PathOf(YamlScalar? file, string folder) => file is null ? null : NodeFile.PathOf(file.Text, folder);

    private enum Revocation
    {
        None,
        Online,
        Offline,
    }
}
