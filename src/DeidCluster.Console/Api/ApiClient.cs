using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace DeidCluster.Console.Api;

/// <summary>The HTTP API of a node. Answers are JSON as the node wrote it; a refusal becomes a <see cref="RefusalException"/>.</summary>
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

    /// <summary>A client of the node at <paramref name="server"/>, which may want a <paramref name="token"/>.</summary>
    public ApiClient(string server, string? token = null)
    {
        if (!Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new UsageException("the server is written like http://127.0.0.1:8042");
        }

        http = new HttpClient { BaseAddress = address, Timeout = AnswerTimeMax };
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
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
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UsageException($"the node at {http.BaseAddress} did not answer within {AnswerTimeMax.TotalSeconds} seconds");
        }

        using (response)
        {
            string text = await response.Content.ReadAsStringAsync(cancellation);
            JsonNode? answer = Parse(text);
            return response.IsSuccessStatusCode ? answer : throw RefusalException.Read((int)response.StatusCode, answer);
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
}
