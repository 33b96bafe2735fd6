using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.TestKit;

/// <summary>
/// Certificates made for one test, in a folder of its own: root.pem, and NAME.pem with NAME.key for server and client (good), expired,
/// elsewhere (for another host) and stranger (of another root).
/// </summary>
public sealed class TestCertificates : IDisposable
{
    /// <summary>The password of NAME.pfx.</summary>
    public const string PfxPassword = "pfx";

    private readonly TestFolder folder = new();

    /// <summary>Makes them.</summary>
    public TestCertificates()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 root = Root("Test root");
        using X509Certificate2 strange = Root("Strange root");
        System.IO.File.WriteAllText(File("root.pem"), root.ExportCertificatePem());
        using (ECDsa key = root.GetECDsaPrivateKey()!)
        {
            System.IO.File.WriteAllText(File("root.key"), key.ExportPkcs8PrivateKeyPem());
        }

        System.IO.File.WriteAllText(File("strange-root.pem"), strange.ExportCertificatePem());
        using (ECDsa key = strange.GetECDsaPrivateKey()!)
        {
            System.IO.File.WriteAllText(File("strange-root.key"), key.ExportPkcs8PrivateKeyPem());
        }

        Issue(root, "server", "localhost", now.AddDays(1));
        Issue(root, "client", "client.example", now.AddDays(1));
        Issue(root, "elsewhere", "pacs.example", now.AddDays(1));
        Issue(root, "expired", "localhost", now.AddDays(-1));
        Issue(strange, "stranger", "localhost", now.AddDays(1));
    }

    /// <summary>The path of a file.</summary>
    public string File(string name) => Path.Combine(folder.Path, name);

    /// <summary>Has openssl write <paramref name="file"/>, the revocation list of <paramref name="authority"/> ("root", "strange-root") that names <paramref name="revoked"/> and counts until <paramref name="until"/>.</summary>
    public async Task RevokeAsync(string file, DateTimeOffset until, string authority = "root", params string[] revoked)
    {
        string day = DateTime.UtcNow.AddDays(-1).ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        System.IO.File.WriteAllLines(File("index.txt"), revoked.Select(name =>
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(File($"{name}.pem"));
            return $"R\t{certificate.NotAfter.ToUniversalTime():yyMMddHHmmss}Z\t{day}\t{certificate.SerialNumber}\tunknown\t/CN={name}";
        }));
        System.IO.File.WriteAllText(File("ca.cnf"), $"[ca]\ndefault_ca = own\n[own]\ndatabase = {File("index.txt")}\ndefault_md = sha256\ndefault_crl_days = 1\n");
        string[] times = ["-crl_lastupdate", DateTime.UtcNow.AddDays(-2).ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture), "-crl_nextupdate", until.UtcDateTime.ToString("yyMMddHHmmss'Z'", CultureInfo.InvariantCulture)];
        (int exitCode, string output) = await PeerProcess.RunAsync("openssl",
            ["ca", "-config", File("ca.cnf"), "-gencrl", "-keyfile", File($"{authority}.key"), "-cert", File($"{authority}.pem"), .. times, "-out", file], TimeSpan.FromSeconds(30));
        if (exitCode != 0)
        {
            throw new InvalidOperationException(output);
        }
    }

    /// <summary>The SHA-256 thumbprint of a certificate.</summary>
    public string Sha256(string name)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(File($"{name}.pem"));
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();

    private static X509Certificate2 Root(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
    }

    private void Issue(X509Certificate2 root, string name, string host, DateTimeOffset until)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        if (host == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using X509Certificate2 issued = request.Create(root, DateTimeOffset.UtcNow.AddDays(-2), until, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        System.IO.File.WriteAllText(File($"{name}.pem"), issued.ExportCertificatePem());
        System.IO.File.WriteAllText(File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        System.IO.File.WriteAllBytes(File($"{name}.pfx"), withKey.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, PfxPassword));
    }
}
