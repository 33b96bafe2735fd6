using System.Diagnostics;
using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/archives: list, C-ECHO, pause, resume, limit.</summary>
internal sealed class ArchiveEndpoints(NodeParts node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/archives", async context => await ApiJson.WriteAsync(context, new { archives = await ViewsAsync(context.RequestAborted) }));
        routes.MapPost("/api/v1/archives/{archive}/echo", EchoAsync);
        Act(routes, "pause", (_, by, why) => new PauseArchive(by, why));
        Act(routes, "resume", (_, by, why) => new ResumeArchive(by, why));
        Act(routes, "limit", (body, by, why) => new LimitArchive(
            by, why, body.OptionalInt("associationsMax", 1, ArchiveDecider.AssociationsLimit), body.OptionalNumber("studiesPerSecond"), body.OptionalNumber("instancesPerSecond"),
            body.OptionalInt("utilisationPercent", 1, ArchivePace.UtilisationMax), body.OptionalText("closed"), body.TimeZone("timeZone")));
    }

    /// <summary>All archives with their permits and breakers.</summary>
    public async Task<IReadOnlyList<ArchiveView>> ViewsAsync(CancellationToken cancellation)
    {
        Dictionary<string, ArchiveRow> rowByName = (await node.Index.ArchivesAsync(cancellation)).ToDictionary(row => row.Archive);
        return
        [
            .. node.Configuration.Archives.Select(archive =>
            {
                ArchiveSettings settings = archive.Settings;
                ArchiveRow? row = rowByName.GetValueOrDefault(settings.Name);
                (string? aeTitle, string host, int port) = settings switch
                {
                    DimseArchiveSettings dimse => (dimse.AeTitle, dimse.Host, dimse.Port),
                    DicomWebArchiveSettings web => (null, web.Root.Host, web.Root.Port),
                    _ => throw new InvalidOperationException($"Archive '{settings.Name}' is of no known kind."),
                };
                return new ArchiveView(
                    settings.Name, aeTitle, host, port, row?.PermitsGranted ?? 0, row?.PermitsMax ?? archive.Limits.AssociationsMax,
                    row?.Breaker ?? "closed", row?.Reason);
            }),
        ];
    }

    private void Act(IEndpointRouteBuilder routes, string verb, Func<BodyReader, string, string, ICommand> read) =>
        routes.MapPost($"/api/v1/archives/{{archive}}/{verb}", async (HttpContext context) =>
        {
            string name = NodeParts.Route(context, "archive");
            if (node.Configuration.Archives.All(archive => archive.Settings.Name != name))
            {
                throw ApiProblem.NotFound("archive");
            }

            ICommand command = await OperatorBody.ReadAsync(context, read);
            ArchiveReply reply = await node.AskAsync<ArchiveReply>(Actors.Archive(name), command, context.RequestAborted) ?? throw NodeParts.NoAnswerYet();
            await ApiJson.WriteAsync(context, reply);
        });

    private async Task EchoAsync(HttpContext context)
    {
        string name = NodeParts.Route(context, "archive");
        IArchive archive = node.Pipeline.Archives.All.FirstOrDefault(one => one.Name == name) ?? throw ApiProblem.NotFound("archive");
        long startedAt = Stopwatch.GetTimestamp();
        string? reason = null;
        try
        {
            await archive.EchoAsync(context.RequestAborted);
        }
        catch (Exception error) when (WorldFailure.Of(error) is not null)
        {
            reason = WorldFailure.Of(error)!.Reason;
        }

        await ApiJson.WriteAsync(context, new
        {
            archive = name, ok = reason is null, reason, milliseconds = (long)Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds,
        });
    }
}

/// <summary>An archive as the API shows it.</summary>
internal sealed record ArchiveView(
    string Archive, string? AeTitle, string Host, int Port, int PermitsGranted, int PermitsMax, string Breaker, string? Reason);
