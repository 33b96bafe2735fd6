using System.Net;
using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Files;

/// <summary>Differences as a page of HTML that stands alone: no script, nothing loaded.</summary>
internal static class DiffPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Differences</title>
        <style>
        body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;width:100%}
        td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}td.v{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
        .added td.a,.changed td.a{background:#e6f5e6}.removed td.b,.changed td.b{background:#fbe9e9}
        </style></head><body>
        """;

    /// <summary>The page of <paramref name="differences"/>.</summary>
    public static string Write(IReadOnlyList<Difference> differences)
    {
        StringBuilder page = new(Head);
        page.Append($"<h1>{differences.Count} differences</h1><p>");
        page.AppendJoin(", ", differences.CountBy(difference => difference.Kind).Select(count => $"{count.Value} {Word(count.Key)}"));
        page.Append("</p>\n<table><tr><th>Element</th><th></th><th>Before</th><th>After</th></tr>\n");
        foreach (Difference difference in differences)
        {
            page.Append($"<tr class=\"{Word(difference.Kind)}\"><td>{Text(difference.Path)}<br>{Text(DiffVerb.KeywordOf(difference.Path))}</td><td>{Word(difference.Kind)}</td>")
                .Append($"<td class=\"v b\">{Text(difference.Before)}</td><td class=\"v a\">{Text(difference.After)}</td></tr>\n");
        }

        return page.Append("</table></body></html>\n").ToString();
    }

    private static string Word(DifferenceKind kind) => kind.ToString().ToLowerInvariant();

    private static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");
}
