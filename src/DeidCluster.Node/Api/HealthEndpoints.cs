using DeidCluster.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/health/live: the process answers. /health/ready: the store answers too, and this node holds its shards. /metrics.</summary>
internal sealed class HealthEndpoints(NodeParts node, Metrics metrics)
{
    /// <summary>Open to everybody, since supervisors carry no token.</summary>
    public const string LivePath = "/health/live";

    private const int QuarantineMax = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(LivePath, context => ApiJson.WriteAsync(context, new { status = "live" }));
        routes.MapGet("/health/ready", ReadyAsync);
        routes.MapGet("/metrics", MetricsAsync);
        routes.MapGet("/api/v1/quarantine", QuarantineAsync);
        routes.MapPost("/api/v1/quarantine/{kind}/{key}/release", ReleaseAsync);
    }

    private async Task ReadyAsync(HttpContext context)
    {
        string? reason = node.Actors.Completion.IsFaulted ? "the engine has stopped" : node.Actors.IsDraining ? "the node is draining" : node.Actors.IsReady ? null : "the node has not taken its shards yet";
        try
        {
            _ = await node.Index.ProjectsAsync(context.RequestAborted);
        }
        catch (StoreUnavailableException)
        {
            reason = "the store is not available";
        }

        int status = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await ApiJson.WriteAsync(context, new { status = reason is null ? "ready" : "not ready", reason, shards = node.Actors.ShardsHeld }, status);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(await metrics.WriteAsync(context.RequestAborted), context.RequestAborted);
    }

    /// <summary>Actors that were set aside because their rules or an effect failed.</summary>
    private async Task QuarantineAsync(HttpContext context)
    {
        IReadOnlyList<QuarantinedActor> actors = await node.Store.ReadQuarantineAsync(QuarantineMax, context.RequestAborted);
        await ApiJson.WriteAsync(context, new
        {
            actors = actors.Select(one => new { actor = one.Actor.ToString(), one.Quarantine.ExceptionType, one.Quarantine.Where, one.Quarantine.At }),
        });
    }

    private async Task ReleaseAsync(HttpContext context)
    {
        ActorId actor = new(NodeParts.Route(context, "kind"), NodeParts.Route(context, "key"));
        if (!await node.Actors.ReleaseQuarantineAsync(actor, context.RequestAborted))
        {
            throw ApiProblem.NotFound("actor that was set aside");
        }

        await ApiJson.WriteAsync(context, new { actor = actor.ToString(), released = true });
    }
}
