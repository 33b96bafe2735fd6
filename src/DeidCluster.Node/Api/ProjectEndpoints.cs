using System.Text;
using DeidCluster.Engine;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/projects: list, show, pause, resume, limit, linkage table.</summary>
internal sealed class ProjectEndpoints(NodeParts node)
{
    private static readonly string[] LinkageColumns =
        ["study_id", "project_name", "procedure_id", "mrn", "accession_number", "study_uid", "participant_id", "pseudonym", "new_study_uids", "at"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/projects", async context => await ApiJson.WriteAsync(context, new { projects = await ViewsAsync(context.RequestAborted) }));
        routes.MapGet("/api/v1/projects/{project}", ShowAsync);
        Act(routes, "pause", (_, by, why) => new PauseProject(by, why));
        Act(routes, "resume", (_, by, why) => new ResumeProject(by, why));
        Act(routes, "limit", (body, by, why) => new LimitProject(
            by, why, body.OptionalInt("inFlightMax", 1, ProjectDecider.InFlightLimit), body.OptionalInt("studiesPerDay", 0, int.MaxValue), body.TimeZone("timeZone"),
            body.OptionalInt("heldToPause", 0, int.MaxValue), body.OptionalInt("share", 1, ProjectDecider.ShareMax)));
        routes.MapGet("/api/v1/projects/{project}/linkage", LinkageAsync);
    }

    /// <summary>All projects with their limits and their studies by state.</summary>
    public async Task<IReadOnlyList<ProjectView>> ViewsAsync(CancellationToken cancellation)
    {
        Dictionary<string, ProjectRow> rowByName = (await node.Index.ProjectsAsync(cancellation)).ToDictionary(row => row.Project);
        ILookup<string, StatusCount> counts = (await node.Index.CountAsync(cancellation)).ToLookup(count => count.Project);
        return
        [
            .. node.Configuration.Projects.Select(project => project.File).Select(file =>
            {
                string name = file.Profile.Name;
                ProjectRow? row = rowByName.GetValueOrDefault(name);
                Dictionary<string, long> studies = counts[name].ToDictionary(count => Words.Of(count.Status), count => count.Studies);
                return new ProjectView(
                    name, file.Description, row?.Paused ?? false, row?.InFlight ?? 0, row?.InFlightMax ?? file.InFlightMax, row?.Reason, file.Archives, file.Destinations,
                    file.Profile.Version, studies, row?.Share ?? file.Share);
            }),
        ];
    }

    private async Task ShowAsync(HttpContext context)
    {
        string name = Known(context);
        await ApiJson.WriteAsync(context, (await ViewsAsync(context.RequestAborted)).First(project => project.Project == name));
    }

    private void Act(IEndpointRouteBuilder routes, string verb, Func<BodyReader, string, string, ICommand> read) =>
        routes.MapPost($"/api/v1/projects/{{project}}/{verb}", async (HttpContext context) =>
        {
            string name = Known(context);
            ICommand command = await OperatorBody.ReadAsync(context, read);
            ProjectReply reply = await node.AskAsync<ProjectReply>(Actors.Project(name), command, context.RequestAborted) ?? throw NodeParts.NoAnswerYet();
            await ApiJson.WriteAsync(context, reply);
        });

    /// <summary>The linkage table, which identifies: as CSV when the caller accepts text/csv, else as JSON.</summary>
    private async Task LinkageAsync(HttpContext context)
    {
        IReadOnlyList<LinkageRow> rows = await node.Index.LinkageAsync(Known(context), context.RequestAborted);
        if (!context.Request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase))
        {
            await ApiJson.WriteAsync(context, new { linkage = rows });
            return;
        }

        context.Response.ContentType = "text/csv; charset=utf-8; header=present";
        StringBuilder csv = new();
        AppendLine(csv, LinkageColumns);
        foreach (LinkageRow row in rows)
        {
            AppendLine(csv,
            [
                row.StudyId, row.Project, row.IdProcedure, row.IdMrn, row.IdAccessionNumber, row.IdStudyUid, row.ParticipantId, row.Pseudonym,
                string.Join('\\', row.NewStudyUids), row.At.ToString("O"),
            ]);
        }

        await context.Response.WriteAsync(csv.ToString(), context.RequestAborted);
    }

    private string Known(HttpContext context)
    {
        string name = NodeParts.Route(context, "project");
        return node.ProjectNames.Contains(name) ? name : throw ApiProblem.NotFound("project");
    }

    /// <summary>One line of CSV (RFC 4180).</summary>
    private static void AppendLine(StringBuilder csv, IEnumerable<string?> cells) =>
        csv.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");

    private static string Quoted(string? cell) => cell is null ? ""
        : cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell
        : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

/// <summary>A project as the API shows it.</summary>
internal sealed record ProjectView(
    string Project, string Description, bool Paused, int InFlight, int InFlightMax, string? Reason, IReadOnlyList<string> Archives,
    IReadOnlyList<string> Destinations, string Version, IReadOnlyDictionary<string, long> Studies, int Share);
