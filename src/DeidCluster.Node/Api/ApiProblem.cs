using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace DeidCluster.Node;

/// <summary>A request that cannot be carried out, as problem details (RFC 9457). Names fields, never values.</summary>
public sealed class ApiProblem(int status, string title, IReadOnlyList<FieldProblem> fields) : Exception(title)
{
    /// <summary>The problem without fields.</summary>
    public ApiProblem(int status, string title) : this(status, title, []) { }

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What is wrong with which field.</summary>
    public IReadOnlyList<FieldProblem> Fields { get; } = fields;

    /// <summary>There is no such thing.</summary>
    public static ApiProblem NotFound(string what) => new(StatusCodes.Status404NotFound, $"there is no such {what}");

    /// <summary>Something in the body or the query cannot be accepted; nothing was done.</summary>
    public static ApiProblem Unprocessable(IReadOnlyList<FieldProblem> fields) =>
        new(StatusCodes.Status422UnprocessableEntity, "the request has fields that cannot be accepted; nothing was done", fields);

    /// <summary>One field that cannot be accepted.</summary>
    public static ApiProblem Unprocessable(string field, string problem) => Unprocessable([new FieldProblem(field, problem)]);

    /// <summary>Writes the problem as the response.</summary>
    public async Task WriteAsync(HttpResponse response, CancellationToken cancellation)
    {
        response.StatusCode = Status;
        response.ContentType = "application/problem+json";
        Dictionary<string, object> details = new() { ["type"] = "about:blank", ["title"] = Message, ["status"] = Status };
        if (Fields.Count > 0)
        {
            details["errors"] = Fields.GroupBy(problem => problem.Field).ToDictionary(group => group.Key, group => group.Select(problem => problem.Problem).ToArray());
        }

        await JsonSerializer.SerializeAsync(response.Body, details, ApiJson.Options, cancellation);
    }
}

/// <summary>What is wrong with a field, e.g. "studies[3].mrn".</summary>
public sealed record FieldProblem(string Field, string Problem);
