using System.Diagnostics;
using DeidCluster.Simulation;

// usage: DeidCluster.Simulation --seeds N [--from S] [--bug NoFence|ReplyBeforeCommit|PermitLeak]   runs seeds S to S+N-1
//        DeidCluster.Simulation --seed S  [--bug ...]                                                replays one with its trace
//        DeidCluster.Simulation --studies N [--nodes N]                                              a large cluster without faults
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
PlantedBug bug = Enum.Parse<PlantedBug>(Option("--bug") ?? nameof(PlantedBug.None));
if (Option("--studies") is { } studies)
{
    Scale scale = new(int.Parse(Option("--nodes") ?? "100"), int.Parse(studies));
    Stopwatch watch = Stopwatch.StartNew();
    SimulationResult large = SimulationRun.Run(new SimulationSettings { Seed = 1, Scale = scale });
    Console.WriteLine(
        $"{scale.Nodes} nodes, {scale.Studies} studies: {large.Violation ?? "at rest"} after {large.SimulatedTime} of its own time, {large.Turns} turns; "
        + string.Join(", ", large.Outcomes.Select(one => $"{one.Key} {one.Value}")) + "; "
        + $"{watch.Elapsed.TotalSeconds:F0} s, {large.Turns / watch.Elapsed.TotalSeconds:F0} turns/s, {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB at the peak");
    return large.Violation is null ? 0 : 1;
}

if (Option("--seed") is { } one)
{
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
