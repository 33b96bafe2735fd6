using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>DICOMweb: our user with Orthanc as the server, and our provider beside Orthanc.</summary>
internal static class WebArea
{
    private const int InstancesOfARequest = 10;
    private const int BufferBytes = 256 * 1024;

    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        string[] files = bench.Instances(bench.Options.Count, bench.Options.PixelBytes);
        string size = $"{files.Length} instances of {bench.Options.PixelBytes / 1024} KB";
        return
        [
            await ReceiveArea.ByAssociationsAsync($"WADO-RS of {size}, to files", "instances/s",
            [
                ("Orthanc to curl", _ => FilledAsync(bench, files, orthanc => CurlAsync(bench, Root(orthanc), files.Length))),
                ("Orthanc to **our user**", _ => FilledAsync(bench, files, orthanc => RetrieveAsync(bench, Root(orthanc), files.Length))),
                ("**our provider** to curl", _ => WithOursAsync(Path.GetDirectoryName(files[0])!, root => CurlAsync(bench, root, files.Length))),
            ], bench.Options.Rounds, [2], "Two studies at a time. curl keeps the multipart answer as one file; ours writes a file for each instance. Nobody flushes."),
            await ReceiveArea.ByAssociationsAsync($"STOW-RS of {size}", "instances/s",
            [
                ("storescu to Orthanc (C-STORE, for comparison)", associations => EmptyAsync(bench, orthanc => Bench.StorescuAsync(files, orthanc.DicomPort, "SINK", associations))),
                ("**our user** to Orthanc", connections => EmptyAsync(bench, orthanc => StoreAsync(bench, Root(orthanc), files, connections))),
                ("our user to **our provider, durable**", connections => WithOursAsync(bench.NewFolder(), root => StoreAsync(bench, root, files, connections))),
            ], bench.Options.Rounds, note: $"{InstancesOfARequest} instances in a request. Our user has spoken to the server before, and knows whether it answers 100-continue. Orthanc does not flush."),
        ];
    }

    private static Uri Root(OrthancPeer orthanc) => new(orthanc.Http.BaseAddress!, "dicom-web");

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

    private static async Task<double> WithOursAsync(string folder, Func<Uri, Task<double>> drive)
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "SINK", Folder = folder });
        Uri root = await archive.StartWebAsync(CancellationToken.None);
        await Bench.QuietAsync();
        return await drive(root);
    }

    private static async Task<double> CurlAsync(Bench bench, Uri root, int files)
    {
        string sink = bench.NewFolder();
        long started = Stopwatch.GetTimestamp();
        (int Code, string Output)[] ends = await Task.WhenAll(Enumerable.Range(0, SyntheticInstances.Studies).Select(study => PeerProcess.RunAsync(
            "curl", ["-sS", "-f", "-H", "Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*", "-o", Path.Combine(sink, $"{study}"),
                $"{root}/studies/{SyntheticInstances.StudyInstanceUid(study)}"], Bench.Deadline)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ends.All(end => end.Code == 0) ? files / seconds : throw new InvalidOperationException($"curl: {ends[0].Output}");
    }

    private static async Task<double> RetrieveAsync(Bench bench, Uri root, int files)
    {
        string sink = bench.NewFolder();
        int taken = 0;
        long started = Stopwatch.GetTimestamp();
        using DicomWebClient client = new(new DicomWebOptions { Root = root });
        await Task.WhenAll(Enumerable.Range(0, SyntheticInstances.Studies).Select(study => Task.Run(async () =>
        {
            byte[] buffer = new byte[BufferBytes];
            await using DicomWebParts parts = await client.RetrieveAsync(DicomWebResource.Study(SyntheticInstances.StudyInstanceUid(study)), CancellationToken.None);
            await foreach (MultipartPart part in parts)
            {
                await using FileStream file = new(Path.Combine(sink, $"{Interlocked.Increment(ref taken)}.dcm"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
                while (await part.Body.ReadAsync(buffer) is int read and > 0)
                {
                    file.Write(buffer, 0, read); // fills the page cache, as curl does: faster than a change of threads
                }
            }
        })));
        return taken == files ? files / Stopwatch.GetElapsedTime(started).TotalSeconds : throw new InvalidOperationException($"{taken} of {files} instances came");
    }

    private static async Task<double> StoreAsync(Bench bench, Uri root, string[] files, int connections)
    {
        using DicomWebClient client = new(new DicomWebOptions { Root = root });
        await StoreAsync(client, bench.Instances(Math.Min(files.Length, 2 * InstancesOfARequest), bench.Options.PixelBytes), 1);
        await Bench.QuietAsync();
        long started = Stopwatch.GetTimestamp();
        await StoreAsync(client, files, connections);
        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static Task StoreAsync(DicomWebClient client, string[] files, int connections) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(share => Task.Run(async () =>
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
}
