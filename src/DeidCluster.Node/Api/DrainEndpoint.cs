using DeidCluster.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/node: what this node holds and runs (GET), and draining it (POST /api/v1/node/drain), after which its process ends.</summary>
internal sealed class DrainEndpoint(NodeParts node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/node", context => ApiJson.WriteAsync(context, View()));
        routes.MapPost("/api/v1/node/drain", DrainAsync);
    }

    private async Task DrainAsync(HttpContext context)
    {
        TimeSpan deadline = node.Settings.DrainTime;
        (string by, string why) = await OperatorBody.ReadWhoAsync(context, body =>
            deadline = body.OptionalInt("seconds", 0, NodeSettings.DrainSecondsMax) is { } seconds ? TimeSpan.FromSeconds(seconds) : deadline);
        node.Drain(by, why, deadline);
        await ApiJson.WriteAsync(context, View("draining"), StatusCodes.Status202Accepted);
    }

    private object View(string? state = null)
    {
        ActorSystem actors = node.Actors;
        return new
        {
            node = node.Settings.Name,
            state = state ?? (actors.IsDraining ? "draining" : actors.IsReady ? "ready" : "not ready"),
            shards = actors.ShardsHeld,
            members = actors.LiveMembers.Count,
            effects = actors.EffectsRunning.Select(effect => new { actor = effect.Id.Actor.ToString(), effect.Kind, effect.Since, effect.Waiting }),
        };
    }
}
