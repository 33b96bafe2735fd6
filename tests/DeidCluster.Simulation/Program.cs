using System.Diagnostics;
using DeidCluster.Simulation;

// usage: DeidCluster.Simulation --seeds N [--from S] [--bug NoFence|ReplyBeforeCommit|PermitLeak]   runs seeds S to S+N-1
//        DeidCluster.Simulation --seed S  [--bug ...]                                                replays one with its trace
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
PlantedBug bug = Enum.Parse<PlantedBug>(Option("--bug") ?? nameof(PlantedBug.None));
if (Option("--seed") is { } one)
{
    for (int warm = int.Parse(one) - int.Parse(Option("--warm") ?? "0"); warm < int.Parse(one); warm++)
    {
        SimulationRun.Run(new SimulationSettings { Seed = warm, Bug = bug });
    }

    SimulationResult replayed = SimulationRun.Run(new SimulationSettings { Seed = int.Parse(one), Bug = bug, Listener = Console.WriteLine });
    Console.WriteLine(replayed);
    return replayed.Violation is null ? 0 : 1;
}

int from = int.Parse(Option("--from") ?? "1"), seeds = int.Parse(Option("--seeds") ?? "100");
Stopwatch clock = Stopwatch.StartNew();
List<SimulationResult> results = [];
for (int seed = from; seed < from + seeds; seed++)
{
    SimulationResult result = SimulationRun.Run(new SimulationSettings { Seed = seed, Bug = bug });
    results.Add(result);
    if (args.Contains("--hashes"))
    {
        Console.WriteLine($"seed {seed}: {result.Hash:x16}");
    }

    if (result.Violation is not null)
    {
        Console.WriteLine($"seed {seed}: {result.Violation}");
    }
}

Console.WriteLine(
    $"{seeds} seeds in {clock.Elapsed.TotalSeconds:F1} s, {results.Count(result => result.Violation is not null)} with a violation; turns {results.Sum(result => result.Turns)}, "
    + $"faults {results.Sum(result => result.Faults)}, simulated {TimeSpan.FromTicks(results.Sum(result => result.SimulatedTime.Ticks))}");
Console.WriteLine(string.Join(", ", results.SelectMany(result => result.Outcomes).GroupBy(one => one.Key).Select(group => $"{group.Key} {group.Sum(one => one.Value)}")));
return results.All(result => result.Violation is null) ? 0 : 1;
