using System.CommandLine;
using System.Text.Json;
using DeidCluster.Console.Dicom;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom find`, `get`, `move` and `commit` against the peers of the field.</summary>
public sealed class QueryRetrieveVerbTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 3, ImageSize = 64 }).Ct(1, 1);

    [PeerFact("Orthanc", "storescp")]
    public async Task FindGetMoveAndCommit_WithOrthanc_DoWhatTheySay()
    {
        int sinkPort = FreePort.Next();
        int reportPort = FreePort.Next();
        await using PeerProcess sink = await DcmtkPeer.StoreScpAsync(sinkPort, folder.Folder("moved"));
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.File("orthanc"), "VNA", new Dictionary<string, int> { ["SINK"] = sinkPort, ["DEID"] = reportPort });
        IReadOnlyList<string> files = await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        foreach (string path in files)
        {
            await orthanc.UploadAsync(await File.ReadAllBytesAsync(path));
        }

        string[] peer = ["127.0.0.1", $"{orthanc.DicomPort}", "--called", "VNA"];
        string key = $"StudyInstanceUID={study.StudyInstanceUid}";

        (int exit, string output, string error) = await RunAsync(["find", .. peer, "-k", $"PatientID={study.Patient.PatientId}", "-k", "ModalitiesInStudy", "-k", "NumberOfStudyRelatedInstances"]);
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains(study.StudyInstanceUid, output, StringComparison.Ordinal);
        Assert.Contains("1 match", output, StringComparison.Ordinal);

        (exit, output, _) = await RunAsync(["find", .. peer, "--json", "--level", "SERIES", "-k", key, "-k", "Modality"]);
        Assert.Equal(0, exit);
        Assert.Equal(study.Instances.Select(instance => instance.SeriesInstanceUid).Distinct().Count(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using (JsonDocument first = JsonDocument.Parse(output.Split('\n')[0]))
        {
            Assert.Equal("UI", first.RootElement.GetProperty("0020000E").GetProperty("vr").GetString());
        }

        (exit, output, error) = await RunAsync(["get", .. peer, "-k", key, "--out", folder.File("got")]);
        Assert.True(exit == 0, output + error);
        Assert.Contains($"{files.Count} completed, 0 with a warning, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(Instances(files), Instances(Directory.GetFiles(folder.File("got"), "*.dcm")));

        (exit, output, error) = await RunAsync(["move", .. peer, "-k", key, "--to", "SINK"]);
        Assert.True(exit == 0, output + error);
        Assert.Contains("0000 Success: Success", output, StringComparison.Ordinal);
        Assert.Equal(files.Count, Directory.GetFiles(folder.File("moved")).Length);

        (exit, output, error) = await RunAsync(["move", .. peer, "-k", key, "--to", "NOWHERE"]);
        Assert.Equal(ExitCode.Partly, exit);

        (exit, output, error) = await RunAsync(["commit", .. peer, files[0], files[1], "--listen", $"{reportPort}"]);
        Assert.True(exit == 0, output + error);
        Assert.Contains("2 of 2 committed", output, StringComparison.Ordinal);
    }

    [PeerFact("dcmqrscp")]
    public async Task Get_FromDcmqrscp_ProposesWhatTheQueryFound()
    {
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Folder("archive"), "ARCHIVE", new Dictionary<string, int> { ["DEST"] = FreePort.Next() });
        IReadOnlyList<string> files = await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        string[] peer = ["127.0.0.1", $"{port}", "--called", "ARCHIVE"];
        (int exit, string output, string error) = await RunAsync(["send", .. peer, folder.File("in")]);
        Assert.True(exit == 0, output + error);
        (exit, output, error) = await RunAsync(["get", .. peer, "-k", $"StudyInstanceUID={study.StudyInstanceUid}", "--out", folder.File("got")]);
        Assert.True(exit == 0, output + error);
        Assert.Equal(Instances(files), Instances(Directory.GetFiles(folder.File("got"), "*.dcm")));
    }

    [Fact]
    public async Task Commit_WithAnArchiveThatHasLessThanAsked_TellsOfEach()
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        IReadOnlyList<string> files = await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        archive.AddFile(files[0]);
        (int exit, string output, _) = await RunAsync("commit", "127.0.0.1", $"{archive.Port}", "--called", "ARCHIVE", files[0], files[1]);
        Assert.Equal(ExitCode.Partly, exit);
        Assert.Contains("1 of 2 committed", output, StringComparison.Ordinal);
        Assert.Contains("0112 No such SOP instance", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PatientNam=DOE", "is no keyword or tag of the standard")]
    [InlineData("Rows=x", "takes a number")]
    public async Task Find_WithAKeyThatIsNone_IsRefusedBeforeAnythingIsSent(string key, string problem)
    {
        (int exit, _, string error) = await RunAsync("find", "127.0.0.1", "1", "-k", key);
        Assert.Equal(ExitCode.Failed, exit);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static string[] Instances(IEnumerable<string> files) => [.. files.Select(path =>
    {
        using DicomFile file = DicomFile.Open(path);
        return file.DataSet.GetString(Tags.SOPInstanceUID)!;
    }).Order(StringComparer.Ordinal)];

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        StringWriter output = new();
        StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, ["dicom", .. args], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
