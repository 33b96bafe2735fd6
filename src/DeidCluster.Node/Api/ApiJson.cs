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
            JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted);
            RequireUnicode(body.RootElement, "");
            return body;
        }
        catch (JsonException e)
        {
            // Only the check for repeated members knows no place.
            string where = e.LineNumber is { } line ? $"line {line + 1}, byte {(e.BytePositionInLine ?? 0) + 1}" : "a member stands twice in an object";
            throw new ApiProblem(StatusCodes.Status400BadRequest, $"the body is not JSON that can be accepted ({where})");
        }
        catch (InvalidOperationException)
        {
            // The check for repeated members reads the names.
            throw NotUnicode("the name of a member");
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiProblem(
                e.StatusCode,
                e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "the body is larger than this node accepts" : "the body cannot be read");
        }
    }

    /// <summary>JSON is parsed as bytes: a text of invalid UTF-8, or with half a surrogate pair, would fail only where it is first read.</summary>
    private static void RequireUnicode(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach ((int i, JsonElement item) in element.EnumerateArray().Index())
            {
                RequireUnicode(item, $"{path}[{i}]");
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                RequireUnicode(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}");
            }
        }
        else if (element.ValueKind == JsonValueKind.String && !IsUnicode(element))
        {
            throw NotUnicode(path.Length == 0 ? "its text" : path);
        }
    }

    private static bool IsUnicode(JsonElement text)
    {
        try
        {
            return text.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static ApiProblem NotUnicode(string where) =>
        new(StatusCodes.Status400BadRequest, $"the body is not JSON that can be accepted ({where} is not Unicode)");
}
