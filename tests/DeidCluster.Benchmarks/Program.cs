using DeidCluster.Benchmarks;

// Measures this product beside its peers in the same run. Usage: deid-bench [AREA...] [--quick] [--count N] [--rounds N] [--write]
Dictionary<string, Func<Bench, Task<IReadOnlyList<Table>>>> areas = new()
{
    ["receive"] = ReceiveArea.RunAsync,
};
BenchOptions options = BenchOptions.Parse(args);
if (options.Areas.Except(areas.Keys).FirstOrDefault() is string unknown)
{
    System.Console.Error.WriteLine($"deid-bench: '{unknown}' is no area; there are {string.Join(", ", areas.Keys)}");
    return 2;
}

using Bench bench = new(options);
List<string> report = [];
foreach ((string name, Func<Bench, Task<IReadOnlyList<Table>>> run) in areas)
{
    if (options.Areas.Count > 0 && !options.Areas.Contains(name))
    {
        continue;
    }

    foreach (Table table in await run(bench))
    {
        report.Add(table.ToMarkdown());
        System.Console.WriteLine(table.ToMarkdown());
    }
}

return 0;
