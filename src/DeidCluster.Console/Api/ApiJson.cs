using System.Text.Json.Nodes;

namespace DeidCluster.Console.Api;

/// <summary>Reads members of an answer that may be absent in an older or a newer node.</summary>
internal static class ApiJson
{
    public static string? Text(this JsonNode? node, string member) => (node as JsonObject)?[member]?.ToString();

    public static long Number(this JsonNode? node, string member) =>
        (node as JsonObject)?[member] is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    public static bool Flag(this JsonNode? node, string member) =>
        (node as JsonObject)?[member] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static IEnumerable<JsonNode> Members(this JsonNode? node, string member) =>
        ((node as JsonObject)?[member] as JsonArray ?? []).OfType<JsonNode>();

    /// <summary>The rows of a list, whether it stands alone or in a member.</summary>
    public static IEnumerable<JsonNode> Rows(this JsonNode? node, string member) =>
        ((node as JsonObject)?[member] as JsonArray ?? node as JsonArray ?? []).OfType<JsonNode>();
}
