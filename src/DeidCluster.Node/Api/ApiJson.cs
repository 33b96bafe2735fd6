using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace DeidCluster.Node;

/// <summary>How the API writes and reads JSON.</summary>
internal static class ApiJson
{
    /// <summary>Deeper bodies are refused. Levels.</summary>
    public const int DepthMax = 16;

    /// <summary>camelCase names, states as words, nothing for null.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>Writes <paramref name="answer"/> as the response.</summary>
    public static async Task WriteAsync(HttpContext context, object answer, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, answer.GetType(), Options, context.RequestAborted);
    }

    /// <summary>The body, which must be JSON and within the limits.</summary>
    /// <exception cref="ApiProblem">It is not.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ApiProblem(StatusCodes.Status415UnsupportedMediaType, "the body must be application/json");
        }

        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted);
        }
        catch (JsonException e)
        {
            throw new ApiProblem(
                StatusCodes.Status400BadRequest,
                $"the body is not JSON that can be accepted (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1})");
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiProblem(
                e.StatusCode,
                e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "the body is larger than this node accepts" : "the body cannot be read");
        }
    }
}
