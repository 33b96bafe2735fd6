using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>Sending into the same receivers: by C-STORE, and by C-MOVE from an archive.</summary>
internal static class SendArea
{
    private const string MoveSource = "VNA";

    public static async Task<IReadOnlyList<Table>> SendAsync(Bench bench)
    {
        string[] files = bench.Instances(bench.Options.Count, bench.Options.PixelBytes);
        string size = $"{files.Length} instances of {bench.Options.PixelBytes / 1024} KB";
        return
        [
            await ReceiveArea.ByAssociationsAsync($"Send {size} into storescp", "instances/s",
            [
                ("storescu", associations => bench.WithReceiverAsync(Receiver.Storescp, files.Length, (port, called) => Bench.StorescuAsync(files, port, called, associations))),
                ("Orthanc", associations => WithOrthancAsync(bench, files, orthanc => StoreFromOrthancAsync(orthanc, files.Length, associations))),
                ("**our user**", associations => bench.WithReceiverAsync(Receiver.Storescp, files.Length, (port, called) => Bench.OursAsync(files, port, called, associations))),
            ], bench.Options.Rounds),
            await ReceiveArea.ByAssociationsAsync($"Send {size} into a provider that drops them", "instances/s",
            [
                ("storescu", associations => bench.WithReceiverAsync(Receiver.Null, files.Length, (port, called) => Bench.StorescuAsync(files, port, called, associations))),
                ("**our user**", associations => bench.WithReceiverAsync(Receiver.Null, files.Length, (port, called) => Bench.OursAsync(files, port, called, associations))),
            ], bench.Options.Rounds),
        ];
    }

    public static async Task<IReadOnlyList<Table>> MoveAsync(Bench bench)
    {
        string[] files = bench.Instances(bench.Options.Count, bench.Options.PixelBytes);
        return
        [
            await ReceiveArea.ByAssociationsAsync($"C-MOVE of {files.Length} instances of {bench.Options.PixelBytes / 1024} KB to storescp", "instances/s",
            [
                ("Orthanc", associations => WithOrthancAsync(bench, files, orthanc => MovescuAsync(orthanc.DicomPort, files.Length, associations))),
                ("**our provider**", associations => WithSimulatorAsync(bench, files, port => MovescuAsync(port, files.Length, associations))),
            ], bench.Options.Rounds, note: "Driven by movescu: one of the patient, or one for each of the two studies."),
        ];
    }

    /// <summary>A peer that leaves Nagle's algorithm on costs 40 ms an instance; several associations win that back.</summary>
    public static async Task<IReadOnlyList<Table>> NagleAsync(Bench bench)
    {
        const int PixelBytes = 64 * 1024;
        string[] files = bench.Instances(Math.Min(bench.Options.Count, 160), PixelBytes);
        return
        [
            await ReceiveArea.ByAssociationsAsync($"A peer that leaves Nagle on: {files.Length} instances of {PixelBytes / 1024} KB by our user into storescp", "instances/s",
            [
                ("storescp with Nagle", associations => IntoStorescpAsync(bench, files, "0", associations)),
                ("storescp with TCP_NODELAY", associations => IntoStorescpAsync(bench, files, "1", associations)),
            ], bench.Options.Rounds, [1, 8, 16]),
        ];
    }

    private static async Task<double> IntoStorescpAsync(Bench bench, string[] files, string noDelay, int associations)
    {
        int port = FreePort.Next();
        string sink = bench.NewFolder();
        await using PeerProcess storescp = await PeerProcess.StartServerAsync(
            "storescp", ["-aet", "SINK", "-od", sink, "+xa", "+B", "--fork", $"{port}"], port, Bench.Deadline, environment: new Dictionary<string, string> { ["TCP_NODELAY"] = noDelay });
        await Bench.QuietAsync();
        double reached = await Bench.OursAsync(files, port, "SINK", associations);
        Require(sink, files.Length);
        return reached;
    }

    private static async Task<double> WithOrthancAsync(Bench bench, string[] files, Func<OrthancPeer, Task<double>> drive)
    {
        int port = FreePort.Next();
        string sink = bench.NewFolder();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, sink, more: "--fork");
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(bench.NewFolder(), MoveSource, new Dictionary<string, int> { ["SINK"] = port });
        await Bench.OursAsync(files, orthanc.DicomPort, MoveSource, associations: 2);
        await Bench.QuietAsync();
        double reached = await drive(orthanc);
        Require(sink, files.Length);
        return reached;
    }

    private static async Task<double> WithSimulatorAsync(Bench bench, string[] files, Func<int, Task<double>> drive)
    {
        int port = FreePort.Next();
        string sink = bench.NewFolder();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, sink, more: "--fork");
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions
        {
            AeTitle = MoveSource,
            Folder = Path.GetDirectoryName(files[0]),
            Destinations = new Dictionary<string, MoveDestination> { ["SINK"] = new("127.0.0.1", port) },
        });
        await Bench.QuietAsync();
        double reached = await drive(archive.Port);
        Require(sink, files.Length);
        return reached;
    }

    private static void Require(string sink, int files)
    {
        int there = Directory.EnumerateFiles(sink).Count();
        if (there != files)
        {
            throw new InvalidOperationException($"{there} of {files} instances arrived");
        }
    }

    private static async Task<double> MovescuAsync(int port, int files, int associations)
    {
        string[][] keys = associations == 1
            ? [["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", $"PatientID={SyntheticInstances.PatientId}"]]
            : [.. Enumerable.Range(0, associations).Select(study => (string[])["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SyntheticInstances.StudyInstanceUid(study)}"])];
        long started = Stopwatch.GetTimestamp();
        (int Code, string Output)[] ends = await Task.WhenAll(keys.Select(key => PeerProcess.RunAsync(
            "movescu", ["-aec", MoveSource, "-aem", "SINK", "127.0.0.1", $"{port}", .. key], Bench.Deadline)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ends.FirstOrDefault(end => end.Code != 0) is { Output: { } output } ? throw new InvalidOperationException($"movescu: {output}") : files / seconds;
    }

    private static async Task<double> StoreFromOrthancAsync(OrthancPeer orthanc, int files, int associations)
    {
        string[] ids = [.. (await orthanc.Http.GetFromJsonAsync<JsonArray>("/instances"))!.Select(id => (string)id!)];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, associations).Select(async share =>
        {
            using HttpResponseMessage answer = await orthanc.Http.PostAsJsonAsync("/modalities/SINK/store", new { Resources = Bench.Share(ids, share, associations), Synchronous = true }, JsonSerializerOptions.Default);
            answer.EnsureSuccessStatusCode();
        }));
        return files / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
