using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// Studies of all kinds in two simulated archives, what is asked for, and what must be there in the end. Some are asked for a second time
/// by their numbers: whichever request comes first delivers, the other becomes its duplicate.
/// </summary>
internal sealed class KilledCohort : IAsyncDisposable
{
    private const int AskedTwiceEvery = 6;
    private static readonly TimeSpan EndDeadline = TimeSpan.FromMinutes(Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 15 : 4);

    private const string Vna = "VNA";
    private const string Pacs = "PACS";

    private readonly ArchiveProcess vna;
    private readonly ArchiveProcess pacs;
    private readonly List<SampleStudy> studies;

    private KilledCohort(ArchiveProcess vna, ArchiveProcess pacs, List<SampleStudy> studies)
    {
        (this.vna, this.pacs, this.studies) = (vna, pacs, studies);
        Requests = [.. studies.Select(ByUid), .. studies.Where((_, number) => number % AskedTwiceEvery == 0).Select(ByNumbers)];
    }

    /// <summary>What is asked for.</summary>
    public IReadOnlyList<StudyRequest> Requests { get; }

    /// <summary>All studies, also the one that no archive has.</summary>
    public IReadOnlyList<SampleStudy> Studies => studies;

    /// <summary>The archives as archives.yaml names them.</summary>
    public IReadOnlyList<ArchiveEntry> Archives => 
    [
        .. new[] { vna, pacs }.Select(archive =>
            new ArchiveEntry(archive.AeTitle.ToLowerInvariant(), archive.AeTitle, archive.Port)
            {
                AssociationsMax = ArchiveProcess.AssociationsMax, IdleTimeoutSeconds = ArchiveProcess.IdleTimeoutSeconds,
            }),
    ];

    /// <summary>The archives themselves.</summary>
    public IReadOnlyList<ArchiveProcess> ArchiveProcesses => [vna, pacs];

    /// <summary>Starts the archives with <paramref name="count"/> studies; the last one is in neither.</summary>
    public static async Task<KilledCohort> StartAsync(int count)
    {
        ArchiveProcess[] archives = await Task.WhenAll(ArchiveProcess.StartAsync(Vna, count), ArchiveProcess.StartAsync(Pacs, count));
        return new KilledCohort(archives[0], archives[1], StudiesOf(count));
    }

    /// <summary>The name of the archive that holds <paramref name="study"/>.</summary>
    public string ArchiveOf(SampleStudy study) => (studies.IndexOf(study) % 3 == 0 ? Pacs : Vna).ToLowerInvariant();

    /// <summary>What the archive with <paramref name="aeTitle"/> holds of a cohort of <paramref name="count"/> studies; the last one is in neither.</summary>
    public static IEnumerable<SampleStudy> HeldBy(string aeTitle, int count) =>
        StudiesOf(count).SkipLast(1).Where((_, number) => aeTitle == (number % 3 == 0 ? Pacs : Vna));

    /// <summary>Writes the configuration of <paramref name="cluster"/>, and tells the archives where it listens.</summary>
    public Task ConfigureAsync(ClusterFolder cluster) => ConfigureAsync(cluster, moveDestination: null);

    /// <summary>The same, where everything is sent to the node with the AE title <paramref name="moveDestination"/>, whoever asks.</summary>
    public async Task ConfigureAsync(ClusterFolder cluster, string? moveDestination)
    {
        cluster.Write(Archives.Select(archive => archive with { More = moveDestination is null ? "" : $"move-destination-ae-title: {moveDestination}" }));
        MainJob.WriteProjects(cluster, [.. Archives.Select(archive => archive.Name)], [ClusterFolder.FolderDestination]);
        Assert.True(Directory.Exists(cluster.Delivered));
        await KnowAsync(cluster);
    }

    private async Task KnowAsync(ClusterFolder cluster)
    {
        foreach (ArchiveProcess archive in ArchiveProcesses)
        {
            await archive.AddDestinationAsync(cluster.AeTitle, cluster.DicomPort);
        }
    }

    /// <summary>
    /// Waits until everything has ended and checks each study: its end, its ledger against its sources and the delivered files, its journal
    /// without gaps. Answers the delivered files: digest by relative path.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> FinishAsync(RunningNode node, ClusterFolder cluster, IReadOnlyDictionary<StudyRequest, string> idByRequest)
    {
        IReadOnlyDictionary<string, JsonNode> rows = await node.WaitAsync(
            [.. idByRequest.Values], EndDeadline, StudyStatus.Delivered, StudyStatus.Rejected, StudyStatus.NotFound, StudyStatus.Duplicate, StudyStatus.Held);
        Assert.Equal(idByRequest.Values.Distinct().Count(), rows.Count);
        Dictionary<string, string> files = FilesOf(cluster.Delivered);
        HashSet<string> unexplained = [.. files.Keys];
        foreach (IGrouping<SampleStudy, string> asked in idByRequest.GroupBy(pair => StudyOf(pair.Key), pair => pair.Value))
        {
            StudyStatus end = EndOf(asked.Key);
            string id = Assert.Single(asked, id => RunningNode.StatusOf(rows[id]) == end);
            Assert.All(asked.Where(other => other != id), other => Assert.Equal(StudyStatus.Duplicate, RunningNode.StatusOf(rows[other])));
            await AssertExplainedAsync(node, id, asked.Key, end, files, unexplained);
        }

        Assert.Empty(unexplained);
        Assert.Empty((await node.GetAsync("api/v1/quarantine"))["actors"]!.AsArray());
        return files;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await vna.DisposeAsync();
        await pacs.DisposeAsync();
    }

    private static List<SampleStudy> StudiesOf(int count) => [.. new SampleStudies(new SampleOptions { Seed = 47, ImageSize = 32, ImagesPerSeries = 3 }).Mixed(count)];

    /// <summary>How a study must end.</summary>
    public StudyStatus EndOf(SampleStudy study) => study == studies[^1] ? StudyStatus.NotFound
        : study.Modalities.Contains("US") ? StudyStatus.Rejected
        : StudyStatus.Delivered;

    /// <summary>The study behind a request.</summary>
    public SampleStudy StudyOf(StudyRequest request) =>
        studies.Single(study => study.StudyInstanceUid == request.StudyUid || study.AccessionNumber == request.AccessionNumber);

    private static async Task AssertExplainedAsync(
        RunningNode node, string id, SampleStudy study, StudyStatus end, Dictionary<string, string> files, HashSet<string> unexplained)
    {
        JsonNode shown = await node.StudyAsync(id);
        long[] versions = [.. shown["history"]!.AsArray().Select(happened => (long)happened!["version"]!)];
        Assert.Equal(Enumerable.Range(1, versions.Length).Select(version => (long)version), versions);
        JsonArray ledger = shown["ledger"]!.AsArray();
        string[] there = end == StudyStatus.NotFound ? [] : [.. study.Instances.Select(instance => instance.SopInstanceUid).Order(StringComparer.Ordinal)];
        Assert.Equal(there, ledger.Select(row => (string)row!["idSopInstanceUid"]!).Order(StringComparer.Ordinal));
        foreach (JsonNode? row in ledger)
        {
            Assert.Equal(end == StudyStatus.Delivered ? "confirmed" : "rejected", (string)row!["state"]!);
            if (end == StudyStatus.Delivered)
            {
                string file = $"{row["newStudyUid"]}/{row["newSeriesUid"]}/{row["newSopInstanceUid"]}.dcm";
                Assert.True(unexplained.Remove(file), "a confirmed instance has no file of its own");
                Assert.Equal((string)row["outDigest"]!, files[file]);
            }
        }
    }

    private static Dictionary<string, string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(folder, path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));

    private static string ProjectOf(SampleStudy study) => study.Modalities.Contains("MR") ? MainJob.Brain : MainJob.Lung;

    private static StudyRequest ByUid(SampleStudy study) => new() { Project = ProjectOf(study), StudyUid = study.StudyInstanceUid };

    private static StudyRequest ByNumbers(SampleStudy study) =>
        new() { Project = ProjectOf(study), Mrn = study.Patient.PatientId, AccessionNumber = study.AccessionNumber };
}
