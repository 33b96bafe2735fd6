using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>C-GET: from Orthanc and from our provider, by getscu and by our user.</summary>
internal static class GetArea
{
    private const string Source = "SINK";

    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        string[] files = bench.Instances(bench.Options.Count, bench.Options.PixelBytes);
        return
        [
            await ReceiveArea.ByAssociationsAsync($"C-GET of {files.Length} instances of {bench.Options.PixelBytes / 1024} KB", "instances/s",
            [
                ("Orthanc to getscu +B", associations => FromOrthancAsync(bench, files, port => GetscuAsync(bench, port, files.Length, associations))),
                ("**our provider** to getscu +B", associations => FromOursAsync(files, port => GetscuAsync(bench, port, files.Length, associations))),
                ("Orthanc to **our user, durable**", associations => FromOrthancAsync(bench, files, port => OursAsync(bench, port, files.Length, associations))),
                ("**our provider** to **our user, durable**", associations => FromOursAsync(files, port => OursAsync(bench, port, files.Length, associations))),
            ], bench.Options.Rounds, note: "One association asks for the patient, or one for each of the two studies."),
        ];
    }

    private static async Task<double> FromOrthancAsync(Bench bench, string[] files, Func<int, Task<double>> drive)
    {
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(bench.NewFolder(), Source, new Dictionary<string, int>());
        await Bench.OursAsync(files, orthanc.DicomPort, Source, associations: 2);
        await Bench.QuietAsync();
        return await drive(orthanc.DicomPort);
    }

    private static async Task<double> FromOursAsync(string[] files, Func<int, Task<double>> drive)
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = Source, Folder = Path.GetDirectoryName(files[0]) });
        await Bench.QuietAsync();
        return await drive(archive.Port);
    }

    private static async Task<double> GetscuAsync(Bench bench, int port, int files, int associations)
    {
        string sink = bench.NewFolder();
        string[][] keys = associations == 1
            ? [["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", $"PatientID={SyntheticInstances.PatientId}"]]
            : [.. Enumerable.Range(0, associations).Select(study => (string[])["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", $"StudyInstanceUID={SyntheticInstances.StudyInstanceUid(study)}"])];
        long started = Stopwatch.GetTimestamp();
        (int Code, string Output)[] ends = await Task.WhenAll(keys.Select(key => PeerProcess.RunAsync(
            "getscu", ["-aec", Source, "+B", "-od", sink, "127.0.0.1", $"{port}", .. key], Bench.Deadline)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        int there = Directory.EnumerateFiles(sink).Count();
        return ends.All(end => end.Code == 0) && there == files ? files / seconds : throw new InvalidOperationException($"getscu: {there} of {files} came: {ends[0].Output}");
    }

    private static async Task<double> OursAsync(Bench bench, int port, int files, int associations)
    {
        using StorageFolder storage = StorageFolder.Open(bench.NewFolder(), new GroupSync(new LinuxFiles()));
        string model = associations == 1 ? Uids.PatientRootQueryRetrieveInformationModelGet : Uids.StudyRootQueryRetrieveInformationModelGet;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, associations).Select(study => Task.Run(async () =>
        {
            AssociationOptions options = new()
            {
                Host = "127.0.0.1", Port = port, CallingAeTitle = "BENCH", CalledAeTitle = Source,
                PresentationContexts = GetContexts.For(model, [Uids.CtImageStorage]),
            };
            DataSet identifier = new();
            identifier.SetString(Tags.QueryRetrieveLevel, associations == 1 ? "PATIENT" : "STUDY");
            identifier.SetString(associations == 1 ? Tags.PatientID : Tags.StudyInstanceUID, associations == 1 ? SyntheticInstances.PatientId : SyntheticInstances.StudyInstanceUid(study));
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(options, CancellationToken.None);
            await association.GetAsync(model, identifier, storage.StoreAsync, progress: null, CancellationToken.None);
            await association.ReleaseAsync(CancellationToken.None);
        })));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return storage.Stored == files ? files / seconds : throw new InvalidOperationException($"{storage.Stored} of {files} instances came");
    }
}
