using System.Text.Json.Nodes;
using DeidCluster.Simulator;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// The main job with a node as operators run it, against real archives and destinations. What comes out is read with DCMTK, pydicom
/// and grep, not with code of ours.
/// </summary>
public sealed class RealArchivesTests : IDisposable
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private readonly TestFolder folder = new();

    [PeerFact("Orthanc", "dcmdump", "dcmftest", ReadFile.Pydicom)]
    public async Task MainJob_TwoOrthancsToFolderAndOrthanc_EndsAsItMust()
    {
        ClusterFolder cluster = new(folder.Path);
        Dictionary<string, int> us = new() { [cluster.AeTitle] = cluster.DicomPort };
        await using OrthancPeer vna = await OrthancPeer.StartAsync(folder.File("vna"), "VNA", us);
        await using OrthancPeer pacs = await OrthancPeer.StartAsync(folder.File("pacs"), "PACS", us);
        await using OrthancPeer research = await OrthancPeer.StartAsync(folder.File("research"), "RESEARCH", new Dictionary<string, int>());
        MainJob job = new("vna", "pacs");
        await UploadAsync(vna, job.InVna);
        await UploadAsync(pacs, job.InPacs);
        cluster.Write(
            [new ArchiveEntry("vna", vna.AeTitle, vna.DicomPort), new ArchiveEntry("pacs", pacs.AeTitle, pacs.DicomPort)],
            new ArchiveEntry("research-pacs", research.AeTitle, research.DicomPort));
        job.WriteProjects(cluster, ClusterFolder.FolderDestination, "research-pacs");

        await using RunningNode node = await RunningNode.StartAsync(cluster);
        await job.RunAsync(node);
        await AssertDeliveredAsync(job, node, cluster, cluster.Delivered);

        Assert.Equal(job.Delivered, await research.CountInstancesAsync());
        string fromOrthanc = folder.Folder("from-orthanc");
        await DownloadAsync(research, fromOrthanc);
        await AssertDeliveredAsync(job, node, cluster, fromOrthanc);
        Assert.Equal(0, await node.StopAsync());
        Facts.Say($"two Orthancs to a folder and a third Orthanc: {job.IdByCase.Count} requests ended as they must, {job.Delivered} instances at both destinations");
    }

    [PeerFact("dcmqrscp", "storescp", "storescu", "dcmdump", "dcmftest", ReadFile.Pydicom)]
    public async Task MainJob_DcmqrscpToFolderAndStorescp_EndsAsItMust()
    {
        ClusterFolder cluster = new(folder.Path);
        int archivePort = FreePort.Next();
        int sinkPort = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(
            archivePort, folder.Folder("archive"), "QRSCP", new Dictionary<string, int> { [cluster.AeTitle] = cluster.DicomPort });
        await using PeerProcess sink = await DcmtkPeer.StoreScpAsync(sinkPort, folder.Folder("sink"));
        MainJob job = new("qrscp", "qrscp");
        await SendAsync(job.InVna.Concat(job.InPacs), archivePort);

        cluster.Write([new ArchiveEntry("qrscp", "QRSCP", archivePort)], new ArchiveEntry("sink", "SINK", sinkPort));
        job.WriteProjects(cluster, ClusterFolder.FolderDestination, "sink");
        await using RunningNode node = await RunningNode.StartAsync(cluster);
        await job.RunAsync(node);
        await AssertDeliveredAsync(job, node, cluster, cluster.Delivered);
        await AssertDeliveredAsync(job, node, cluster, folder.File("sink"));
        Facts.Say($"dcmqrscp to a folder and storescp: {job.IdByCase.Count} requests ended as they must, {job.Delivered} instances at both destinations");
    }

    [PeerFact("Orthanc", "storescp", "dcmdump", "dcmftest", ReadFile.Pydicom)]
    public async Task MainJob_DicomWebAndMoveThroughMutualTls_ToStorescpThroughTls_EndsAsItMust()
    {
        using TestCertificates certificates = new();
        string tls = SecuredNodeTests.TlsYaml(certificates, "client");
        ClusterFolder cluster = new(folder.Path) { DicomMore = SecuredNodeTests.TlsYaml(certificates, "server") };
        Dictionary<string, int> us = new() { [cluster.AeTitle] = cluster.DicomPort };
        await using OrthancPeer vna = await OrthancPeer.StartAsync(
            folder.File("vna"), "VNA", new Dictionary<string, int>(), new OrthancSecurity(certificates, User: "deid", Password: "kept in a file"));
        await using OrthancPeer pacs = await OrthancPeer.StartAsync(folder.File("pacs"), "PACS", us, new OrthancSecurity(certificates, DicomTls: true));
        int webPort = FreePort.Next();
        await using PeerProcess front = await TlsFront.StartAsync(webPort, vna.Http.BaseAddress!.Port, certificates);
        int sinkPort = FreePort.Next();
        await using PeerProcess sink = await DcmtkPeer.StoreScpAsync(sinkPort, folder.Folder("sink"), "SINK",
            "+tls", certificates.File("server.key"), certificates.File("server.pem"), "+cf", certificates.File("root.pem"), "-rc");
        MainJob job = new("vna", "pacs");
        await UploadAsync(vna, job.InVna);
        await UploadAsync(pacs, job.InPacs);
        string password = folder.File("vna.password");
        await File.WriteAllTextAsync(password, "kept in a file\n");
        cluster.Write(
            [
                new ArchiveEntry("vna", "", 0) { Url = $"https://127.0.0.1:{webPort}/dicom-web", More = $"user: deid, password-file: {password}, {tls}" },
                new ArchiveEntry("pacs", pacs.AeTitle, pacs.DicomPort) { More = tls },
            ],
            new ArchiveEntry("sink", "SINK", sinkPort) { More = tls });
        job.WriteProjects(cluster, ClusterFolder.FolderDestination, "sink");

        await using RunningNode node = await RunningNode.StartAsync(cluster);
        await job.RunAsync(node);
        await AssertDeliveredAsync(job, node, cluster, cluster.Delivered);
        await AssertDeliveredAsync(job, node, cluster, folder.File("sink"));
        Assert.DoesNotContain("kept in a file", node.Output, StringComparison.Ordinal);
        Facts.Say($"Orthanc by DICOMweb (HTTPS, both certificates, a password) and another by C-MOVE (TLS, both certificates, both ways): {job.IdByCase.Count} requests ended as they must, to storescp through TLS");
    }

    [PeerFact("Orthanc", "dcmqrscp", "storescu", "dcmdump", "dcmftest", ReadFile.Pydicom)]
    public async Task MainJob_GetFromArchivesThatDoNotKnowUs_EndsAsItMust()
    {
        ClusterFolder cluster = new(folder.Path);
        int archivePort = FreePort.Next();
        await using OrthancPeer vna = await OrthancPeer.StartAsync(folder.File("vna"), "VNA", new Dictionary<string, int>());
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(archivePort, folder.Folder("archive"), "QRSCP", new Dictionary<string, int>());
        MainJob job = new("vna", "qrscp");
        await UploadAsync(vna, job.InVna);
        await SendAsync(job.InPacs, archivePort);
        cluster.Write(
        [
            new ArchiveEntry("vna", vna.AeTitle, vna.DicomPort) { More = "retrieve: c-get" },
            new ArchiveEntry("qrscp", "QRSCP", archivePort) { More = "retrieve: c-get" },
        ]);
        job.WriteProjects(cluster, ClusterFolder.FolderDestination);
        await using RunningNode node = await RunningNode.StartAsync(cluster);
        await job.RunAsync(node);
        await AssertDeliveredAsync(job, node, cluster, cluster.Delivered);
        Facts.Say($"Orthanc and dcmqrscp by C-GET, which know nothing of us: {job.IdByCase.Count} requests ended as they must, {job.Delivered} instances");
    }

    [PeerFact("Orthanc")]
    public async Task Archive_DownRefusingOrTalkingRubbish_HoldsItsStudyWithTheReasonAndTheNodeGoesOn()
    {
        ClusterFolder cluster = new(folder.Path);
        await using OrthancPeer vna = await OrthancPeer.StartAsync(
            folder.File("vna"), "VNA", new Dictionary<string, int> { [cluster.AeTitle] = cluster.DicomPort });
        await using OrthancPeer stranger = await OrthancPeer.StartAsync(folder.File("stranger"), "STRANGER", new Dictionary<string, int>());
        SampleStudies samples = new(new SampleOptions { Seed = 43, ImageSize = 32, ImagesPerSeries = 1 });
        SampleStudy good = samples.Ct(0, 0);
        await UploadAsync(vna, [good]);
        await UploadAsync(stranger, [samples.Ct(5, 0)]);
        cluster.Write(
        [
            new ArchiveEntry("vna", vna.AeTitle, vna.DicomPort),
            new ArchiveEntry("down", "DOWN", FreePort.Next()),
            new ArchiveEntry("refusing", "NOTITSNAME", vna.DicomPort),
            new ArchiveEntry("rubbish", "RUBBISH", vna.Http.BaseAddress!.Port), // a web server
            new ArchiveEntry("stranger", stranger.AeTitle, stranger.DicomPort), // does not know us as a move destination
        ]);
        string[] names = ["vna", "down", "refusing", "rubbish", "stranger"];
        foreach (string name in names)
        {
            cluster.WriteProject($"from-{name}", [name], [ClusterFolder.FolderDestination], "select: {sop-classes: [all]}\nretry: {attempts: 2, first-delay-seconds: 1, delay-seconds-max: 1}");
        }

        await using RunningNode node = await RunningNode.StartAsync(cluster);
        SampleStudy[] studies = [good, samples.Ct(2, 0), samples.Ct(3, 0), samples.Ct(4, 0), samples.Ct(5, 0)];
        IReadOnlyList<string> ids = await node.SubmitAsync(names.Zip(studies, (name, study) => new StudyRequest
        {
            Project = $"from-{name}", StudyUid = study.StudyInstanceUid, Mrn = study.Patient.PatientId, AccessionNumber = study.AccessionNumber,
        }));
        IReadOnlyDictionary<string, JsonNode> rows = await node.WaitAsync(ids, TimeMax, StudyStatus.Held, StudyStatus.Delivered);

        Assert.Equal(StudyStatus.Delivered, RunningNode.StatusOf(rows[ids[0]]));
        string[] reasons = [.. ids.Skip(1).Select(id => (string)rows[id]["reason"]!)];
        Assert.All(ids.Skip(1), id => Assert.Equal(StudyStatus.Held, RunningNode.StatusOf(rows[id])));
        Assert.Matches("DOWN.*2 attempts", reasons[0]);
        Assert.Matches("(?i)NOTITSNAME.*called AE", reasons[1]);
        Assert.Matches("RUBBISH.*2 attempts", reasons[2]);
        Assert.Matches("8 of 8|did not arrive from stranger", reasons[3]);
        Assert.All(reasons, reason => Assert.DoesNotContain("\n", reason));

        PlantedIdentifiers planted = new(studies, folder.File("planted.txt"));
        planted.AssertNoneInText(string.Concat(reasons) + node.Output);
        await planted.AssertNoneInAsync(cluster.Logs);
        IReadOnlyList<string> more = await node.SubmitAsync([new StudyRequest { Project = "from-vna", StudyUid = samples.Ct(6, 0).StudyInstanceUid }]);
        await node.WaitAsync(more, TimeMax, StudyStatus.NotFound);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The results in <paramref name="results"/>, judged by DCMTK, pydicom and grep.</summary>
    private async Task AssertDeliveredAsync(MainJob job, RunningNode node, ClusterFolder cluster, string results)
    {
        string[] files = Directory.GetFiles(results, "*", SearchOption.AllDirectories);
        Assert.Equal(job.Delivered, files.Length);
        (int exitCode, string output) = await PeerProcess.RunAsync("dcmftest", files, TimeMax);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = await PeerProcess.RunAsync("dcmdump", ["-q", "+P", "0012,0062", .. files], TimeMax);
        Assert.True(exitCode == 0, output);
        Assert.Equal(files.Length, output.Split('\n').Count(line => line.StartsWith("(0012,0062) CS [YES]", StringComparison.Ordinal)));

        string sources = await job.WriteSourcesAsync(folder.File("sources"));
        Comparison comparison = await Comparison.ReadAsync(node, job.Cases.Where(one => one.Delivered > 0).Select(one => job.IdByCase[one]), sources, results);
        Assert.Equal(files.Length, comparison.Files);
        comparison.AssertDeidentified();
        comparison.AssertUidsAreConsistent();
        comparison.AssertDatesAreShifted("LUNG-");
        comparison.AssertDatesAreRemoved("BRAIN-");

        PlantedIdentifiers planted = new(job.Studies, folder.File("planted.txt"));
        await planted.AssertSomeInEachAsync(sources);
        await planted.AssertNoneInAsync(results);
        await planted.AssertNoneInAsync(cluster.Logs);
        planted.AssertNoneInText(node.Output);
    }

    /// <summary>Gives studies to a dcmqrscp with storescu.</summary>
    private async Task SendAsync(IEnumerable<SampleStudy> studies, int port)
    {
        foreach ((int number, SampleStudy study) in studies.Index())
        {
            string files = folder.File($"upload/{number}");
            await study.WriteToAsync(files, CancellationToken.None);
            (int exitCode, string output) = await PeerProcess.RunAsync(
                "storescu", ["-aet", "TEST", "-aec", "QRSCP", "-R", "+sd", "127.0.0.1", $"{port}", files], TimeMax);
            Assert.True(exitCode == 0, output);
        }
    }

    private static async Task UploadAsync(OrthancPeer orthanc, IEnumerable<SampleStudy> studies)
    {
        foreach (SampleInstance instance in studies.SelectMany(study => study.Instances))
        {
            using MemoryStream bytes = new();
            await instance.ToFile().WriteToAsync(bytes, CancellationToken.None);
            await orthanc.UploadAsync(bytes.ToArray());
        }
    }

    private static async Task DownloadAsync(OrthancPeer orthanc, string folder)
    {
        foreach (JsonNode? id in JsonNode.Parse(await orthanc.Http.GetStringAsync("/instances"))!.AsArray())
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{id}.dcm"), await orthanc.Http.GetByteArrayAsync($"/instances/{id}/file"));
        }
    }
}
