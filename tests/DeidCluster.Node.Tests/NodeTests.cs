using System.Net;
using System.Text.Json.Nodes;
using DeidCluster.Simulator;

namespace DeidCluster.Node.Tests;

/// <summary>The main job through the HTTP API of a real node, with real DICOM archives on loopback.</summary>
public sealed class NodeTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Study_OfTheSecondArchive_IsDelivered_WithHistoryLedgerAndLinkage()
    {
        SampleStudy sample = node.Samples.Mr(1, 1);
        await node.FillAsync(node.Pacs, sample);
        string id = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid, procedureId = "P-1" });
        JsonNode study = await node.WaitForAsync(id, "delivered", "held", "rejected", "notFound");
        Assert.True(study["status"]!.GetValue<string>() == "delivered", study.ToJsonString());
        Assert.Equal(sample.Instances.Count, study["counts"]!["confirmed"]!.GetValue<int>());
        Assert.Null(study["idStudyUid"]);

        string whole = (await node.GetAsync($"api/v1/studies/{id}")).ToJsonString();
        foreach (string identifier in sample.PlantedIdentifiers)
        {
            Assert.DoesNotContain(identifier, whole, StringComparison.OrdinalIgnoreCase);
        }

        JsonNode shown = await node.GetAsync($"api/v1/studies/{id}?identities=true");
        Assert.Equal(sample.StudyInstanceUid, shown["study"]!["idStudyUid"]!.GetValue<string>());
        Assert.Equal(sample.Instances.Count, shown["ledger"]!.AsArray().Count);
        Assert.Contains(shown["history"]!.AsArray(), happened => happened!["kind"]!.GetValue<string>() == "study.delivered");

        JsonNode linkage = await node.GetAsync("api/v1/projects/all/linkage");
        Assert.Contains(linkage["linkage"]!.AsArray(), row => row!["studyId"]!.GetValue<string>() == id && row["idProcedure"]!.GetValue<string>() == "P-1");
        Assert.True(Directory.EnumerateFiles(node.Delivered, "*.dcm", SearchOption.AllDirectories).Count() >= sample.Instances.Count);

        JsonNode again = await node.PostAsync("api/v1/studies", new[] { new { project = "all", studyUid = sample.StudyInstanceUid } }, HttpStatusCode.Accepted);
        Assert.Equal((id, "delivered", false), (
            again["studies"]![0]!["studyId"]!.GetValue<string>(), again["studies"]![0]!["status"]!.GetValue<string>(), again["studies"]![0]!["changed"]!.GetValue<bool>()));

        JsonNode byMrn = await node.PostAsync("api/v1/studies/search", new { studyUid = sample.StudyInstanceUid });
        Assert.Equal(id, Assert.Single(byMrn["studies"]!.AsArray())!["studyId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Study_InNoArchive_IsNotFound_AndCanBeQueuedAgain()
    {
        SampleStudy sample = node.Samples.Mr(2, 1);
        string id = await node.SubmitAsync(new { project = "mr-only", mrn = sample.Patient.PatientId, accessionNumber = sample.AccessionNumber });
        await node.WaitForAsync(id, "notFound");
        await node.FillAsync(node.Vna, sample);
        JsonNode reply = await node.PostAsync($"api/v1/studies/{id}/requeue", new { from = "locate", by = "tester", why = "it has arrived" });
        Assert.True(reply["changed"]!.GetValue<bool>());
        await node.WaitForAsync(id, "delivered");
    }

    [Fact]
    public async Task Study_ThatTheProjectDoesNotWant_IsRejected_BeforeAnyTransfer()
    {
        SampleStudy sample = node.Samples.Ct(3, 1);
        await node.FillAsync(node.Vna, sample);
        int moves = node.Vna.Moves;
        string id = await node.SubmitAsync(new { project = "mr-only", studyUid = sample.StudyInstanceUid });
        JsonNode study = await node.WaitForAsync(id, "rejected");
        Assert.Equal(sample.Instances.Count, study["counts"]!["rejected"]!.GetValue<int>());
        Assert.Equal(moves, node.Vna.Moves);
        JsonNode refused = await node.PostAsync($"api/v1/studies/{id}/cancel", new { });
        Assert.Equal("the study is over: rejected", refused["refusal"]!.GetValue<string>());
    }

    [Fact]
    public async Task SecondRequest_ForTheSameStudy_FollowsTheFirst()
    {
        SampleStudy sample = node.Samples.Dx(4, 1);
        await node.FillAsync(node.Vna, sample);
        string first = await node.SubmitAsync(new { project = "all", studyUid = sample.StudyInstanceUid });
        await node.WaitForAsync(first, "delivered");
        string second = await node.SubmitAsync(new { project = "all", mrn = sample.Patient.PatientId, accessionNumber = sample.AccessionNumber });
        Assert.NotEqual(first, second);
        JsonNode study = await node.WaitForAsync(second, "duplicate", "delivered");
        Assert.Equal(("duplicate", first), (study["status"]!.GetValue<string>(), study["duplicateOf"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Projects_ArePausedAndResumed()
    {
        JsonNode reply = await node.PostAsync("api/v1/projects/mr-only/pause", new { by = "tester", why = "a test" });
        Assert.True(reply["paused"]!.GetValue<bool>());
        JsonNode project = await node.GetAsync("api/v1/projects/mr-only");
        Assert.Equal("paused by tester: a test", project["reason"]!.GetValue<string>());
        reply = await node.PostAsync("api/v1/projects/mr-only/resume", new { });
        Assert.False(reply["paused"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Limits_SetByAnOperator_CountAtOnce_AndWrongOnesAreRefused()
    {
        JsonNode reply = await node.PostAsync("api/v1/projects/mr-only/limit", new { inFlightMax = 3, studiesPerDay = 50, by = "tester", why = "a test" });
        Assert.True(reply["changed"]!.GetValue<bool>());
        Assert.Equal(3, (await node.GetAsync("api/v1/projects/mr-only"))["inFlightMax"]!.GetValue<int>());
        reply = await node.PostAsync("api/v1/archives/vna/limit", new { associationsMax = 7, utilisationPercent = 50, closed = "sun 03:00-04:00", timeZone = "Europe/Berlin", by = "tester", why = "a test" });
        Assert.Equal("Europe/Berlin", reply["limits"]!["pace"]!["timeZone"]!.GetValue<string>());
        Assert.Equal(7, (await node.GetAsync("api/v1/archives"))["archives"]!.AsArray().Single(archive => archive!["archive"]!.GetValue<string>() == "vna")!["permitsMax"]!.GetValue<int>());
        reply = await node.PostAsync("api/v1/archives/vna/limit", new { closed = "sometimes", by = "tester", why = "a typo" });
        Assert.Contains("sometimes", reply["refusal"]!.GetValue<string>());
        reply = await node.PostAsync("api/v1/archives/vna/pause", new { by = "tester", why = "a test" });
        Assert.True(reply["paused"]!.GetValue<bool>());
        reply = await node.PostAsync("api/v1/archives/vna/resume", new { by = "tester", why = "a test" });
        Assert.False(reply["paused"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Archives_AnswerEcho()
    {
        Assert.True((await node.PostAsync("api/v1/archives/vna/echo", new { }))["ok"]!.GetValue<bool>());
        Assert.Equal(2, (await node.GetAsync("api/v1/archives"))["archives"]!.AsArray().Count);
        await node.PostAsync("api/v1/archives/none/echo", new { }, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Pages_OfHealthMetricsAndOverview_Answer()
    {
        Assert.Equal("live", (await node.GetAsync("health/live"))["status"]!.GetValue<string>());
        Assert.Equal("ready", (await node.GetAsync("health/ready"))["status"]!.GetValue<string>());
        string metrics = await node.GetTextAsync("metrics");
        Assert.Contains("\ndeid_archive_permits_max{archive=\"vna\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("<h2>Projects</h2>", await node.GetTextAsync("/"), StringComparison.Ordinal);
        Assert.Empty((await node.GetAsync("api/v1/quarantine"))["actors"]!.AsArray());
    }
}
