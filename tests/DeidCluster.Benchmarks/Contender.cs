namespace DeidCluster.Benchmarks;

/// <summary>One of those that are compared.</summary>
/// <param name="Name">Its row.</param>
/// <param name="Run">Does the work once; what it reached, in the area's unit.</param>
internal sealed record Contender(string Name, Func<Task<double>> Run);

/// <summary>What a contender reached in each column.</summary>
internal sealed record Row(string Name, IReadOnlyList<double> Values);

/// <summary>One area's result. Ratios are those of the first row of each column.</summary>
internal sealed record Table(string Title, string Unit, IReadOnlyList<string> Columns, IReadOnlyList<Row> Rows, string Note = "", bool Ratios = true)
{
    /// <summary>Runs everybody in turns, so that what else the machine does meets all alike, and takes medians.</summary>
    public static async Task<IReadOnlyList<double>> MediansAsync(IReadOnlyList<Contender> contenders, int rounds)
    {
        List<double>[] reached = [.. contenders.Select(_ => new List<double>())];
        for (int round = 0; round < rounds; round++)
        {
            for (int at = 0; at < contenders.Count; at++)
            {
                double value = await contenders[at].Run();
                reached[at].Add(value);
                await System.Console.Error.WriteLineAsync($"  {contenders[at].Name}: {value:0.##}");
            }
        }

        return [.. reached.Select(Median)];
    }

    /// <summary>As Markdown, with the ratio to the first row behind each value.</summary>
    public string ToMarkdown()
    {
        System.Text.StringBuilder text = new();
        text.AppendLine($"### {Title} ({Unit})").AppendLine();
        text.AppendLine($"| | {string.Join(" | ", Columns)} |");
        text.AppendLine($"|---|{string.Concat(Columns.Select(_ => "---:|"))}");
        foreach (Row row in Rows)
        {
            IEnumerable<string> cells = row.Values.Select((value, at) =>
                double.IsNaN(value) ? "-" : $"{Number(value)}{(Ratios && Rows[0].Values[at] is > 0 and double first && row != Rows[0] ? $" ({value / first:0.00}x)" : "")}");
            text.AppendLine($"| {row.Name} | {string.Join(" | ", cells)} |");
        }

        return (Note.Length > 0 ? text.AppendLine().AppendLine(Note) : text).ToString();
    }

    private static string Number(double value) => value >= 100 ? $"{value:0}" : value >= 10 ? $"{value:0.0}" : $"{value:0.00}";

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
