using DeidCluster.Deid;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

/// <summary>"anonymize", "verify" and "deliver", on what the real "fetch" has brought.</summary>
public sealed class ResultHandlerTests : IAsyncLifetime
{
    private readonly PipelineBench bench = new();

    [Fact]
    public async Task WayOfAStudy_EndsConfirmed_AtBothDestinations_WithoutIdentifiers()
    {
        bench.Archive(SampleInstance.StudyOf(3));
        await bench.RunToAsync("deliver");
        Assert.Equal(new InstanceCounts(Confirmed: 6), InstanceCounts.Of(bench.Index.Rows));
        string[] delivered = Delivered(bench);
        Assert.Equal(6, delivered.Length);
        Assert.Equal(6, bench.Repository.Instances);
        foreach (string path in delivered)
        {
            string bytes = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path)) + path;
            Assert.All(new[] { "MRN0042", "Doe", "Jonathan", "ACC0042", SampleInstance.Study, "Huxtable", "19611224" }, planted => Assert.DoesNotContain(planted, bytes, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Anonymize_Twice_GivesTheSameRowsAndBytes()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        await bench.RunToAsync("anonymize");
        InstanceRow[] before = [.. bench.Index.Rows];
        bench.Reset(InstanceState.Anonymized, InstanceState.Fetched);
        ReportAnonymized again = await bench.RunAsync<ReportAnonymized>("anonymize");
        Assert.Equal(before, bench.Index.Rows);
        Assert.Equal(new InstanceCounts(Anonymized: 4), again.Counts);
    }

    [Fact]
    public async Task Anonymize_TellsTheLinkage()
    {
        bench.Archive(SampleInstance.StudyOf(1));
        bench.Request = bench.Request with { ProcedureId = "P1", ParticipantId = "SUBJECT-7" };
        await bench.RunToAsync("fetch");
        ReportAnonymized report = await bench.RunAsync<ReportAnonymized>("anonymize");
        Assert.Equal(("P1", "SUBJECT-7", "SUBJECT-7"), (report.Linkage!.IdProcedure, report.Linkage.ParticipantId, report.Linkage.Pseudonym));
        Assert.Equal([Assert.Single(bench.Index.Rows.Select(row => row.NewStudyUid).Distinct())!], report.Linkage.NewStudyUids);
    }

    [Fact]
    public async Task Anonymize_SubjectAlreadyHasAnotherPseudonym_IsPermanent()
    {
        bench.Archive(SampleInstance.StudyOf(1));
        await bench.RunToAsync("anonymize");
        bench.Reset(InstanceState.Anonymized, InstanceState.Fetched);
        bench.Request = bench.Request with { ParticipantId = "SUBJECT-7" };
        Assert.Equal(FailureKind.Permanent, (await bench.FailAsync("anonymize")).Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MRN0043")]
    public async Task Anonymize_SubjectIsNotOne_HoldsAll(string otherPatientId)
    {
        bench.Archive(new SampleInstance(), new SampleInstance { SopInstanceUid = "1.2.3.4", PatientId = otherPatientId });
        await bench.RunToAsync("fetch");
        ReportAnonymized report = await bench.RunAsync<ReportAnonymized>("anonymize");
        Assert.Equal(new InstanceCounts(Held: 2), report.Counts);
        Assert.Null(report.Linkage);
        Assert.All(bench.Index.Rows, row => Assert.NotNull(row.Reason));
    }

    [Fact]
    public async Task Anonymize_ProjectCombines_SendsTwoStudiesOfAnAccessionUnderOneUid()
    {
        await using PipelineBench combining = new(new ProjectProfile { Name = "test", Version = "1", CombineByAccession = true });
        combining.Archive(SampleInstance.StudyOf(1));
        combining.Archive(SampleInstance.StudyOf(1, "1.2.3"));
        combining.Request = new StudyRequest { Project = "test", Mrn = "MRN0042", AccessionNumber = "ACC0042" };
        await combining.RunToAsync("anonymize");
        Assert.Equal(2, combining.Index.Rows.Select(row => row.IdStudyUid).Distinct().Count());
        Assert.Single(combining.Index.Rows.Select(row => row.NewStudyUid).Distinct());
    }

    [Theory]
    [InlineData(7, InstanceState.Anonymized, InstanceState.Rejected)]
    [InlineData(8, InstanceState.Held, InstanceState.Held)]
    public async Task Anonymize_InstanceInTwoSourceStudies_LeavesOnce_IfItIsTheSame(byte grey, InstanceState first, InstanceState second)
    {
        SampleInstance instance = new();
        bench.Archive(instance);
        await bench.RunToAsync("fetch");
        bench.Vna.Remove(instance.SopInstanceUid);
        bench.Archive(instance with { StudyUid = "9.9", Grey = grey });
        bench.Request = bench.Request with { StudyUid = "9.9" };
        await bench.RunToAsync("fetch");

        await bench.RunAsync<ReportAnonymized>("anonymize");
        Assert.Equal([first, second], bench.Index.Rows.OrderBy(one => one.IdStudyUid, StringComparer.Ordinal).Select(one => one.State));
    }

    [Fact]
    public async Task Anonymize_WhereAnEarlierRunStopped_SettlesRepeatedInstancesAlike()
    {
        SampleInstance instance = new();
        bench.Archive(instance);
        await bench.RunToAsync("fetch");
        bench.Vna.Remove(instance.SopInstanceUid);
        bench.Archive(instance with { StudyUid = "9.9" });
        bench.Request = bench.Request with { StudyUid = "9.9" };
        await bench.RunToAsync("anonymize");
        InstanceRow[] whole = [.. bench.Index.Rows];
        bench.Index.Put(whole.Where(row => row.State == InstanceState.Rejected).Select(row => row with { State = InstanceState.Fetched, Reason = null }));

        await bench.RunAsync<ReportAnonymized>("anonymize");
        Assert.Equal(whole, bench.Index.Rows);
    }

    [Fact]
    public async Task Deliver_ProgramMakesAMistake_IsPermanent_AndNamesTheTypeOnly()
    {
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("verify");
        bench.Index.Put([Assert.Single(bench.Index.Rows) with { NewSopInstanceUid = null }]);
        ReportFailed failed = await bench.FailAsync("deliver");
        Assert.Equal(FailureKind.Permanent, failed.Failure);
        Assert.StartsWith("this program made a mistake: ArgumentNullException in ", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ResultWasChanged_IsPermanent()
    {
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("anonymize");
        Tamper();
        Assert.Equal(FailureKind.Permanent, (await bench.FailAsync("verify")).Failure);
    }

    [Fact]
    public async Task Verify_ResultStillNamesThePatient_IsHeldWithTheFinding()
    {
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("anonymize");
        InstanceRow row = Assert.Single(bench.Index.Rows);
        string leak = bench.Parts.Staging.Raw(row);
        File.Copy(leak, bench.Parts.Staging.Result(row), overwrite: true);
        bench.Index.Put([row with { OutDigest = row.RawDigest, OutBytes = row.RawBytes }]);
        ReportVerified report = await bench.RunAsync<ReportVerified>("verify");
        Assert.True(report.Findings > 0);
        InstanceRow held = Assert.Single(bench.Index.Rows);
        Assert.Equal(InstanceState.Held, held.State);
        Assert.DoesNotContain("Doe", held.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliver_ResultWasChangedAfterVerification_IsPermanent_AndLeavesNothing()
    {
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("verify");
        Tamper();
        Assert.Equal(FailureKind.Permanent, (await bench.FailAsync("deliver")).Failure);
        Assert.Empty(Delivered(bench));
        Assert.Equal(0, bench.Repository.Instances);
    }

    [Fact]
    public async Task Deliver_OneDestinationIsDown_IsTransient_AndTheRetryEndsIt()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        await bench.RunToAsync("verify");
        bench.Repository.Faults.RefuseAssociations = Dicom.AssociationRejection.LocalLimitExceeded;
        ReportFailed failed = await bench.FailAsync("deliver");
        Assert.Equal((FailureKind.Transient, new InstanceCounts(Delivered: 4)), (failed.Failure, failed.Counts));

        bench.Repository.Faults.RefuseAssociations = null;
        Assert.Equal(new InstanceCounts(Confirmed: 4), (await bench.RunAsync<ReportDelivered>("deliver")).Counts);
    }

    [Fact]
    public async Task Deliver_Twice_ChangesNothing()
    {
        bench.Archive(SampleInstance.StudyOf(2));
        await bench.RunToAsync("deliver");
        string[] before = Delivered(bench);
        bench.Reset(InstanceState.Confirmed, InstanceState.Verified);
        await bench.RunAsync<ReportDelivered>("deliver");
        Assert.Equal(before, Delivered(bench));
        Assert.Equal(4, bench.Repository.Instances);
    }

    [Fact]
    public async Task Retention_ReleasesResults_OnlyOfDeliveredStudies()
    {
        bench.Archive(new SampleInstance());
        await bench.RunToAsync("deliver");
        bench.Index.Put(PipelineBench.StudyId, StudyStatus.Delivering);
        Assert.Equal(0, await bench.Parts.Retention.SweepAsync(CancellationToken.None));
        bench.Index.Put(PipelineBench.StudyId, StudyStatus.Delivered);
        Assert.Equal(1, await bench.Parts.Retention.SweepAsync(CancellationToken.None));

        bench.Reset(InstanceState.Confirmed, InstanceState.Verified);
        Assert.Equal(FailureKind.Permanent, (await bench.FailAsync("deliver")).Failure);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => bench.DisposeAsync().AsTask();

    private static string[] Delivered(PipelineBench bench) =>
        [.. Directory.EnumerateFiles(bench.Folder.File("out"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void Tamper()
    {
        string path = bench.Parts.Staging.Result(Assert.Single(bench.Index.Rows));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
