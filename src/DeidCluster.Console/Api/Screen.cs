using Spectre.Console;

namespace DeidCluster.Console.Api;

/// <summary>Shows rows: a table on a terminal, lines of cells separated by tabs anywhere else.</summary>
internal sealed class Screen(TextWriter output)
{
    /// <summary>True when a person is looking.</summary>
    public bool IsTerminal { get; } = ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;

    public void Line(string text) => output.WriteLine(text);

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        if (!IsTerminal)
        {
            output.WriteLine(string.Join('\t', columns));
            foreach (IReadOnlyList<string?> row in rows)
            {
                output.WriteLine(string.Join('\t', row.Select(cell => cell ?? "")));
            }

            return;
        }

        // Only the last column is prose that may be wrapped; ids and UIDs stay whole, to be copied.
        Table table = new Table().Border(TableBorder.None);
        foreach ((int i, string column) in columns.Index())
        {
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(column)}[/]") { NoWrap = i < columns.Count - 1, Padding = new Padding(0, 0, 2, 0) });
        }

        foreach (IReadOnlyList<string?> row in rows)
        {
            table.AddRow([.. row.Select(cell => Markup.Escape(cell ?? ""))]);
        }

        AnsiConsole.Write(table);
    }
}
