using System.Diagnostics;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/archives: list, C-ECHO.</summary>
internal sealed class ArchiveEndpoints(NodeParts node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/archives", async context => await ApiJson.WriteAsync(context, new { archives = await ViewsAsync(context.RequestAborted) }));
        routes.MapPost("/api/v1/archives/{archive}/echo", EchoAsync);
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
                return new ArchiveView(
                    settings.Name, settings.AeTitle, settings.Host, settings.Port, row?.PermitsGranted ?? 0, archive.AssociationsMax,
                    row?.Breaker ?? "closed", row?.Reason);
            }),
        ];
    }

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
    string Archive, string AeTitle, string Host, int Port, int PermitsGranted, int PermitsMax, string Breaker, string? Reason);
