using DeidCluster.Deid;
using DeidCluster.TestKit;

namespace DeidCluster.Node.Tests;

public sealed class NodeConfigurationTests : IDisposable
{
    private readonly TestFolder folder = new();

    public NodeConfigurationTests()
    {
        folder.Folder("projects");
        Write("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i.key, project-keys-folder: keys}\n");
        Write("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: VNA, host: vna.example, port: 104}\n");
        Write("destinations.yaml", "destinations:\n  - {name: out, kind: folder, path: /out}\n");
        Write("projects/lung.yaml", "project: lung\narchives: [vna]\ndestinations: [out]\nselect: {sop-classes: [all]}\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Configuration_ThatIsRight_IsAccepted() => NodeConfiguration.Check(folder.Path);

    [Fact]
    public void ShippedExample_IsAccepted() => NodeConfiguration.Check(Path.Combine(RepositoryRoot(), "cluster-config"));

    [Theory]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nhttp: {ur: x}", "node.yaml:4:8: unknown key 'ur' (did you mean 'url'?)")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nhttp: {url: 'http://0.0.0.0:80'}", "node.yaml:4:13: without a token-file the API listens on loopback only")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, port: 70000}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:31: a whole number from 0 to 65535 is expected here")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NAME-THAT-IS-TOO-LONG}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:19: an AE title has 1 to 16 characters")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nstore: {postgres: {connection: Host=db;Password=secret}}", "node.yaml:4:32: a password does not stand here")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nstore: {postgres: {connection: Host=db, schema: My-Site}}", "node.yaml:4:49: a schema is named by")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nstore: {postgres: {connection: nonsense}}", "node.yaml:4:32: a connection like Host=db1,db2")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE}\nsecrets: {installation-file: i, project-keys-folder: k}\nstore: {sqlite: s, postgres: {connection: Host=db}}", "node.yaml:4:9: unknown key 'sqlite'")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, tls: {}}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:30: key 'certificate-file' is missing")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, tls: {certificate-file: no.pem}}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:49: ")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, tls: {certificate-file: no.pem, trusted: x}}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:57: unknown key 'trusted'")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, allowed-peers: [{network: 10.0.0.0/99}]}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:51: an address or a network like 10.1.2.0/24 is expected here")]
    [InlineData("node.yaml", "node: n\ndicom: {ae-title: NODE, allowed-peers: [{certificate-sha256: AB}]}\nsecrets: {installation-file: i, project-keys-folder: k}", "node.yaml:2:62: the SHA-256 thumbprint of a certificate")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: A, host: h, port: 1, tls: {key-file: k}}", "archives.yaml:2:77: a key belongs to a certificate-file")]
    [InlineData("destinations.yaml", "destinations:\n  - {name: out, kind: dimse, ae-title: A, host: h, port: 1, tls: {pinned-sha256: [x]}}", "destinations.yaml:2:83: the SHA-256")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dims, ae-title: VNA, host: h, port: 104}", "archives.yaml:2:23: unknown value 'dims' (did you mean 'dimse'?)")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: VNA, host: h}", "archives.yaml:2:5: key 'port' is missing here")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: A, host: h, port: 1}\n  - {name: vna, kind: dimse, ae-title: B, host: h, port: 1}", "archives.yaml:3:12: 'vna' stands here a second time")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: A, host: h, port: 1}\n  - {name: b, kind: dimse, ae-title: A, host: h, port: 1}", "archives.yaml:3:5: AE title 'A' is that of archive 'vna' already")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: A, host: h, port: 1, pace: {closed: mon 8-20}}", "archives.yaml:2:76: '8' in 'mon 8-20' is no time like 08:00")]
    [InlineData("archives.yaml", "archives:\n  - {name: vna, kind: dimse, ae-title: A, host: h, port: 1, pace: {time-zone: Mars}}", "archives.yaml:2:79: there is no time zone 'Mars'")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'ftp://x/dicom-web'}", "archives.yaml:2:36: the root of a DICOMweb service")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'https://me:secret@x/dicom-web'}", "archives.yaml:2:36: the root of a DICOMweb service")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'https://x/dicom-web', user: me}", "archives.yaml:2:65: user and password-file belong together")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'http://x/dicom-web', token-file: node.yaml}", "archives.yaml:2:70: credentials are sent through https only")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'https://x/dicom-web', token-file: missing}", "archives.yaml:2:71: this file cannot be read")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'https://x/dicom-web', user: me, password-file: node.yaml, token-file: node.yaml}", "archives.yaml:2:107: either a user with a password-file or a token-file")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'http://127.0.0.1/dicom-web', tls: {}}", "archives.yaml:2:5: tls belongs to an https url")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dicomweb, url: 'https://x/dicom-web', ae-title: A}", "archives.yaml:2:59: unknown key 'ae-title'")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dimse, ae-title: A, host: h, port: 1, retrieve: wado}", "archives.yaml:2:69: unknown value 'wado'")]
    [InlineData("archives.yaml", "archives:\n  - {name: w, kind: dimse, ae-title: A, host: h, port: 1, tls: {revocation-file: node.yaml}}", "archives.yaml:2:82: ")]
    [InlineData("projects/lung.yaml", "project: lung\narchives: [vna]\ndestinations: [out]\ntime-zone: Mars\nselect: {sop-classes: [all]}", "projects/lung.yaml:4:12: there is no time zone 'Mars'")]
    [InlineData("destinations.yaml", "destinations:\n  - {name: out, kind: folder, path: /out, port: 3}", "destinations.yaml:2:43: unknown key 'port'")]
    [InlineData("projects/lung.yaml", "project: lung\narchives: [vna, pasc]\ndestinations: [out]\nselect: {sop-classes: [all]}", "projects/lung.yaml:2:17: archives.yaml has no 'pasc'")]
    [InlineData("projects/lung.yaml", "project: lung\narchives: [vna]\ndestinations: [oot]\nselect: {sop-classes: [all]}", "projects/lung.yaml:3:16: destinations.yaml has no 'oot' (did you mean 'out'?)")]
    [InlineData("projects/lung.yaml", "project: lung\narchives: [vna]\nselect: {sop-classes: [all]}", "projects/lung.yaml:1:1: key 'destinations' is missing")]
    public void Mistake_IsNamed_WithFileLineAndColumn(string file, string text, string problem)
    {
        Write(file, text);
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => NodeConfiguration.Check(folder.Path));
        Assert.Contains(folder.File(problem), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tls_OfListenerArchiveAndDestination_IsCheckedWithItsFiles()
    {
        using TestCertificates certificates = new();
        string tls = $"tls: {{certificate-file: {certificates.File("server.pem")}, key-file: {certificates.File("server.key")}, trusted-file: {certificates.File("root.pem")}";
        File.WriteAllText(folder.File("password"), TestCertificates.PfxPassword + "\n");
        Write("node.yaml", $"node: n\ndicom: {{ae-title: NODE, {tls}, requires-peer-certificate: false}}, allowed-peers: [{{ae-title: VNA, network: 10.1.0.0/16}}, {{network: 127.0.0.1}}]}}\n"
            + "secrets: {installation-file: i.key, project-keys-folder: keys}\n");
        Write("archives.yaml", $"archives:\n  - {{name: vna, kind: dimse, ae-title: VNA, host: h, port: 104, {tls}, host-name: pacs.example}}}}\n");
        Write("destinations.yaml", $"destinations:\n  - {{name: out, kind: dimse, ae-title: OUT, host: h, port: 104, tls: {{certificate-file: {certificates.File("client.pfx")}, password-file: password, pinned-sha256: [{certificates.Sha256("server")}]}}}}\n");
        NodeConfiguration.Check(folder.Path);
    }

    [Fact]
    public void Mistakes_OfAllFiles_AreReportedTogether()
    {
        Write("node.yaml", "nodes: n\n");
        Write("archives.yaml", "archive: []\n");
        File.Delete(folder.File("destinations.yaml"));
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => NodeConfiguration.Check(folder.Path));
        Assert.Contains("unknown key 'nodes'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("unknown key 'archive'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("destinations.yaml:1:1: there is no such file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_ThatIsMissing_IsNamed()
    {
        ProjectKeyException refused = Assert.Throws<ProjectKeyException>(() => NodeConfiguration.Read(folder.Path));
        Assert.Contains(folder.File("keys/lung.key"), refused.Message, StringComparison.Ordinal);
    }

    private void Write(string file, string text) => File.WriteAllText(folder.File(file), text);

    private static string RepositoryRoot()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "DeidCluster.sln")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }
}
