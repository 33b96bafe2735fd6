using System.Text.Json.Nodes;
using DeidCluster.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/mail: mail that was set aside because its handling threw each time; list, show, replay, drop.</summary>
internal sealed class MailEndpoints(NodeParts node)
{
    private const int ListMax = 200;
    private const int SearchMax = 10_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/mail", ListAsync);
        routes.MapGet("/api/v1/mail/{id:guid}", ShowAsync);
        routes.MapPost("/api/v1/mail/{id:guid}/replay", context => JudgeAsync(context, isDropped: false));
        routes.MapPost("/api/v1/mail/{id:guid}/drop", context => JudgeAsync(context, isDropped: true));
    }

    /// <summary>What waits for a verdict; with ?all=true what was decided too.</summary>
    private async Task ListAsync(HttpContext context)
    {
        IReadOnlyList<PoisonedMail> mail = await node.Poisoned.ReadPoisonAsync(Flag(context, "all"), ListMax, context.RequestAborted);
        await ApiJson.WriteAsync(context, new { mail = mail.Select(View) });
    }

    /// <summary>One mail; its body, which may identify a person, only with ?identities=true.</summary>
    private async Task ShowAsync(HttpContext context)
    {
        PoisonedMail mail = await FindAsync(context);
        JsonObject view = View(mail);
        if (Flag(context, "identities") && await node.Poisoned.ReadPoisonBodyAsync(mail.Poison.MailId, context.RequestAborted) is { } body)
        {
            view["body"] = JsonNode.Parse(body.Json);
        }

        await ApiJson.WriteAsync(context, view);
    }

    private async Task JudgeAsync(HttpContext context, bool isDropped)
    {
        PoisonedMail mail = await FindAsync(context);
        (string by, string why) = await OperatorBody.ReadWhoAsync(context);
        if (!await node.Poisoned.JudgePoisonAsync(mail.Poison.MailId, new PoisonVerdict(isDropped, by, why, node.Now), context.RequestAborted))
        {
            throw ApiProblem.NotFound("mail that waits for a verdict");
        }

        await ApiJson.WriteAsync(context, View(await FindAsync(context)));
    }

    private async Task<PoisonedMail> FindAsync(HttpContext context)
    {
        Guid id = Guid.Parse(NodeParts.Route(context, "id"));
        IReadOnlyList<PoisonedMail> all = await node.Poisoned.ReadPoisonAsync(withVerdicts: true, SearchMax, context.RequestAborted);
        return all.FirstOrDefault(one => one.Poison.MailId == id) ?? throw ApiProblem.NotFound("mail that was set aside");
    }

    private static JsonObject View(PoisonedMail mail)
    {
        JsonObject view = new()
        {
            ["id"] = mail.Poison.MailId,
            ["actor"] = mail.Actor.ToString(),
            ["kind"] = mail.Kind,
            ["exception"] = mail.Poison.ExceptionType,
            ["where"] = mail.Poison.Where,
            ["trace"] = mail.Poison.Trace,
            ["tries"] = mail.Poison.Tries,
            ["at"] = mail.Poison.At,
        };
        if (mail.Verdict is { } verdict)
        {
            view["verdict"] = verdict.IsDropped ? "dropped" : "replayed";
            view["by"] = verdict.By;
            view["why"] = verdict.Why;
            view["decidedAt"] = verdict.At;
        }

        return view;
    }

    private static bool Flag(HttpContext context, string name)
    {
        string? unknown = context.Request.Query.Keys.FirstOrDefault(key => key != name);
        return unknown is not null ? throw ApiProblem.Unprocessable(unknown, "is not known here")
            : context.Request.Query[name].ToString() switch
            {
                "" or "false" => false,
                "true" => true,
                _ => throw ApiProblem.Unprocessable(name, "is neither true nor false"),
            };
    }
}
