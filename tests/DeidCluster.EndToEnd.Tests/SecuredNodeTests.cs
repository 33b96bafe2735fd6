using System.Text.Json.Nodes;
using DeidCluster.Simulator;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>A node whose listener and archives speak TLS with certificates of both sides: who is let in, who is not, and what an operator reads of it.</summary>
public sealed class SecuredNodeTests : IDisposable
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private readonly TestFolder folder = new();
    private readonly TestCertificates certificates = new();

    /// <summary>The section "tls" that shows the certificate <paramref name="name"/> and trusts the root.</summary>
    internal static string TlsYaml(TestCertificates certificates, string name, string more = "") =>
        $"tls: {{certificate-file: {certificates.File($"{name}.pem")}, key-file: {certificates.File($"{name}.key")}, trusted-file: {certificates.File("root.pem")}{more}}}";

    [PeerFact("echoscu", "storescu", "dcmdump")]
    public async Task Listener_WithMutualTlsAndAllowedPeers_ServesDcmtk_AndRefusesEveryStrangerWithItsReason()
    {
        ClusterFolder cluster = new(folder.Path)
        {
            DicomMore = TlsYaml(certificates, "server") + $"\n  allowed-peers: [{{ae-title: VNA, certificate-sha256: {certificates.Sha256("client")}}}]",
        };
        cluster.Write([new ArchiveEntry("vna", "VNA", FreePort.Next())]);
        cluster.WriteProject("any", ["vna"], [ClusterFolder.FolderDestination], "select: {sop-classes: [all]}");
        SampleStudy study = new SampleStudies(new SampleOptions { Seed = 47, ImageSize = 32, ImagesPerSeries = 2 }).Ct(0, 0);
        await study.WriteToAsync(folder.File("files"), CancellationToken.None);
        await using RunningNode node = await RunningNode.StartAsync(cluster);

        // Whom we know: DCMTK with the certificate and the title of the archive.
        await AssertAsync("echoscu", Tls("client"), "VNA", isServed: true);
        await AssertAsync("storescu", Tls("client"), "VNA", isServed: true, "+sd", "+r", folder.File("files"));
        Assert.Equal(study.Instances.Count, Directory.GetFiles(folder.File("staging"), "*", SearchOption.AllDirectories).Count(file => file.Contains("/raw/", StringComparison.Ordinal)));

        await AssertAsync("echoscu", Tls("client"), "OTHER", isServed: false); // a title that this certificate may not use
        await node.UntilSaysAsync("calling itself OTHER, was rejected", ToolDeadline);
        await AssertAsync("echoscu", Tls("elsewhere"), "VNA", isServed: false); // a good certificate that is not on the list
        await node.UntilSaysAsync("calling itself VNA, was rejected", ToolDeadline);
        await AssertAsync("echoscu", ["+tla", "-ic"], "VNA", isServed: false);
        await node.UntilSaysAsync("showed no certificate, and one is required", ToolDeadline);
        await AssertAsync("echoscu", Tls("stranger"), "VNA", isServed: false);
        await node.UntilSaysAsync("no trusted root stands behind", ToolDeadline);
        await AssertAsync("echoscu", Tls("expired"), "VNA", isServed: false);
        await node.UntilSaysAsync("not valid now", ToolDeadline);
        await AssertAsync("echoscu", [], "VNA", isServed: false);
        await node.UntilSaysAsync("does not speak TLS", ToolDeadline);

        await AssertAsync("echoscu", Tls("client"), "VNA", isServed: true); // and it goes on

        async Task AssertAsync(string tool, string[] tls, string aeTitle, bool isServed, params string[] files)
        {
            (int exitCode, string output) = await PeerProcess.RunAsync(
                tool, [.. tls, "-aet", aeTitle, "-aec", cluster.AeTitle, .. files.SkipLast(1), "127.0.0.1", $"{cluster.DicomPort}", .. files.TakeLast(1)], ToolDeadline);
            Assert.True((exitCode == 0) == isServed, $"{tool} {string.Join(' ', tls)} as {aeTitle}: {exitCode} {output}");
        }
    }

    [PeerFact("Orthanc", TlsFront.Python)]
    public async Task Archives_ThatCannotBeTrustedOrDoNotTrustUs_HoldTheirStudiesWithTheReason()
    {
        ClusterFolder cluster = new(folder.Path);
        await using OrthancPeer vna = await OrthancPeer.StartAsync(folder.File("vna"), "VNA", new Dictionary<string, int>(),
            new OrthancSecurity(certificates, DicomTls: true, User: "deid", Password: "right"));
        SampleStudies samples = new(new SampleOptions { Seed = 48, ImageSize = 32, ImagesPerSeries = 1 });
        int webPort = FreePort.Next();
        await using PeerProcess front = await TlsFront.StartAsync(webPort, vna.Http.BaseAddress!.Port, certificates);
        string root = $"https://127.0.0.1:{webPort}/dicom-web";
        string right = Secret("right");
        string wrong = Secret("wrong");
        string known = TlsYaml(certificates, "client");
        string systemRoots = $"tls: {{certificate-file: {certificates.File("client.pem")}, key-file: {certificates.File("client.key")}}}";
        (string Name, ArchiveEntry Entry, string Reason)[] cases =
        [
            ("good", new ArchiveEntry("good", "", 0) { Url = root, More = $"user: deid, password-file: {right}, {known}" }, ""),
            ("password", new ArchiveEntry("password", "", 0) { Url = root, More = $"user: deid, password-file: {wrong}, {known}" }, "401"),
            ("token", new ArchiveEntry("token", "", 0) { Url = root, More = $"token-file: {right}, {known}" }, "401"),
            ("web-root", new ArchiveEntry("web-root", "", 0) { Url = root, More = $"user: deid, password-file: {right}, {systemRoots}" }, "no trusted root"),
            ("web-stranger", new ArchiveEntry("web-stranger", "", 0) { Url = root, More = $"user: deid, password-file: {right}, {TlsYaml(certificates, "stranger")}" }, "our certificate|connection ended|TLS"),
            ("web-name", new ArchiveEntry("web-name", "", 0) { Url = root, More = $"user: deid, password-file: {right}, {TlsYaml(certificates, "client", ", host-name: other.example")}" }, "another host"),
            ("root", new ArchiveEntry("root", "A", vna.DicomPort) { More = systemRoots }, "no trusted root"),
            ("stranger", new ArchiveEntry("stranger", "B", vna.DicomPort) { More = TlsYaml(certificates, "stranger") }, "our certificate"),
            ("plain", new ArchiveEntry("plain", "C", vna.DicomPort), "127.0.0.1:|C "),
            ("no-tls", new ArchiveEntry("no-tls", "D", webPort) { More = TlsYaml(certificates, "client", ", host-name: other.example") }, "another host"),
        ];
        cluster.Write(cases.Select(one => one.Entry));
        foreach ((string name, _, _) in cases)
        {
            cluster.WriteProject($"from-{name}", [name], [ClusterFolder.FolderDestination], "select: {sop-classes: [all]}\nretry: {attempts: 2, first-delay-seconds: 1, delay-seconds-max: 1}");
        }

        await using RunningNode node = await RunningNode.StartAsync(cluster);
        IReadOnlyList<string> ids = await node.SubmitAsync(cases.Select((one, at) => new StudyRequest { Project = $"from-{one.Name}", StudyUid = samples.Ct(at, 0).StudyInstanceUid }));
        IReadOnlyDictionary<string, JsonNode> rows = await node.WaitAsync(ids, TimeMax, StudyStatus.Held, StudyStatus.NotFound);
        foreach ((string id, (string name, _, string reason)) in ids.Zip(cases))
        {
            string said = (string?)rows[id]["reason"] ?? "";
            Assert.True(RunningNode.StatusOf(rows[id]) == (reason.Length == 0 ? StudyStatus.NotFound : StudyStatus.Held), $"{name}: {rows[id]}");
            Assert.True(System.Text.RegularExpressions.Regex.IsMatch(said, reason), $"{name}: {said}");
            Assert.DoesNotContain("1.2.", said, StringComparison.Ordinal);
        }

        string Secret(string value)
        {
            string file = folder.File($"{value}.secret");
            File.WriteAllText(file, value + "\n");
            return file;
        }
    }

    public void Dispose()
    {
        certificates.Dispose();
        folder.Dispose();
    }

    private string[] Tls(string name) => ["+tls", certificates.File($"{name}.key"), certificates.File($"{name}.pem"), "+cf", certificates.File("root.pem")];
}
