using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace DeidCluster.Console.Api;

/// <summary>The HTTP API of a node. Answers are JSON as the node wrote it; a refusal becomes a <see cref="UsageException"/> with the node's own words.</summary>
public sealed class ApiClient : IDisposable
{
    /// <summary>Where a node listens unless it is told otherwise.</summary>
    public const string DefaultServer = "http://127.0.0.1:8042";

    /// <summary>How requests and answers are written.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        WriteIndented = true,
    };

    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(100);
    private readonly HttpClient http;

    /// <summary>A client of the node at <paramref name="server"/>.</summary>
    public ApiClient(string server)
    {
        if (!Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new UsageException("the server is written like http://127.0.0.1:8042");
        }

        http = new HttpClient { BaseAddress = address, Timeout = AnswerTimeMax };
    }

    /// <summary>The answer to GET <paramref name="path"/>, relative to the server.</summary>
    public Task<JsonNode?> GetAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    /// <summary>The answer to POST <paramref name="path"/> with <paramref name="body"/> as JSON.</summary>
    public Task<JsonNode?> PostAsync(string path, object body, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: Json) }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<JsonNode?> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using HttpRequestMessage sent = request;
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(sent, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new UsageException($"no node answers at {http.BaseAddress} ({e.HttpRequestError}); start one with 'deid node run', or name another with --server");
        }

        using (response)
        {
            string text = await response.Content.ReadAsStringAsync(cancellation);
            JsonNode? answer = Parse(text);
            return response.IsSuccessStatusCode ? answer : throw new UsageException(Refusal((int)response.StatusCode, answer));
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Problem details (RFC 9457) in one line, with the fields that they name.</summary>
    private static string Refusal(int status, JsonNode? problem)
    {
        if (problem is not JsonObject details)
        {
            return $"the node answered with HTTP status {status}";
        }

        string text = details.Text("detail") ?? details.Text("title") ?? $"HTTP status {status}";
        string fields = details["errors"] is JsonObject errors
            ? string.Join("; ", errors.Select(error => $"{error.Key}: {string.Join(", ", (error.Value as JsonArray ?? []).Select(e => e?.ToString()))}"))
            : "";
        return fields.Length == 0 ? text : $"{text} {fields}";
    }
}
