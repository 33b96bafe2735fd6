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

    /// <summary>The report: a line for each study request.</summary>
    public void Report(IReadOnlyList<DemoOutcome> outcomes) => screen.Table(
        ["what it shows", "project", "state", "located", "fetched", "rejected", "verified", "delivered", "time", "MB/s", "as expected", "reason"],
        outcomes.Select(outcome => (IReadOnlyList<string?>)
        [
            outcome.Case.Shows, outcome.Case.Request.Project, outcome.Status.ToString(),
            Cell(outcome.Counts.Total), Cell(outcome.Fetched), Cell(outcome.Counts.Rejected), Cell(outcome.Verified), Cell(outcome.Counts.Confirmed),
            FormattableString.Invariant($"{outcome.Took.TotalSeconds:F2} s"), Speed(outcome), outcome.Difference ?? "yes", outcome.Reason,
        ]));

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
        ? FormattableString.Invariant($"{outcome.Bytes / BytesPerMegabyte / outcome.Took.TotalSeconds:F1}")
        : "";

    private static string Cell(int number) => number.ToString(CultureInfo.InvariantCulture);
}
