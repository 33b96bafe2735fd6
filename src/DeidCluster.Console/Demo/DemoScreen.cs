using System.Diagnostics;
using System.Globalization;
using DeidCluster.Console.Api;
using Spectre.Console;

namespace DeidCluster.Console.Demo;

/// <summary>What the demo shows: a table that lives on a terminal, a line for each change anywhere else, and the report at the end.</summary>
internal sealed class DemoScreen(TextWriter output)
{
    private const double BytesPerMegabyte = 1e6;
    private readonly Screen screen = new(output);
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Dictionary<DemoCase, string> shown = [];

    /// <summary>One line, with the time since the start.</summary>
    public void Say(string text) => output.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds,6:F1} s  {text}"));

    /// <summary>Shows each state of the cohort until there is none left; answers the last.</summary>
    public async Task<IReadOnlyList<DemoOutcome>> WatchAsync(IAsyncEnumerable<IReadOnlyList<DemoOutcome>> states)
    {
        IReadOnlyList<DemoOutcome> last = [];
        if (!screen.IsTerminal)
        {
            await foreach (IReadOnlyList<DemoOutcome> state in states)
            {
                last = state;
                ShowChanges(state);
            }

            return last;
        }

        await AnsiConsole.Live(new Text("")).StartAsync(async live =>
        {
            await foreach (IReadOnlyList<DemoOutcome> state in states)
            {
                last = state;
                live.UpdateTarget(LiveTable(state));
            }
        });
        return last;
    }

    /// <summary>The report: a line for each study request, and below it what there is to say. Widths fit a terminal of 110 columns.</summary>
    public void Report(IReadOnlyList<DemoOutcome> outcomes)
    {
        output.WriteLine();
        output.WriteLine($"{"what it shows",-30} {"project",-8} {"state",-9} located fetched rejected verified delivered      time  MB/s");
        foreach (DemoOutcome outcome in outcomes)
        {
            output.WriteLine(FormattableString.Invariant(
                $"{outcome.Case.Shows,-30} {outcome.Case.Request.Project,-8} {outcome.Status,-9} {outcome.Counts.Total,7} {outcome.Fetched,7} {outcome.Counts.Rejected,8} {outcome.Verified,8} {outcome.Counts.Confirmed,9} {outcome.Took.TotalSeconds,7:F2} s {Speed(outcome),5}"));
            foreach (string remark in new[] { outcome.Difference is { } difference ? "NOT AS EXPECTED: " + difference : null, outcome.Reason }.OfType<string>())
            {
                output.WriteLine("    " + remark);
            }
        }

        output.WriteLine();
    }

    private void ShowChanges(IReadOnlyList<DemoOutcome> state)
    {
        foreach (DemoOutcome outcome in state)
        {
            string text = $"{outcome.Status}{(outcome.Reason is null ? "" : ": " + outcome.Reason)}";
            if (shown.GetValueOrDefault(outcome.Case) != text)
            {
                shown[outcome.Case] = text;
                Say($"{outcome.Case.Shows,-32} {text}");
            }
        }
    }

    private static Table LiveTable(IReadOnlyList<DemoOutcome> state)
    {
        // A cohort longer than the terminal would scroll away: what has ended leaves the table first.
        int rows = Math.Max(5, AnsiConsole.Profile.Height - 8);
        Table table = new Table().Border(TableBorder.Simple)
            .Caption($"{state.Count(outcome => outcome.HasEnded)} of {state.Count} ended")
            .AddColumns("what it shows", "project", "state", "instances", "verified", "delivered");
        foreach (DemoOutcome outcome in state.OrderBy(outcome => outcome.HasEnded && state.Count > rows).Take(rows))
        {
            string colour = !outcome.HasEnded ? "yellow" : outcome.Difference is null ? "green" : "red";
            table.AddRow(
                Markup.Escape(outcome.Case.Shows), Markup.Escape(outcome.Case.Request.Project), $"[{colour}]{outcome.Status}[/]",
                Cell(outcome.Counts.Total), Cell(outcome.Verified), Cell(outcome.Counts.Confirmed));
        }

        return table;
    }

    private static string Speed(DemoOutcome outcome) => outcome.Bytes > 0 && outcome.Took > TimeSpan.Zero
        ? FormattableString.Invariant($"{outcome.Bytes / BytesPerMegabyte / outcome.Took.TotalSeconds:F2}")
        : "";

    private static string Cell(int number) => number.ToString(CultureInfo.InvariantCulture);
}
