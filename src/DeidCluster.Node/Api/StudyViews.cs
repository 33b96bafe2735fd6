using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>What the API shows of a study. Identifying members are null, and so absent, unless they were asked for.</summary>
internal static class StudyViews
{
    private static readonly string[] PublicRequestMembers = ["project", "priority"];

    /// <summary>A study as lists show it.</summary>
    public static StudyRow Of(StudyRow row, bool identities) =>
        identities ? row : row with { IdMrn = null, IdAccessionNumber = null, IdStudyUid = null, IdProcedure = null };

    /// <summary>A ledger row; without identities its members that begin with "id" are left out.</summary>
    public static JsonObject Of(InstanceRow row, bool identities) => Redacted(JsonSerializer.SerializeToNode(row, ApiJson.Options)!.AsObject(), identities);

    /// <summary>An event: version, time, kind, and its members.</summary>
    public static JsonObject Of(JournalRow row, bool identities)
    {
        JsonObject details = Redacted(JsonNode.Parse(row.Body.Json)!.AsObject(), identities);
        details.Remove("at");
        CountHashes(details);
        return new JsonObject
        {
            ["version"] = row.Version,
            ["at"] = row.At,
            ["kind"] = row.Body.Kind,
            ["details"] = details,
        };
    }

    /// <summary>Hashes tell a person nothing: their number does.</summary>
    private static void CountHashes(JsonObject details)
    {
        if (details["tombstone"] is JsonObject tombstone)
        {
            foreach (string name in tombstone.Where(member => member.Value is JsonArray).Select(member => member.Key).ToArray())
            {
                tombstone[name] = tombstone[name]!.AsArray().Count;
            }
        }
    }

    private static JsonObject Redacted(JsonObject members, bool identities)
    {
        if (identities)
        {
            return members;
        }

        foreach (string name in members.Select(member => member.Key).Where(IsIdentifying).ToArray())
        {
            members.Remove(name);
        }

        if (members["request"] is JsonObject request)
        {
            foreach (string name in request.Select(member => member.Key).Except(PublicRequestMembers).ToArray())
            {
                request.Remove(name);
            }
        }

        return members;
    }

    private static bool IsIdentifying(string member) => member.Length > 2 && member.StartsWith("id", StringComparison.Ordinal) && char.IsUpper(member[2]);
}
