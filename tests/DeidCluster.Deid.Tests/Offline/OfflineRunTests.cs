using System.Security.Cryptography;
using System.Text;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Offline;

public sealed class OfflineRunTests : IDisposable
{
    private const string KeyText = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Shifting = "dates: {policy: shift}\npseudonym: {prefix: P-}\npixels: [{modalities: [US], keep-ultrasound-regions-only: true}]";

    private readonly TestFolder folder = new();
    private readonly SampleStudies samples = new(new SampleOptions { ImagesPerSeries = 2, ImageSize = 32 });

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(Shifting)]
    public async Task Run_SampleStudies_LeaveWithoutAnyPlantedIdentifier(string project)
    {
        SampleStudy[] studies = [samples.Ct(1, 1), samples.Mr(1, 2), samples.Dx(2, 1), samples.Us(3, 1)];
        await WriteAsync(studies);

        OfflineReport report = await RunAsync(project);

        OfflineFile[] notDone = [.. report.Files.Where(file => file.Outcome != OfflineOutcome.Done)];
        Assert.All(notDone, file => Assert.Contains("burned-in", file.Reason, StringComparison.Ordinal));
        Assert.Equal(studies.Sum(study => study.Instances.Count), report.Files.Count);
        Assert.True(report.Count(OfflineOutcome.Done) > report.Files.Count / 2);
        string[] planted = [.. studies.SelectMany(study => study.PlantedIdentifiers).Distinct()];
        foreach (string path in Outputs())
        {
            string bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
            Assert.DoesNotContain(planted, identifier => bytes.Contains(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(identifier)), StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Run_TwiceWithItsMapping_GivesTheSameBytes_EvenAfterThePrefixChanged()
    {
        await WriteAsync(samples.Ct(1, 1));
        await RunAsync("pseudonym: {prefix: A-}", mapping: true);
        SortedDictionary<string, string> first = Digests();
        Directory.Delete(folder.File("out"), recursive: true);
        await RunAsync("pseudonym: {prefix: B-}", mapping: true);
        Assert.NotEmpty(first);
        Assert.Equal(first, Digests());
    }

    [Fact]
    public async Task Run_NamesResultsByNewUids_OrKeepsPaths()
    {
        await WriteAsync(samples.Ct(1, 1));
        OfflineReport byUid = await RunAsync("");
        Assert.All(byUid.Files, file => Assert.StartsWith("2.25.", file.Output, StringComparison.Ordinal));
        Directory.Delete(folder.File("out"), recursive: true);
        OfflineReport byPath = await RunAsync("", keepPaths: true);
        Assert.All(byPath.Files, file => Assert.Equal(file.Input, file.Output));
        Assert.Equal(byPath.Files.Count, Outputs().Length);
    }

    [Fact]
    public async Task Run_TwoSubjectsInOneStudy_AreHeld()
    {
        SampleStudy study = samples.Ct(1, 1);
        study.Instances[0].DataSet.SetString(Tags.PatientID, "SOMEBODY-ELSE");
        await WriteAsync(study);
        OfflineReport report = await RunAsync("");
        Assert.All(report.Files, file => Assert.Equal((OfflineOutcome.Held, "its study has instances of two subjects"), (file.Outcome, file.Reason)));
        Assert.Empty(Outputs());
    }

    [Fact]
    public async Task Run_SameInstanceTwice_IsADuplicate_AndWithOtherBytesBothAreHeld()
    {
        SampleInstance instance = samples.Ct(1, 1).Instances[0];
        Write("a.dcm", instance);
        Write("b.dcm", instance);
        Assert.Equal([OfflineOutcome.Done, OfflineOutcome.Duplicate], (await RunAsync("")).Files.Select(file => file.Outcome));
        instance.DataSet.SetString(Tags.SeriesNumber, "999");
        Write("b.dcm", instance);
        Assert.Equal([OfflineOutcome.Held, OfflineOutcome.Held], (await RunAsync("")).Files.Select(file => file.Outcome));
    }

    [Fact]
    public async Task Run_MalformedFile_IsRejectedWithItsOffset()
    {
        Write("a.dcm", samples.Ct(1, 1).Instances[0]);
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(folder.File("in"), "a.dcm"));
        await File.WriteAllBytesAsync(Path.Combine(folder.File("in"), "a.dcm"), bytes[..^100]);
        await File.WriteAllTextAsync(Path.Combine(folder.File("in"), "b.txt"), "no image");
        OfflineReport report = await RunAsync("");
        Assert.All(report.Files, file => Assert.Equal(OfflineOutcome.Rejected, file.Outcome));
        Assert.Matches("at byte [0-9]+", report.Files[0].Reason);
        Assert.False(report.AllDone);
    }

    [Fact]
    public async Task Run_SeriesTooSmall_IsRejected()
    {
        Write("a.dcm", samples.Ct(1, 1).Instances[0]);
        OfflineReport report = await RunAsync("select: {min-instances-per-series: 2}");
        Assert.Equal("its series has fewer than 2 instances", Assert.Single(report.Files).Reason);
    }

    [Fact]
    public async Task Run_OutputInsideInput_IsRefused()
    {
        folder.Folder("in");
        OfflineRun run = new(Options("", mapping: false, keepPaths: false) with { OutputFolder = Path.Combine(folder.File("in"), "out") }, TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(() => run.RunAsync(null, CancellationToken.None));
    }

    [SamplesFact]
    public async Task Run_RealFiles_LeaveWithoutTheirIdentifiers()
    {
        OfflineOptions options = Options(Shifting, mapping: false, keepPaths: true) with { Inputs = [SamplesFactAttribute.Folder!] };
        OfflineReport report = await new OfflineRun(options, TimeProvider.System).RunAsync(null, CancellationToken.None);

        Assert.True(report.Count(OfflineOutcome.Done) > 50);
        Assert.All(report.Files.Where(file => file.Outcome != OfflineOutcome.Done), file => Assert.False(string.IsNullOrEmpty(file.Reason)));
        foreach (OfflineFile file in report.Files.Where(file => file.Output is not null))
        {
            using DicomFile source = DicomFile.Open(Path.Combine(SamplesFactAttribute.Folder!, file.Input));
            string bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(folder.File("out"), file.Output!)));
            foreach (Tag tag in new[] { Tags.SOPInstanceUID, Tags.SeriesInstanceUID, Tags.StudyInstanceUID, Tags.FrameOfReferenceUID })
            {
                Assert.False(source.DataSet.GetString(tag) is { Length: > 0 } uid && bytes.Contains(uid, StringComparison.Ordinal), $"{file.Input}: {tag}");
            }
        }

        Facts.Say(
            $"sample folder de-identified: {report.Files.Count} files, {report.Count(OfflineOutcome.Done)} done and free of their source's UIDs, " +
            $"{report.Count(OfflineOutcome.Rejected)} rejected, {report.Count(OfflineOutcome.Held)} held, each with its reason");
    }

    private async Task<OfflineReport> RunAsync(string project, bool mapping = false, bool keepPaths = false) =>
        await new OfflineRun(Options(project, mapping, keepPaths), TimeProvider.System).RunAsync(null, CancellationToken.None);

    private OfflineOptions Options(string project, bool mapping, bool keepPaths) => new()
    {
        Project = ProjectFile.Parse(Make.ProjectText(project), "a.yaml"),
        Key = ProjectKey.Parse(KeyText, "test"),
        Inputs = [folder.File("in")],
        OutputFolder = folder.File("out"),
        MappingFolder = mapping ? folder.File("mapping") : null,
        KeepPaths = keepPaths,
        Threads = 2,
    };

    private async Task WriteAsync(params SampleStudy[] studies)
    {
        for (int i = 0; i < studies.Length; i++)
        {
            await studies[i].WriteToAsync(folder.Folder(Path.Combine("in", $"{i}")), CancellationToken.None);
        }
    }

    private void Write(string name, SampleInstance instance)
    {
        using SegmentList file = instance.ToFile();
        File.WriteAllBytes(Path.Combine(folder.Folder("in"), name), file.ToArray());
    }

    private string[] Outputs() => Directory.Exists(folder.File("out")) ? Directory.GetFiles(folder.File("out"), "*", SearchOption.AllDirectories) : [];

    private SortedDictionary<string, string> Digests() => new(Outputs().ToDictionary(
        path => Path.GetRelativePath(folder.File("out"), path),
        path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))), StringComparer.Ordinal);
}
