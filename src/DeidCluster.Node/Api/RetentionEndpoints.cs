using DeidCluster.Deid;
using DeidCluster.Engine;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/projects/{project}/retention: what its rule would retire now (GET), and retiring it now (POST).</summary>
internal sealed class RetentionEndpoints(NodeParts node)
{
    private const string KeepDays = "keepDays";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/projects/{project}/retention", PreviewAsync);
        routes.MapPost("/api/v1/projects/{project}/retention", RunAsync);
    }

    /// <summary>Changes nothing. With ?keepDays=N what such a rule would retire.</summary>
    private async Task PreviewAsync(HttpContext context)
    {
        ProjectFile project = Known(context);
        RecordRetention? rule = project.Retention ?? node.Settings.Retention;
        int? asked = ReadKeepDays(context.Request.Query);
        IRetirementIndex index = node.Retirements;
        int? keepDays = asked ?? rule?.KeepDays;
        (long studies, DateTimeOffset? oldest) = keepDays is { } days
            ? await index.CountRetirableAsync(project.Profile.Name, node.Now - TimeSpan.FromDays(days), context.RequestAborted)
            : (0, null);
        long retired = (await index.CountTombstonesAsync(context.RequestAborted)).FirstOrDefault(count => count.Project == project.Profile.Name).Studies;
        await ApiJson.WriteAsync(context, new { project = project.Profile.Name, rule, keepDays, retirable = studies, oldest, retired });
    }

    private async Task RunAsync(HttpContext context)
    {
        string project = Known(context).Profile.Name;
        ICommand command = await OperatorBody.ReadAsync(context, (body, by, why) =>
        {
            int? days = body.OptionalInt(KeepDays, 0, RetentionRule.KeepDaysMax);
            RetentionEnd? then = body.Enum<RetentionEnd>("then");
            return new RunRetention(by, why, days is null ? null : new RetentionRule(days.Value, body.Required("then", then) == RetentionEnd.Archive));
        });
        RetentionReply reply = await node.AskAsync<RetentionReply>(Actors.Project(project), command, context.RequestAborted) ?? throw NodeParts.NoAnswerYet();
        await ApiJson.WriteAsync(context, reply);
    }

    private static int? ReadKeepDays(IQueryCollection query)
    {
        if (query.Keys.Except([KeepDays], StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw ApiProblem.Unprocessable(unknown, "is not known here");
        }

        return query[KeepDays] switch
        {
            [] => null,
            [{ } text] when int.TryParse(text, out int days) && days is >= 0 and <= RetentionRule.KeepDaysMax => days,
            _ => throw ApiProblem.Unprocessable(KeepDays, $"is not a whole number from 0 to {RetentionRule.KeepDaysMax}"),
        };
    }

    private ProjectFile Known(HttpContext context)
    {
        string name = NodeParts.Route(context, "project");
        return node.Configuration.Projects.FirstOrDefault(project => project.Name == name)?.File ?? throw ApiProblem.NotFound("project");
    }
}
