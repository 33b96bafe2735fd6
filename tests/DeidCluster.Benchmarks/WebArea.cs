using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>DICOMweb with Orthanc as the server.</summary>
internal static class WebArea
{
    private const int InstancesOfARequest = 50;

    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        string[] files = bench.Instances(bench.Options.Count, bench.Options.PixelBytes);
        string size = $"{files.Length} instances of {bench.Options.PixelBytes / 1024} KB";
        return
        [
            await ReceiveArea.ByAssociationsAsync($"WADO-RS of {size} from Orthanc", "instances/s",
            [
                ("curl to files", _ => FilledAsync(bench, files, orthanc => CurlAsync(bench, orthanc, files.Length))),
                ("**our user, to files**", _ => FilledAsync(bench, files, orthanc => RetrieveAsync(bench, orthanc, files.Length))),
            ], bench.Options.Rounds, [2], "Two studies at a time. curl keeps the multipart answer as one file; ours writes a file for each instance."),
            await ReceiveArea.ByAssociationsAsync($"STOW-RS of {size} into Orthanc", "instances/s",
            [
                ("storescu, for comparison", associations => EmptyAsync(bench, orthanc => Bench.StorescuAsync(files, orthanc.DicomPort, "SINK", associations))),
                ("**our user**", associations => EmptyAsync(bench, orthanc => StoreAsync(orthanc, files, associations))),
            ], bench.Options.Rounds),
        ];
    }

    private static async Task<double> FilledAsync(Bench bench, string[] files, Func<OrthancPeer, Task<double>> drive) =>
        await EmptyAsync(bench, async orthanc =>
        {
            await Bench.OursAsync(files, orthanc.DicomPort, "SINK", associations: 2);
            await Bench.QuietAsync();
            return await drive(orthanc);
        });

    private static async Task<double> EmptyAsync(Bench bench, Func<OrthancPeer, Task<double>> drive)
    {
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(bench.NewFolder(), "SINK", new Dictionary<string, int>());
        return await drive(orthanc);
    }

    private static async Task<double> CurlAsync(Bench bench, OrthancPeer orthanc, int files)
    {
        string sink = bench.NewFolder();
        long started = Stopwatch.GetTimestamp();
        (int Code, string Output)[] ends = await Task.WhenAll(Enumerable.Range(0, SyntheticInstances.Studies).Select(study => PeerProcess.RunAsync(
            "curl", ["-sS", "-f", "-H", "Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*", "-o", Path.Combine(sink, $"{study}"),
                $"{orthanc.Http.BaseAddress}dicom-web/studies/{SyntheticInstances.StudyInstanceUid(study)}"], Bench.Deadline)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ends.All(end => end.Code == 0) ? files / seconds : throw new InvalidOperationException($"curl: {ends[0].Output}");
    }

    private static async Task<double> RetrieveAsync(Bench bench, OrthancPeer orthanc, int files)
    {
        string sink = bench.NewFolder();
        int taken = 0;
        long started = Stopwatch.GetTimestamp();
        using DicomWebClient client = Client(orthanc);
        await Task.WhenAll(Enumerable.Range(0, SyntheticInstances.Studies).Select(study => Task.Run(async () =>
        {
            await using DicomWebParts parts = await client.RetrieveAsync(DicomWebResource.Study(SyntheticInstances.StudyInstanceUid(study)), CancellationToken.None);
            await foreach (MultipartPart part in parts)
            {
                await using Stream file = new LinuxFiles().Create(Path.Combine(sink, $"{Interlocked.Increment(ref taken)}.dcm"));
                await part.Body.CopyToAsync(file);
            }
        })));
        return taken == files ? files / Stopwatch.GetElapsedTime(started).TotalSeconds : throw new InvalidOperationException($"{taken} of {files} instances came");
    }

    private static async Task<double> StoreAsync(OrthancPeer orthanc, string[] files, int connections)
    {
        long started = Stopwatch.GetTimestamp();
        using DicomWebClient client = Client(orthanc);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(share => Task.Run(async () =>
        {
            foreach (string[] chunk in Bench.Share(files, share, connections).Chunk(InstancesOfARequest))
            {
                StoreOutcome outcome = await client.StoreAsync([.. chunk.Select(OutgoingInstance.OfFile)], CancellationToken.None);
                if (!outcome.IsComplete)
                {
                    throw new InvalidOperationException($"STOW-RS: {outcome}");
                }
            }
        })));
        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static DicomWebClient Client(OrthancPeer orthanc) => new(new DicomWebOptions { Root = new Uri(orthanc.Http.BaseAddress!, "dicom-web") });
}
