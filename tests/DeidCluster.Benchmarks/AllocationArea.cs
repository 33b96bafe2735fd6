using DeidCluster.Dicom;

namespace DeidCluster.Benchmarks;

/// <summary>What a received instance costs the garbage collector, by the size of its pixels.</summary>
internal static class AllocationArea
{
    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        int large = bench.Options.PixelBytes < 512 * 1024 ? 4 * 1024 * 1024 : 50 * 1024 * 1024;
        List<Row> rows = [];
        foreach ((int pixelBytes, int count) in new[] { (10 * 1024, 400), (512 * 1024, 200), (large, 8) })
        {
            rows.Add(new Row($"{pixelBytes / 1024} KB", [await AllocatedAsync(bench, pixelBytes, count) / 1024]));
        }

        return [new Table("Allocated for each received instance, durable", "KB", ["KB"], rows, "Driven by storescu; our provider in process. It must not grow with the instance.")];
    }

    private static async Task<double> AllocatedAsync(Bench bench, int pixelBytes, int count)
    {
        string[] files = bench.Instances(count, pixelBytes);
        using StorageFolder storage = StorageFolder.Open(bench.NewFolder(), new GroupSync(new LinuxFiles()));
        await using DicomListener listener = DicomListener.Start(new ListenerOptions { AeTitle = "SINK" }, storage);
        await AllocatedAsync(files, listener.EndPoint.Port); // compiles what is compiled once
        long once = await AllocatedAsync(files, listener.EndPoint.Port);
        long twice = await AllocatedAsync([.. files, .. files], listener.EndPoint.Port);
        return (twice - once) / (double)count; // an association's own buffers are in both
    }

    private static async Task<long> AllocatedAsync(string[] files, int port)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Bench.StorescuAsync(files, port, "SINK", associations: 1);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
