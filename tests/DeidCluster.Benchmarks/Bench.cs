using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>A run's folder and what several areas need: instances to send, senders, receivers.</summary>
internal sealed class Bench(BenchOptions options) : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Instances that a provider takes before the clock starts.</summary>
    private const int WarmingSmall = 200;
    private const int WarmingLarge = 30;
    private const int WarmingSmallPixelBytes = 10 * 1024;
    private const int WarmingLargePixelBytes = 512 * 1024;

    /// <summary>How many times as many small ones one of ours takes, which compiles itself while it runs: providers run for months, and that is over after seconds.</summary>
    private const int CompilingTimes = 12;

    private readonly TestFolder folder = new();
    private readonly Dictionary<(int, int), string[]> instances = [];
    private int numbers;

    public BenchOptions Options => options;

    /// <summary>The executable `deid` as its users start it, which bench.sh names; else the one that was built with this one.</summary>
    public static string Deid { get; } = Environment.GetEnvironmentVariable("DEID_APP") ?? Path.Combine(AppContext.BaseDirectory, "deid.dll");

    /// <summary>Peers that are measured and not there.</summary>
    public static IReadOnlyList<string> MissingPeers() =>
        [.. new[] { "storescp", "storescu", "movescu", "dcmdump", "dcmodify", "gdcmscanner", "gdcmanon", "Orthanc", "curl" }.Where(tool => PeerProcess.Find(tool) is null)];

    /// <summary>A folder of the run that is new and empty.</summary>
    public string NewFolder() => folder.Folder($"{++numbers}");

    /// <summary>Instances of a size, written once a run.</summary>
    public string[] Instances(int count, int pixelBytes)
    {
        if (!instances.TryGetValue((count, pixelBytes), out string[]? paths))
        {
            instances[(count, pixelBytes)] = paths = SyntheticInstances.Write(NewFolder(), count, pixelBytes);
        }

        return paths;
    }

    /// <summary>Every <paramref name="shares"/>-th file of <paramref name="files"/>, for one of several senders.</summary>
    public static string[] Share(string[] files, int share, int shares) => [.. files.Where((_, at) => at % shares == share)];

    /// <summary>Runs DCMTK's storescu over so many associations; instances a second.</summary>
    public static async Task<double> StorescuAsync(string[] files, int port, string called, int associations)
    {
        long started = Stopwatch.GetTimestamp();
        (int Code, string Output)[] ends = await Task.WhenAll(Enumerable.Range(0, Math.Min(associations, files.Length)).Select(share => PeerProcess.RunAsync(
            "storescu", ["-aec", called, "127.0.0.1", $"{port}", .. Share(files, share, associations)], Deadline)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ends.FirstOrDefault(end => end.Code != 0) is { Output: { } output } ? throw new InvalidOperationException($"storescu: {output}") : files.Length / seconds;
    }

    /// <summary>Sends with our own user, <paramref name="window"/> operations at a time on each association where the peer grants them; instances a second.</summary>
    public static async Task<double> OursAsync(string[] files, int port, string called, int associations, ushort window = 1)
    {
        long started = Stopwatch.GetTimestamp();
        AssociationOptions peer = new() { Host = "127.0.0.1", Port = port, CallingAeTitle = "BENCH", CalledAeTitle = called, OperationsMax = window, PresentationContexts = [] };
        await foreach (SentFile file in new FileSender(peer, associations).SendAsync(files, CancellationToken.None))
        {
            if (file.Outcome != SendOutcome.Sent)
            {
                throw new InvalidOperationException($"{file.Outcome}: {file.Problem}");
            }
        }

        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>
    /// Starts a receiver, lets it take some instances that are not counted, drives it, checks that it has everything, and ends it; what
    /// <paramref name="drive"/> reached. What others left to be written is written before.
    /// </summary>
    public async Task<double> WithReceiverAsync(Receiver receiver, int files, Func<int, string, Task<double>> drive)
    {
        await using IReceiver running = await StartAsync(receiver, NewFolder());
        await WarmAsync(running.Port, receiver is Receiver.Deid ? CompilingTimes : 1);
        await QuietAsync();
        double reached = await drive(running.Port, "SINK");
        await running.RequireAsync(files);
        return reached;
    }

    /// <summary>Sends instances that are not counted.</summary>
    private async Task WarmAsync(int port, int times)
    {
        for (int time = 0; time < (options.IsQuick ? 1 : times); time++)
        {
            await OursAsync(Instances(options.IsQuick ? 1 : WarmingSmall, WarmingSmallPixelBytes), port, "SINK", associations: 2);
        }

        await OursAsync(Instances(options.IsQuick ? 1 : WarmingLarge, WarmingLargePixelBytes), port, "SINK", associations: 2);
    }

    /// <summary>Lets the system write what it owes, so that nobody pays for who came before.</summary>
    public static async Task QuietAsync() => await PeerProcess.RunAsync("sync", [], Deadline);

    public void Dispose() => folder.Dispose();

    private static async Task<IReceiver> StartAsync(Receiver receiver, string sink) => receiver switch
    {
        Receiver.Storescp => await ProcessReceiver.StorescpAsync(sink),
        Receiver.Orthanc => await OrthancReceiver.StartAsync(sink),
        Receiver.Deid => await ProcessReceiver.DeidAsync(sink),
        Receiver.Null => new NullReceiver(),
        _ => throw new ArgumentOutOfRangeException(nameof(receiver)),
    };
}
