using System.Globalization;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// A simulated archive in a process of its own, which is told what to do line by line. It counts its associations itself, has no more of them
/// than its limit, and ends those on which nothing happens.
/// </summary>
internal sealed class ArchiveProcess : IAsyncDisposable
{
    /// <summary>The most associations that it has at a time.</summary>
    public const int AssociationsMax = 2;

    /// <summary>After so long it ends an association on which nothing happens.</summary>
    public const int IdleTimeoutSeconds = 2;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(30);

    private readonly PeerProcess process;
    private int questions;

    private ArchiveProcess(PeerProcess process, string aeTitle, int port) => (this.process, AeTitle, Port) = (process, aeTitle, port);

    /// <summary>Its AE title.</summary>
    public string AeTitle { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Starts one that holds its share of a cohort of <paramref name="studies"/> studies.</summary>
    public static async Task<ArchiveProcess> StartAsync(string aeTitle, int studies)
    {
        PeerProcess process = PeerProcess.Start("dotnet", [typeof(ArchiveProcess).Assembly.Location, aeTitle, $"{studies}"]);
        try
        {
            string port = await process.WaitForLineAsync("port ", StartDeadline);
            return new ArchiveProcess(process, aeTitle, int.Parse(port, CultureInfo.InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells it where the move destination <paramref name="aeTitle"/> listens.</summary>
    public Task AddDestinationAsync(string aeTitle, int port) => AskAsync($"destination {aeTitle} {port}");

    /// <summary>Has it answer late from now on.</summary>
    public Task BeLateAsync(TimeSpan delay) => AskAsync($"delay {delay.TotalMilliseconds:0}");

    /// <summary>Its associations, as it counts them.</summary>
    public async Task<AssociationCount> CountAsync()
    {
        int[] counts = [.. (await AskAsync("count")).Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return new AssociationCount(counts[0], counts[1], counts[2], counts[3]);
    }

    /// <summary>C-FIND and C-MOVE requests, and instances sent, so far.</summary>
    public async Task<(int Finds, int Moves, int Sent)> RequestsAsync()
    {
        int[] counts = [.. (await AskAsync("requests")).Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return (counts[0], counts[1], counts[2]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => process.DisposeAsync();

    /// <summary>What runs in the process: it ends with its input.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        string aeTitle = arguments[0];
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions
        {
            AeTitle = aeTitle, AssociationsMax = AssociationsMax, IdleTimeout = TimeSpan.FromSeconds(IdleTimeoutSeconds),
        });
        foreach (SampleInstance instance in KilledCohort.HeldBy(aeTitle, int.Parse(arguments[1], CultureInfo.InvariantCulture)).SelectMany(study => study.Instances))
        {
            using MemoryStream bytes = new();
            await instance.ToFile().WriteToAsync(bytes, CancellationToken.None);
            archive.AddBytes(bytes.ToArray());
        }

        System.Console.WriteLine($"port {archive.Port}");
        while (await System.Console.In.ReadLineAsync() is string line)
        {
            string[] words = line.Split(' ');
            System.Console.WriteLine($"{words[0]} {Obey(archive, words[1..])}");
        }
    }

    private static string Obey(ArchiveSimulator archive, string[] order)
    {
        switch (order[0])
        {
            case "destination":
                archive.AddDestination(order[1], "127.0.0.1", int.Parse(order[2], CultureInfo.InvariantCulture));
                return "";
            case "delay":
                archive.Faults.AnswerDelay = TimeSpan.FromMilliseconds(int.Parse(order[1], CultureInfo.InvariantCulture));
                return "";
            case "count":
                AssociationCount count = archive.Associations;
                return $"{count.Open} {count.Most} {count.Refused} {count.Idle}";
            default:
                return $"{archive.Finds} {archive.Moves} {archive.InstancesSent}";
        }
    }

    private async Task<string> AskAsync(string order)
    {
        string number = $"#{Interlocked.Increment(ref questions)}";
        await process.WriteLineAsync($"{number} {order}");
        return await process.WaitForLineAsync($"{number} ", AnswerDeadline);
    }
}
