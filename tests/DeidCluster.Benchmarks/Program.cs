using DeidCluster.Benchmarks;

// Measures this product beside its peers in the same run. Usage: deid-bench [AREA...] [--quick] [--count N] [--rounds N] [--write]
const string Cluster = "cluster";
if (args is [ClusterHost.NodeVerb, .. string[] node])
{
    await ClusterHost.RunNodeAsync(node);
    return 0;
}

Dictionary<string, Func<Bench, Task<IReadOnlyList<Table>>>> areas = new()
{
    ["disk"] = FileArea.DiskAsync,
    ["receive"] = ReceiveArea.RunAsync,
    ["small"] = ReceiveArea.SmallAsync,
    ["window"] = ReceiveArea.WindowAsync,
    ["send"] = SendArea.SendAsync,
    ["move"] = SendArea.MoveAsync,
    ["get"] = GetArea.RunAsync,
    ["nagle"] = SendArea.NagleAsync,
    ["web"] = WebArea.RunAsync,
    ["parse"] = FileArea.ParseAsync,
    ["edit"] = FileArea.EditAsync,
    ["deid"] = DeidArea.RunAsync,
    ["allocation"] = AllocationArea.RunAsync,
    [Cluster] = ClusterArea.RunAsync,
};
BenchOptions options = BenchOptions.Parse(args);
if (options.Areas.Except(areas.Keys).FirstOrDefault() is string unknown)
{
    System.Console.Error.WriteLine($"deid-bench: '{unknown}' is no area; there are {string.Join(", ", areas.Keys)}");
    return 2;
}

if (Bench.MissingPeers() is { Count: > 0 } missing)
{
    System.Console.Error.WriteLine($"deid-bench: these peers are not installed, and nothing is compared without them: {string.Join(", ", missing)}");
    return 1;
}

using Bench bench = new(options);
List<string> report = [];
foreach ((string name, Func<Bench, Task<IReadOnlyList<Table>>> run) in areas)
{
    // The cluster is a page of its own, and measured when it is asked for.
    if (options.Areas.Count > 0 ? !options.Areas.Contains(name) : name == Cluster)
    {
        continue;
    }

    foreach (Table table in await run(bench))
    {
        report.Add(table.ToMarkdown());
        System.Console.WriteLine(table.ToMarkdown());
    }
}

if (options.Writes)
{
    bool isCluster = options.Areas is [Cluster];
    File.WriteAllText(Path.Combine("docs", isCluster ? "SCALE.md" : "BENCHMARKS.md"), isCluster ? Report.Scale(report) : Report.Text(options, report));
}

return 0;
