using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>A node refused a request, by problem details (RFC 9457): in its own words, with the fields that it names.</summary>
public sealed class RefusalException(string title, IReadOnlyList<RefusedField> fields)
    : UsageException(fields.Count == 0 ? title : $"{title}: {string.Join("; ", fields)}")
{
    /// <summary>What is wrong with which field; none when the request as a whole was refused.</summary>
    public IReadOnlyList<RefusedField> Fields { get; } = fields;

    /// <summary>The refusal in an answer with an HTTP status that is no success.</summary>
    public static RefusalException Read(int status, JsonNode? answer)
    {
        string title = answer.Text("detail") ?? answer.Text("title") ?? $"the node answered with HTTP status {status}";
        JsonObject errors = (answer as JsonObject)?["errors"] as JsonObject ?? [];
        return new RefusalException(
            title, [.. errors.SelectMany(error => (error.Value as JsonArray ?? []).Select(problem => new RefusedField(error.Key, problem?.ToString() ?? "")))]);
    }
}

/// <summary>What is wrong with a field, e.g. "studies[3].mrn".</summary>
public sealed record RefusedField(string Field, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field} {Problem}";
}
