using System.Text.Json;
using DeidCluster.Engine;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DeidCluster.Node;

/// <summary>/api/v1/studies/{id}/retry|requeue|cancel|priority: an operator's commands. A refusal is an answer with the reason.</summary>
internal sealed class StudyActionEndpoints(NodeParts node)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        Act(routes, "retry", (_, by, why) => new RetryStudy(by, why));
        Act(routes, "cancel", (_, by, why) => new CancelStudy(by, why));
        Act(routes, "requeue", (body, by, why) => new RequeueStudy(body.Required("from", body.Enum<StudyStep>("from")), by, why));
        Act(routes, "priority", (body, by, why) => new SetStudyPriority(
            body.Required("priority", body.OptionalInt("priority", StudyDecider.PriorityMin, StudyDecider.PriorityMax)), by, why));
    }

    private void Act(IEndpointRouteBuilder routes, string verb, Func<BodyReader, string, string, ICommand> read) =>
        routes.MapPost($"/api/v1/studies/{{id}}/{verb}", async (HttpContext context) =>
        {
            ICommand command = await OperatorBody.ReadAsync(context, read);
            StudyRow row = await node.FindStudyAsync(context);
            StudyReply reply = await node.AskAsync<StudyReply>(Actors.Study(row.StudyId), command, context.RequestAborted) ?? throw NodeParts.NoAnswerYet();
            await ApiJson.WriteAsync(context, reply);
        });
}

/// <summary>The body of an operator's command: who, why, and what the command itself needs.</summary>
internal static class OperatorBody
{
    private const int TextLengthMax = 500;

    /// <summary>A body that says who and why, and what <paramref name="more"/> reads.</summary>
    public static async Task<(string By, string Why)> ReadWhoAsync(HttpContext context, Action<BodyReader>? more = null)
    {
        (string, string) who = ("", "");
        await ReadAsync(context, (body, by, why) =>
        {
            more?.Invoke(body);
            who = (by, why);
            return null!;
        });
        return who;
    }

    public static async Task<ICommand> ReadAsync(HttpContext context, Func<BodyReader, string, string, ICommand> read)
    {
        using JsonDocument body = await ApiJson.ReadAsync(context);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, "the body must be an object");
        }

        List<FieldProblem> problems = [];
        BodyReader reader = new(body.RootElement, "", problems);
        string by = reader.String("by", TextLengthMax) ?? "api";
        string why = reader.String("why", TextLengthMax) ?? "";
        ICommand command = read(reader, by, why);
        reader.Finish();
        return problems.Count == 0 ? command : throw ApiProblem.Unprocessable(problems);
    }
}
