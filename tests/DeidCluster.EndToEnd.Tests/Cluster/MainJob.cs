using System.Text.Json.Nodes;
using DeidCluster.Simulator;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>One request of the main job and how it must end.</summary>
/// <param name="Request">What is submitted.</param>
/// <param name="Samples">The studies behind it.</param>
/// <param name="End">How it ends.</param>
/// <param name="Archive">Where it is found.</param>
internal sealed record JobCase(StudyRequest Request, IReadOnlyList<SampleStudy> Samples, StudyStatus End, string? Archive = null)
{
    /// <summary>Instances that are delivered.</summary>
    public int Delivered => End == StudyStatus.Delivered ? Samples.Sum(sample => sample.Instances.Count) : 0;
}

/// <summary>
/// The cohort that shows the main job: a study in the VNA, another of the same patient, one only in the PACS, one nowhere, one by MRN and
/// accession with two studies behind it, one that its project rejects, and a duplicate.
/// </summary>
internal sealed class MainJob
{
    public const string Lung = "lung";
    public const string Brain = "brain";

    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(4);
    private static readonly SampleStudies Samples = new(new SampleOptions { Seed = 41, ImageSize = 32, ImagesPerSeries = 3 });

    private readonly SampleStudy first = Samples.Ct(0, 0);
    private readonly SampleStudy later = Samples.Dx(0, 1);
    private readonly SampleStudy pacsOnly = Samples.Ct(1, 0);
    private readonly SampleStudy magnetic = Samples.Mr(2, 0);
    private readonly SampleStudy left = Samples.Ct(4, 0, "ACCSHARED77");
    private readonly SampleStudy right = Samples.Dx(4, 1, "ACCSHARED77");
    private readonly SampleStudy nowhere = Samples.Ct(6, 0);
    private readonly SampleStudy unwanted = Samples.Us(7, 0);
    private readonly string vna;
    private readonly string pacs;

    /// <summary>The job on an archive asked first and one asked second; they may be the same.</summary>
    public MainJob(string vna, string pacs)
    {
        (this.vna, this.pacs) = (vna, pacs);
        Cases =
        [
            new(ByUid(Lung, first), [first], StudyStatus.Delivered, vna),
            new(ByUid(Lung, later), [later], StudyStatus.Delivered, vna),
            new(ByUid(Lung, pacsOnly), [pacsOnly], StudyStatus.Delivered, pacs),
            new(ByNumbers(Brain, magnetic), [magnetic], StudyStatus.Delivered, pacs),
            new(ByNumbers(Lung, left), [left, right], StudyStatus.Delivered, vna),
            new(ByUid(Lung, nowhere), [nowhere], StudyStatus.NotFound),
            new(ByUid(Brain, unwanted), [unwanted], StudyStatus.Rejected, vna),
        ];
        Duplicate = new JobCase(ByNumbers(Lung, first), [first], StudyStatus.Duplicate, vna);
    }

    /// <summary>Submitted at once.</summary>
    public IReadOnlyList<JobCase> Cases { get; }

    /// <summary>The first study again, by its numbers, submitted when that is delivered.</summary>
    public JobCase Duplicate { get; }

    /// <summary>What the archive that is asked first holds.</summary>
    public IReadOnlyList<SampleStudy> InVna => [first, later, left, right, unwanted];

    /// <summary>What the other one holds besides.</summary>
    public IReadOnlyList<SampleStudy> InPacs => [pacsOnly, magnetic];

    /// <summary>All studies.</summary>
    public IReadOnlyList<SampleStudy> Studies => [.. Cases.SelectMany(one => one.Samples)];

    /// <summary>Public ids by case, once it ran.</summary>
    public Dictionary<JobCase, string> IdByCase { get; } = [];

    /// <summary>Instances that are delivered.</summary>
    public int Delivered => Cases.Sum(one => one.Delivered);

    /// <summary>Writes the two projects for the archives of this job.</summary>
    public void WriteProjects(ClusterFolder folder, params string[] destinations) => WriteProjects(folder, [.. new[] { vna, pacs }.Distinct()], destinations);

    /// <summary>Writes two projects: one shifts dates, one removes them.</summary>
    public static void WriteProjects(ClusterFolder folder, IReadOnlyList<string> archives, IReadOnlyList<string> destinations)
    {
        const string Retry = "retry: {attempts: 10, first-delay-seconds: 1, delay-seconds-max: 2}";
        folder.WriteProject(Lung, archives, destinations,
            $$"""
            select: {sop-classes: [all], modalities: [CT, DX, SR, RTSTRUCT]}
            dates: {policy: shift, shift-days-min: -1826, shift-days-max: -30}
            pseudonym: {prefix: LUNG-, hash-length: 12}
            {{Retry}}
            """);
        folder.WriteProject(Brain, archives, destinations,
            $$"""
            select: {sop-classes: [all], modalities: [MR]}
            dates: {policy: remove}
            pseudonym: {prefix: BRAIN-}
            {{Retry}}
            """);
    }

    /// <summary>Submits everything, waits for the ends, and checks what the node says of each request.</summary>
    public async Task RunAsync(RunningNode node)
    {
        await SubmitAsync(node, Cases);
        await SubmitAsync(node, [Duplicate]);
        IReadOnlyList<string> again = await node.SubmitAsync([Cases[0].Request]);
        Assert.Equal(IdByCase[Cases[0]], again[0]);

        IReadOnlyDictionary<string, JsonNode> studies = await node.StudiesAsync();
        Assert.Equal(IdByCase.Count, studies.Count);
        Assert.Equal(IdByCase[Cases[0]], (string?)studies[IdByCase[Duplicate]]["duplicateOf"]);
        foreach ((JobCase one, string id) in IdByCase)
        {
            JsonNode study = studies[id];
            Assert.Equal(one.End, RunningNode.StatusOf(study));
            Assert.Equal(one.Delivered, (int)study["counts"]!["confirmed"]!);
            Assert.Equal(one.End == StudyStatus.Delivered, study["reason"] is null);
            Assert.True(one.Archive is null || one.Archive == (string?)study["archive"], $"found in {study["archive"]} and not in {one.Archive}");
        }
    }

    /// <summary>Writes each study's files below <paramref name="folder"/>, in a folder of its own; its path.</summary>
    public async Task<string> WriteSourcesAsync(string folder)
    {
        foreach ((int number, SampleStudy study) in Studies.Index())
        {
            await study.WriteToAsync(Path.Combine(folder, $"{number}"), CancellationToken.None);
        }

        return folder;
    }

    private async Task SubmitAsync(RunningNode node, IReadOnlyList<JobCase> cases)
    {
        IReadOnlyList<string> ids = await node.SubmitAsync(cases.Select(one => one.Request));
        foreach ((JobCase one, string id) in cases.Zip(ids))
        {
            IdByCase.Add(one, id);
        }

        await node.WaitAsync(ids, TimeMax, [StudyStatus.Held, .. cases.Select(one => one.End)]);
    }

    private static StudyRequest ByUid(string project, SampleStudy study) => new() { Project = project, StudyUid = study.StudyInstanceUid };

    private static StudyRequest ByNumbers(string project, SampleStudy study) =>
        new() { Project = project, Mrn = study.Patient.PatientId, AccessionNumber = study.AccessionNumber };
}
