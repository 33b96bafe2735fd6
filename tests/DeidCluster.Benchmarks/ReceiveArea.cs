namespace DeidCluster.Benchmarks;

/// <summary>Receiving: everybody is driven by the same senders.</summary>
internal static class ReceiveArea
{
    private static readonly int[] Associations = [1, 2];

    private const int SmallPixelBytes = 10 * 1024;

    public static Task<IReadOnlyList<Table>> RunAsync(Bench bench) => RunAsync(bench, bench.Options.PixelBytes);

    /// <summary>Instances so small that round trips and flushes count.</summary>
    public static Task<IReadOnlyList<Table>> SmallAsync(Bench bench) => RunAsync(bench, SmallPixelBytes);

    /// <summary>Our user and our provider: several operations outstanding on one association (PS3.7 D.3.3.3), which no peer here grants.</summary>
    public static async Task<IReadOnlyList<Table>> WindowAsync(Bench bench)
    {
        List<Table> tables = [];
        foreach (int pixelBytes in new[] { SmallPixelBytes, bench.Options.PixelBytes })
        {
            string[] files = bench.Instances(bench.Options.Count, pixelBytes);
            (string Name, Func<int, Task<double>> Run) Window(string name, ushort window) =>
                (name, associations => ReceiveAsync(bench, Receiver.Deid, files, (port, called, count) => Bench.OursAsync(files, port, called, count, window), associations));
            tables.Add(await ByAssociationsAsync($"Receive {files.Length} instances of {pixelBytes / 1024} KB, our user to our provider, durable", "instances/s",
            [
                Window("one operation at a time", 1),
                Window("**a window of 8 operations**", 8),
            ], bench.Options.Rounds, [1]));
        }

        return tables;
    }

    private static async Task<IReadOnlyList<Table>> RunAsync(Bench bench, int pixelBytes)
    {
        string[] files = bench.Instances(bench.Options.Count, pixelBytes);
        string size = $"{files.Length} instances of {pixelBytes / 1024} KB";
        return
        [
            await DrivenAsync(bench, files, $"Receive {size}, driven by storescu", (port, called, associations) => Bench.StorescuAsync(files, port, called, associations)),
            await DrivenAsync(bench, files, $"Receive {size}, driven by our user", (port, called, associations) => Bench.OursAsync(files, port, called, associations), withOrthanc: false),
        ];
    }

    private static async Task<Table> DrivenAsync(Bench bench, string[] files, string title, Func<int, string, int, Task<double>> drive, bool withOrthanc = true)
    {
        List<(string Name, Func<int, Task<double>> Run)> contenders =
        [
            ("storescp +B (not durable)", associations => ReceiveAsync(bench, Receiver.Storescp, files, drive, associations)),
            ("**deid, durable**", associations => ReceiveAsync(bench, Receiver.Deid, files, drive, associations)),
            ("raw TCP to files (not durable)", associations => RawAsync(bench, files, associations, durable: false)),
            ("raw TCP to files, durable", associations => RawAsync(bench, files, associations, durable: true)),
        ];
        if (withOrthanc)
        {
            contenders.Insert(1, ("Orthanc (not durable)", associations => ReceiveAsync(bench, Receiver.Orthanc, files, drive, associations)));
        }

        return await ByAssociationsAsync(title, "instances/s", contenders, bench.Options.Rounds);
    }

    /// <summary>A column for each number of associations.</summary>
    public static async Task<Table> ByAssociationsAsync(
        string title, string unit, IReadOnlyList<(string Name, Func<int, Task<double>> Run)> contenders, int rounds, int[]? columns = null, string note = "")
    {
        columns ??= Associations;
        List<IReadOnlyList<double>> medians = [];
        foreach (int associations in columns)
        {
            await System.Console.Error.WriteLineAsync($"{title}, {associations}:");
            medians.Add(await Table.MediansAsync([.. contenders.Select(contender => new Contender(contender.Name, () => contender.Run(associations)))], rounds));
        }

        return new Table(title, unit, [.. columns.Select(count => count == 1 ? "1 association" : $"{count} associations")],
            [.. contenders.Select((contender, at) => new Row(contender.Name, [.. medians.Select(column => column[at])]))], note);
    }

    private static Task<double> ReceiveAsync(Bench bench, Receiver receiver, string[] files, Func<int, string, int, Task<double>> drive, int associations) =>
        bench.WithReceiverAsync(receiver, files.Length, (port, called) => drive(port, called, associations));

    private static async Task<double> RawAsync(Bench bench, string[] files, int connections, bool durable)
    {
        await Bench.QuietAsync();
        return await RawCopy.OverTcpAsync(files, bench.NewFolder(), connections, durable);
    }
}
