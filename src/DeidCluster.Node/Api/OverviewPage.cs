using System.Net;
using System.Text;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>The page at /: projects, archives and the latest studies, read only, without scripts and without identifying values.</summary>
internal sealed class OverviewPage(NodeParts node, ProjectEndpoints projects, ArchiveEndpoints archives)
{
    private const int StudiesShown = 100;

    private const string Head = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>DeidCluster</title><meta http-equiv="refresh" content="5">
        <style>body{font:14px system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin-bottom:2em}
        th,td{text-align:left;padding:.25em .9em .25em 0;border-bottom:1px solid #ddd}h2{font-size:1.1em}code{font-size:.95em}</style></head><body><h1>DeidCluster</h1>
        """;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", ShowAsync);

    private async Task ShowAsync(HttpContext context)
    {
        CancellationToken cancellation = context.RequestAborted;
        StudyPage page = await node.Index.ListAsync(new StudyFilter { Limit = StudiesShown }, cancellation);
        StringBuilder html = new(Head);
        Table(html, "Projects", ["project", "state", "in flight", "limit", "studies"], (await projects.ViewsAsync(cancellation)).Select(project => (string?[])
        [
            project.Project, project.Paused ? "paused" : "running", $"{project.InFlight}", $"{project.InFlightMax}",
            string.Join(", ", project.Studies.Select(count => $"{count.Value} {count.Key}")),
        ]));
        Table(html, "Archives", ["archive", "permits", "limit", "breaker", "reason"], (await archives.ViewsAsync(cancellation)).Select(archive => (string?[])
            [archive.Archive, $"{archive.PermitsGranted}", $"{archive.PermitsMax}", archive.Breaker, archive.Reason]));
        Table(html, "Latest studies", ["study", "project", "state", "instances", "confirmed", "rejected", "held", "changed", "reason"],
            page.Studies.Select(study => (string?[])
            [
                study.StudyId, study.Project, Words.Of(study.Status), $"{study.Counts.Total}", $"{study.Counts.Confirmed}", $"{study.Counts.Rejected}",
                $"{study.Counts.Held}", study.UpdatedAt.ToString("u"), study.Reason,
            ]));
        html.Append("</body></html>");
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(html.ToString(), cancellation);
    }

    private static void Table(StringBuilder html, string title, IEnumerable<string> columns, IEnumerable<string?[]> rows)
    {
        html.Append("<h2>").Append(title).Append("</h2><table><tr>");
        foreach (string column in columns)
        {
            html.Append("<th>").Append(column).Append("</th>");
        }

        html.Append("</tr>");
        foreach (string?[] row in rows)
        {
            html.Append("<tr>");
            foreach (string? cell in row)
            {
                html.Append("<td>").Append(WebUtility.HtmlEncode(cell)).Append("</td>");
            }

            html.Append("</tr>");
        }

        html.Append("</table>");
    }
}
