using System.Text.Json.Nodes;
using DeidCluster.Console.Api;
using DeidCluster.Studies;

namespace DeidCluster.Console.Demo;

/// <summary>The calls of the API that the demo makes, from outside the node as anybody would.</summary>
internal sealed class NodeApi(ApiClient client)
{
    /// <summary>Submits requests; the public ids in their order.</summary>
    public async Task<IReadOnlyList<string>> SubmitAsync(IEnumerable<StudyRequest> requests, CancellationToken cancellation)
    {
        List<string> ids = [];
        foreach (StudyRequest[] batch in requests.Chunk(SubmitVerb.BatchSize))
        {
            JsonNode? answer = await client.PostAsync("api/v1/studies", batch, cancellation);
            foreach (JsonNode outcome in answer.Rows("studies"))
            {
                ids.Add(outcome.Text("refusal") is null && outcome.Text("studyId") is { } id
                    ? id
                    : throw new UsageException("the node refused a request of the demo"));
            }
        }

        return ids;
    }

    /// <summary>Every study's row, by public id.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> ListAsync(CancellationToken cancellation)
    {
        Dictionary<string, JsonNode> studyById = [];
        string? cursor = null;
        do
        {
            string page = cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor);
            JsonNode? answer = await client.GetAsync("api/v1/studies?limit=1000" + page, cancellation);
            foreach (JsonNode study in answer.Rows("studies"))
            {
                studyById[study.Text("studyId")!] = study;
            }

            cursor = answer.Text("next");
        }
        while (cursor is not null);
        return studyById;
    }

    /// <summary>The linkage table of a project.</summary>
    public Task<JsonNode?> LinkageAsync(string project, CancellationToken cancellation) =>
        client.GetAsync($"api/v1/projects/{project}/linkage", cancellation);
}
