using System.CommandLine;
using System.Text.RegularExpressions;
using DeidCluster.Console.Dicom;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom send` and `receive` against the peers of the field.</summary>
public sealed partial class SendReceiveTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 6, ImageSize = 64 }).Ct(1, 1);

    [PeerFact("storescp")]
    public async Task Send_ToDcmtk_OverTwoAssociations_StoresEachFile_ByteByByte()
    {
        string[] files = await WriteStudyAsync();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Folder("sink"), more: "--fork");
        (int exit, string output, string error) = await RunAsync("send", "127.0.0.1", $"{port}", folder.File("in"), "--called", "SINK", "--associations", "2");
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains($"{files.Length} of {files.Length} sent", output, StringComparison.Ordinal);
        Assert.Equal(DataSets(files), DataSets(Directory.GetFiles(folder.File("sink"))));
    }

    [PeerFact("storescp")]
    public async Task Send_PeerTakesImplicitVrOnly_TranscodesEachFile()
    {
        string[] files = await WriteStudyAsync();
        int port = FreePort.Next();
        await using PeerProcess storescp = await PeerProcess.StartServerAsync(
            "storescp", ["-aet", "SINK", "-od", folder.Folder("sink"), "+xi", "+B", $"{port}"], port, Deadline);
        (int exit, string output, _) = await RunAsync("send", "127.0.0.1", $"{port}", folder.File("in"), "--called", "SINK");
        Assert.True(exit == 0, output);
        Assert.Contains("Implicit VR Little Endian", output, StringComparison.Ordinal);
        string[] received = Directory.GetFiles(folder.File("sink"));
        Assert.Equal(files.Length, received.Length);
        Assert.All(received, path =>
        {
            using DicomFile file = DicomFile.Open(path);
            Assert.Equal(Uids.ImplicitVrLittleEndian, file.TransferSyntax.Uid);
            Assert.False(string.IsNullOrEmpty(file.DataSet.GetString(Tags.Modality)));
        });
    }

    [PeerFact("Orthanc")]
    public async Task Send_ToOrthanc_WithFilesThatAreNoInstances_SendsTheOthers_AndTellsOfEach()
    {
        string[] files = await WriteStudyAsync();
        await File.WriteAllTextAsync(Path.Combine(folder.File("in"), "notes.txt"), "no image");
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.File("orthanc"), "VNA", new Dictionary<string, int>());
        (int exit, string output, _) = await RunAsync("send", "127.0.0.1", $"{orthanc.DicomPort}", folder.File("in"), folder.File("missing.dcm"), "--called", "VNA", "--associations", "3");
        Assert.Equal(ExitCode.Partly, exit);
        Assert.Contains($"{files.Length} of {files.Length + 2} sent", output, StringComparison.Ordinal);
        Assert.Contains("notes.txt: not sent", output, StringComparison.Ordinal);
        Assert.Contains("missing.dcm: not sent: there is no such file", output, StringComparison.Ordinal);
        Assert.Contains($"\"CountInstances\" : {files.Length}", await orthanc.Http.GetStringAsync("/statistics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_NobodyListens_FailsEachFile_AndEnds()
    {
        string[] files = await WriteStudyAsync();
        (int exit, string output, _) = await RunAsync("send", "127.0.0.1", $"{FreePort.Next()}", folder.File("in"), "--associations", "2");
        Assert.Equal(ExitCode.Partly, exit);
        Assert.Contains($"0 of {files.Length} sent", output, StringComparison.Ordinal);
    }

    [PeerFact("storescu", "kill")]
    public async Task Receive_FromDcmtk_KeepsEachFile_AndTellsTheCountsWhenStopped()
    {
        string[] files = await WriteStudyAsync();
        await using PeerProcess receiver = PeerProcess.Start("dotnet", ReceiverArguments());
        int port = await PortAsync(receiver);
        (int code, string output) = await PeerProcess.RunAsync("storescu", ["-aec", "ANY", "127.0.0.1", $"{port}", .. files], Deadline);
        Assert.True(code == 0, output);
        await PeerProcess.RunAsync("kill", ["-INT", $"{receiver.Id}"], Deadline);
        Assert.Equal(0, await receiver.WaitForExitAsync(Deadline));
        Assert.Contains($"{files.Length} stored", receiver.Output, StringComparison.Ordinal);
        Assert.Equal(DataSets(files), DataSets(Directory.GetFiles(folder.File("out"), "*.dcm")));
    }

    [PeerFact("storescu", "strace")]
    public async Task Receive_AsTheSystemSeesIt_FlushesFileThenNameThenFolder_BeforeEachAnswer()
    {
        string[] files = await WriteStudyAsync();
        string trace = folder.File("trace");
        PeerProcess receiver = PeerProcess.Start(
            "strace", ["-f", "-o", trace, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg", "dotnet", .. ReceiverArguments()]);
        await using (receiver)
        {
            (int code, string output) = await PeerProcess.RunAsync("storescu", ["-aec", "ANY", "127.0.0.1", $"{await PortAsync(receiver)}", .. files], Deadline);
            Assert.True(code == 0, output);
        }

        // F: a flush that succeeded. R: rename of a received file. S: something was sent; the first answers the association, the last its release.
        string events = string.Concat((await File.ReadAllLinesAsync(trace)).Select(Event));
        events = events[events.IndexOf('S', StringComparison.Ordinal)..];
        Assert.Matches($"^S(FF?RFS){{{files.Length}}}S?$", events);
        Facts.Say($"strace: {files.Length} instances, each flushed, renamed and its folder flushed before its answer ({events[1..6]}...)");
    }

    public void Dispose() => folder.Dispose();

    private static string Event(string line) =>
        line.Contains("unfinished", StringComparison.Ordinal) ? ""
        : line.Contains("fsync", StringComparison.Ordinal) && line.EndsWith("= 0", StringComparison.Ordinal) ? "F"
        : line.Contains("rename", StringComparison.Ordinal) && line.Contains(".part", StringComparison.Ordinal) && line.EndsWith("= 0", StringComparison.Ordinal) ? "R"
        : line.Contains("sendto", StringComparison.Ordinal) || line.Contains("sendmsg", StringComparison.Ordinal) ? "S"
        : "";

    private string[] ReceiverArguments() =>
        [Path.Combine(AppContext.BaseDirectory, "deid.dll"), "dicom", "receive", "--port", "0", "--out", folder.File("out")];

    private static async Task<int> PortAsync(PeerProcess receiver)
    {
        using CancellationTokenSource timeout = new(Deadline);
        while (true)
        {
            if (Listening().Match(receiver.Output) is { Success: true } line)
            {
                return int.Parse(line.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(25), timeout.Token);
        }
    }

    private async Task<string[]> WriteStudyAsync()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        return Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories);
    }

    private static string[] DataSets(IEnumerable<string> files) => [.. files.Select(path =>
    {
        using DicomFile file = DicomFile.Open(path);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path).AsSpan((int)file.DataSetOffset)));
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

    [GeneratedRegex(@"listening on 127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}
