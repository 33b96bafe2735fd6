using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DeidCluster.Engine;
using DeidCluster.Simulator;
using DeidCluster.Store.Sqlite;
using DeidCluster.Studies;

namespace DeidCluster.Node.Tests;

/// <summary>Studies that meet one another, operators, restarts and changed configuration, on a real node with archives on loopback.</summary>
public sealed class FlowTests : IAsyncLifetime
{
    private const int CohortRows = 1000;

    /// <summary>One for the study, one for its series, one for the instances of each.</summary>
    private const int QueriesOfTwoSeries = 4;

    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(9);
    private static readonly string[] Ends = ["delivered", "held", "rejected", "notFound", "duplicate", "cancelled"];
    private readonly NodeFixture node = new() { RowsMax = CohortRows, BodyBytesMax = 1_000_000 };

    [Fact]
    public async Task OneStudy_OfTwoProjectsAtOnce_LeavesTwice_UnderIdentitiesThatShareNothing()
    {
        SampleStudy sample = node.Samples.Mr(1, 1);
        await node.FillAsync(node.Vna, sample);
        string[] ids = await Task.WhenAll(new[] { "all", "mr-only" }.Select(project => node.SubmitAsync(new { project, studyUid = sample.StudyInstanceUid })));
        foreach (string id in ids)
        {
            Assert.Equal("delivered", await EndAsync(id));
        }

        string[] uids = [.. Files().Keys.Select(path => Path.GetFileNameWithoutExtension(path))];
        Assert.Equal(2 * sample.Instances.Count, uids.Length);
        Assert.Equal(uids.Length, uids.Distinct().Count());
        Assert.Equal(2, Directory.GetDirectories(node.Delivered).Length);
    }

    [Fact]
    public async Task OneStudy_AskedForByUidAndByAccessionAtOnce_LeavesOnce()
    {
        SampleStudy[] samples = [.. Enumerable.Range(1, 4).Select(study => node.Samples.Mr(2, study))];
        foreach (SampleStudy sample in samples)
        {
            await node.FillAsync(node.Vna, sample);
        }

        string[][] ids = await Task.WhenAll(samples.Select(sample => Task.WhenAll(
            node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid }),
            node.SubmitAsync(new { project = "all", mrn = sample.Patient.PatientId, accessionNumber = sample.AccessionNumber }))));
        foreach (string[] pair in ids)
        {
            Assert.Equal(["delivered", "duplicate"], (await Task.WhenAll(pair.Select(EndAsync))).Order());
        }

        Assert.Equal(samples.Sum(sample => sample.Instances.Count), Files().Count);
    }

    [Fact]
    public async Task SecondRequest_ForAnotherSeries_AddsItToTheSameStudy()
    {
        SampleStudy sample = node.Samples.Mr(3, 1);
        await node.FillAsync(node.Vna, sample);
        string[] series = [.. sample.Instances.Select(instance => instance.SeriesInstanceUid).Distinct()];
        string first = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid, seriesUids = new[] { series[0] } });
        Assert.Equal("delivered", await EndAsync(first));
        IReadOnlyDictionary<string, string> before = Files();
        string second = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid, seriesUids = new[] { series[1] } });
        Assert.Equal(first, second);
        Assert.Equal("delivered", await EndAsync(second));
        IReadOnlyDictionary<string, string> after = Files();
        Assert.Equal((sample.Instances.Count / 2, sample.Instances.Count), (before.Count, after.Count));
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Single(Directory.GetDirectories(node.Delivered));
    }

    [Fact]
    public async Task DeliveredStudy_QueuedAgainFromEachStep_LeavesTheSameFiles()
    {
        SampleStudy sample = node.Samples.Ct(4, 1);
        await node.FillAsync(node.Pacs, sample);
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        Assert.Equal("delivered", await EndAsync(id));
        IReadOnlyDictionary<string, string> before = Files();
        foreach (string from in new[] { "deliver", "verify", "anonymize", "fetch", "locate" })
        {
            JsonNode reply = await node.PostAsync($"api/v1/studies/{id}/requeue", new { from, by = "tester", why = "again" });
            Assert.True(reply["changed"]!.GetValue<bool>(), reply.ToJsonString());
            Assert.Equal("delivered", await EndAsync(id));
            Assert.Equal(before, Files());
        }
    }

    [Fact]
    public async Task RetiredStudy_IsAnsweredAsDelivered_AndWhatCameLateIsAddedUnderTheSameIdentities()
    {
        SampleStudy sample = node.Samples.Ct(9, 1);
        await node.FillAsync(node.Vna, sample with { Instances = [.. sample.Instances.SkipLast(1)] });
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        Assert.Equal("delivered", await EndAsync(id));
        IReadOnlyDictionary<string, string> before = Files();
        JsonNode preview = await node.GetAsync("api/v1/projects/all/retention?keepDays=0");
        Assert.Equal((1, 0), (preview["retirable"]!.GetValue<int>(), preview["retired"]!.GetValue<int>()));
        Assert.NotNull((await node.PostAsync("api/v1/projects/all/retention", new { by = "tester", why = "no rule" }))["refusal"]);
        JsonNode asked = await node.PostAsync("api/v1/projects/all/retention", new { by = "tester", why = "space", keepDays = 0, then = "archive" });
        Assert.Equal(1, asked["asked"]!.GetValue<int>());
        await node.UntilAsync(async () => (await node.GetAsync("api/v1/projects/all/retention"))["retired"]!.GetValue<int>() == 1);

        JsonNode left = await node.GetAsync($"api/v1/studies/{id}?identities=true");
        Assert.Equal("delivered", left["study"]!["status"]!.GetValue<string>());
        Assert.Empty(left["ledger"]!.AsArray());
        Assert.Equal("study.retired", Assert.Single(left["history"]!.AsArray())!["kind"]!.GetValue<string>());
        Assert.Equal(sample.Instances.Count - 1, left["tombstone"]!["confirmed"]!.GetValue<int>());
        Assert.Contains("tester: space", left["tombstone"]!["rule"]!.GetValue<string>(), StringComparison.Ordinal);
        string file = Path.Combine(node.Retired, left["tombstone"]!["archiveFile"]!.GetValue<string>());
        Assert.Equal(left["tombstone"]!["archiveSha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))));
        string[] lines = await ReadGzipAsync(file);
        Assert.Equal(1 + left["tombstone"]!["events"]!.GetValue<int>() + sample.Instances.Count - 1, lines.Length);
        Assert.Contains("study.requested", lines[1], StringComparison.Ordinal);
        Assert.Contains("deid_studies_retired_total{project=\"all\"} 1", await node.GetTextAsync("metrics"), StringComparison.Ordinal);

        // Asked for again, after a restart too: nothing happens.
        await node.StopAsync();
        await node.StartAsync();
        await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        Assert.Equal("delivered", await EndAsync(id));
        Assert.Equal(before, Files());

        await node.FillAsync(node.Vna, sample with { Instances = [sample.Instances[^1]] });
        await node.PostAsync($"api/v1/studies/{id}/requeue", new { from = "locate", by = "tester", why = "one came late" });
        Assert.Equal("delivered", await EndAsync(id));
        IReadOnlyDictionary<string, string> after = Files();
        Assert.Equal(before.Count + 1, after.Count);
        Assert.All(before, one => Assert.Equal(one.Value, after[one.Key]));
        Assert.Single(Directory.GetDirectories(node.Delivered));
    }

    [Fact]
    public async Task MailThatNobodyCanHandle_IsSetAside_AndShown_AndJudged()
    {
        await node.StopAsync();
        Guid id = Guid.NewGuid();
        await using (SqliteStore store = await SqliteStore.OpenAsync(node.Store))
        {
            MessageBody body = StudyMessageTypes.Register(new MessageTypes()).Write(new RetryStudy("tester", "secret reason"));
            await store.PostAsync([new Mail(id, Actors.Project("all"), body, DateTimeOffset.UtcNow)], CancellationToken.None);
        }

        await node.StartAsync();
        await node.UntilAsync(async () => (await node.GetAsync("api/v1/mail"))["mail"]!.AsArray().Count == 1);
        JsonNode mail = await node.GetAsync($"api/v1/mail/{id}");
        Assert.Equal(("project/all", "study.retry", 3), (mail["actor"]!.GetValue<string>(), mail["kind"]!.GetValue<string>(), mail["tries"]!.GetValue<int>()));
        Assert.DoesNotContain("secret", mail.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("secret", (await node.GetAsync($"api/v1/mail/{id}?identities=true"))["body"]!.ToJsonString(), StringComparison.Ordinal);
        await node.PostAsync($"api/v1/mail/{Guid.NewGuid()}/drop", new { by = "tester", why = "no such" }, HttpStatusCode.NotFound);
        await node.PostAsync($"api/v1/mail/{id}/replay", new { by = "tester", why = "again" });
        await node.UntilAsync(async () => (await node.GetAsync("api/v1/mail"))["mail"]!.AsArray().Count == 1);
        Assert.Equal("dropped", (await node.PostAsync($"api/v1/mail/{id}/drop", new { by = "tester", why = "no use" }))["verdict"]!.GetValue<string>());
        Assert.Empty((await node.GetAsync("api/v1/mail"))["mail"]!.AsArray());
        Assert.Equal("tester", (await node.GetAsync("api/v1/mail?all=true"))["mail"]![0]!["by"]!.GetValue<string>());
        Assert.Contains("deid_mails_poisoned_total 2", await node.GetTextAsync("metrics"), StringComparison.Ordinal);

        // The project goes on.
        SampleStudy sample = node.Samples.Ct(10, 1);
        await node.FillAsync(node.Vna, sample);
        Assert.Equal("delivered", await EndAsync(await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid })));
    }

    [Fact]
    public async Task Node_ToldToStopDuringARetrieval_StopsSoon_AndGoesOnLater()
    {
        SampleStudy sample = node.Samples.Mr(5, 1);
        await node.FillAsync(node.Vna, sample);
        node.Vna.Faults.AnswerDelay = TimeSpan.FromMilliseconds(300);
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        using (CancellationTokenSource deadline = new(TimeSpan.FromSeconds(60)))
        {
            using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
            while (node.Vna.Finds < QueriesOfTwoSeries)
            {
                await poll.WaitForNextTickAsync(deadline.Token);
            }
        }

        // The last query is being answered: the retrieval that follows it is the one that takes long.
        node.Vna.Faults.AnswerDelay = TimeSpan.FromMinutes(5);
        await node.WaitForAsync(id, "fetching");
        long startedAt = Stopwatch.GetTimestamp();
        await node.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(startedAt), TimeSpan.Zero, StopTime);

        node.Vna.Faults.AnswerDelay = TimeSpan.Zero;
        await node.StartAsync();
        Assert.Equal("delivered", await EndAsync(id));
        Assert.Equal(sample.Instances.Count, Files().Count);
    }

    [Fact]
    public async Task Node_ToldToDrain_SaysSo_FinishesWhatRuns_AndIsDone()
    {
        SampleStudy sample = node.Samples.Mr(11, 1);
        await node.FillAsync(node.Vna, sample);
        node.Vna.Faults.AnswerDelay = TimeSpan.FromMilliseconds(200);
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        await node.UntilAsync(() => Task.FromResult(node.Vna.Finds > 0));
        JsonNode draining = await node.PostAsync("api/v1/node/drain", new { by = "tester", why = "update", seconds = 30 }, HttpStatusCode.Accepted);
        Assert.Equal("draining", draining["state"]!.GetValue<string>());
        await node.DrainedAsync();
        Assert.Equal("the node is draining", (await node.GetAsync("health/ready", HttpStatusCode.ServiceUnavailable))["reason"]!.GetValue<string>());
        JsonNode study = await node.GetAsync($"api/v1/studies/{id}");
        Assert.Equal(0, study["study"]!["attempts"]!.GetValue<int>());
        Assert.Contains(study["history"]!.AsArray(), happened => happened!["kind"]!.GetValue<string>() == "study.located");
        await node.StopAsync();
        node.Vna.Faults.AnswerDelay = TimeSpan.Zero;
        await node.StartAsync();
        Assert.Equal("delivered", await EndAsync(id));
        Assert.DoesNotContain((await node.GetAsync($"api/v1/studies/{id}"))["history"]!.AsArray(), happened => happened!["kind"]!.GetValue<string>() == "study.step-failed");
    }

    [Fact]
    public async Task Archive_TakenOutOfTheConfiguration_IsNotWaitedFor()
    {
        SampleStudy sample = node.Samples.Mr(6, 1);
        await node.FillAsync(node.Pacs, sample);
        node.Vna.Faults.RefuseAssociations = Dicom.AssociationRejection.LocalLimitExceeded;
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        await node.WaitForAsync(id, "waiting");
        await node.StopAsync();
        string file = Path.Combine(node.Configuration, "projects", "all.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("[vna, pacs]", "[pacs]", StringComparison.Ordinal) + "in-flight: 1\n");
        await node.StartAsync();
        await node.PostAsync($"api/v1/studies/{id}/retry", new { });
        Assert.Equal("delivered", await EndAsync(id));
    }

    [Fact]
    public async Task Project_TakenOutOfTheConfiguration_HoldsItsStudies_AndGoesOnWhenItIsBack()
    {
        SampleStudy[] samples = [node.Samples.Mr(7, 1), node.Samples.Mr(7, 2)];
        node.Vna.Faults.RefuseAssociations = Dicom.AssociationRejection.LocalLimitExceeded;
        string waiting = await node.SubmitAsync(new { project = "all", studyUid = samples[0].StudyInstanceUid });
        await node.WaitForAsync(waiting, "waiting");
        await node.PostAsync("api/v1/projects/all/pause", new { });
        string queued = await node.SubmitAsync(new { project = "all", studyUid = samples[1].StudyInstanceUid });
        await node.StopAsync();
        string file = Path.Combine(node.Configuration, "projects", "all.yaml");
        File.Move(file, file + ".gone");
        await node.StartAsync();
        Assert.Equal("held", await EndAsync(waiting));

        await node.StopAsync();
        File.Move(file + ".gone", file);
        node.Vna.Faults.RefuseAssociations = null;
        await node.FillAsync(node.Vna, samples[0]);
        await node.FillAsync(node.Vna, samples[1]);
        await node.StartAsync();
        await node.PostAsync($"api/v1/studies/{waiting}/retry", new { });
        await node.PostAsync("api/v1/projects/all/resume", new { });
        Assert.Equal("delivered", await EndAsync(waiting));
        Assert.Equal("delivered", await EndAsync(queued));
    }

    [Fact]
    public async Task Cohort_PostedTwiceAtOnce_IsTakenOnce_AndItsPagesAreStable()
    {
        await node.PostAsync("api/v1/projects/all/pause", new { });
        object[] cohort = [.. Enumerable.Range(1, CohortRows).Select(study => new { project = "all", studyUid = $"1.2.840.{study}", priority = study % 10 })];
        long startedAt = Stopwatch.GetTimestamp();
        JsonNode[] answers = await Task.WhenAll(
            node.PostAsync("api/v1/studies", cohort, HttpStatusCode.Accepted), node.PostAsync("api/v1/studies", cohort, HttpStatusCode.Accepted));
        TimeSpan taken = Stopwatch.GetElapsedTime(startedAt);
        JsonNode[] rows = [.. answers.SelectMany(answer => answer["studies"]!.AsArray()).Select(row => row!)];
        Assert.Equal(CohortRows, rows.Count(row => row["changed"]!.GetValue<bool>()));
        Assert.All(rows, row => Assert.Equal("queued", row["status"]?.GetValue<string>()));
        Assert.InRange(taken, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        List<string> seen = [];
        string? cursor = null;
        do
        {
            JsonNode page = await node.GetAsync($"api/v1/studies?limit=97{(cursor is null ? "" : "&cursor=" + cursor)}");
            seen.AddRange(page["studies"]!.AsArray().Select(row => row!["studyId"]!.GetValue<string>()));
            cursor = page["next"]?.GetValue<string>();
            await node.SubmitAsync(new { project = "all", studyUid = $"1.2.841.{seen.Count}" });
        }
        while (cursor is not null);
        Assert.Equal(CohortRows, seen.Count);
        Assert.Equal(CohortRows, seen.Distinct().Count());
    }

    public Task InitializeAsync() => node.InitializeAsync();

    public Task DisposeAsync() => node.DisposeAsync();

    private async Task<string> EndAsync(string id) => (await node.WaitForAsync(id, Ends))["status"]!.GetValue<string>();

    private static async Task<string[]> ReadGzipAsync(string file)
    {
        using StreamReader reader = new(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        return (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What lies at the destination: the digest of each file by its path.</summary>
    private SortedDictionary<string, string> Files() => new(
        Directory.EnumerateFiles(node.Delivered, "*.dcm", SearchOption.AllDirectories)
            .ToDictionary(path => path, path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))), StringComparer.Ordinal);
}
