using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>`deid node run` as a process of its own, and its HTTP API. Disposing it is kill -9.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private const int ListLimit = 1000;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(150);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly PeerProcess process;
    private readonly HttpClient http;

    private RunningNode(PeerProcess process, ClusterFolder folder)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{folder.HttpPort}/") };
    }

    /// <summary>What it wrote to both outputs.</summary>
    public string Output => process.Output;

    /// <summary>Starts the process and does not wait for anything.</summary>
    public static RunningNode Launch(ClusterFolder folder) =>
        new(PeerProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "deid.dll"), "node", "run", "--config", folder.NodeFile]), folder);

    /// <summary>Starts the process and waits until it is ready for work.</summary>
    public static async Task<RunningNode> StartAsync(ClusterFolder folder)
    {
        RunningNode node = Launch(folder);
        try
        {
            await node.process.WaitForPortAsync(folder.HttpPort, StartDeadline);
            await UntilAsync(node.IsReadyAsync, StartDeadline, () => $"ready: {node.Output}");
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its process id.</summary>
    public int ProcessId => process.Id;

    /// <summary>Waits until it has ended by itself.</summary>
    public Task WaitForExitAsync(TimeSpan deadline) => process.WaitForExitAsync(deadline);

    /// <summary>Submits <paramref name="requests"/> in one call; the public ids in their order.</summary>
    public async Task<IReadOnlyList<string>> SubmitAsync(IEnumerable<StudyRequest> requests, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync("api/v1/studies", new { studies = requests }, Json, cancellation);
        string text = await answer.Content.ReadAsStringAsync(cancellation);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            throw new HttpRequestException(text); // the store is away: nothing was accepted, as when the node is
        }

        Assert.True(answer.IsSuccessStatusCode, text);
        JsonArray outcomes = JsonNode.Parse(text)!["studies"]!.AsArray();
        Assert.All(outcomes, outcome => Assert.Null(outcome!["refusal"]));
        return [.. outcomes.Select(outcome => (string)outcome!["studyId"]!)];
    }

    /// <summary>All studies by public id.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> StudiesAsync(CancellationToken cancellation = default)
    {
        JsonNode answer = await GetAsync($"api/v1/studies?limit={ListLimit}", cancellation);
        return answer["studies"]!.AsArray().ToDictionary(study => (string)study!["studyId"]!, study => study!);
    }

    /// <summary>One study with its history and ledger, identities included.</summary>
    public Task<JsonNode> StudyAsync(string id) => GetAsync($"api/v1/studies/{id}?identities=true");

    /// <summary>The answer to GET <paramref name="path"/>.</summary>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation = default) =>
        JsonNode.Parse(await http.GetStringAsync(path, cancellation))!;

    /// <summary>An operator does something to an archive, such as "pause" or "resume".</summary>
    public async Task OperateAsync(string archive, string verb)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync($"api/v1/archives/{archive}/{verb}", new { by = "end to end", why = "the test" }, Json);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A sample of its metrics page.</summary>
    public async Task<long> MetricAsync(string name)
    {
        string[] lines = (await http.GetStringAsync("metrics")).Split('\n');
        return long.Parse(lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until every study of <paramref name="ids"/> has one of <paramref name="statuses"/>.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> WaitAsync(IReadOnlyCollection<string> ids, TimeSpan deadline, params StudyStatus[] statuses)
    {
        IReadOnlyDictionary<string, JsonNode> studies = await StudiesAsync();
        await UntilAsync(
            async () =>
            {
                studies = await StudiesAsync();
                return ids.All(id => studies.TryGetValue(id, out JsonNode? study) && statuses.Contains(StatusOf(study)));
            },
            deadline,
            () => $"{string.Join(" or ", statuses)}:\n{string.Join('\n', studies.Values.Select(study => study.ToJsonString()))}\n{Output}");
        return studies;
    }

    /// <summary>Waits until it wrote <paramref name="words"/>.</summary>
    public Task UntilSaysAsync(string words, TimeSpan deadline) => UntilAsync(
        () => Task.FromResult(Output.Contains(words, StringComparison.Ordinal)), deadline, () => $"said '{words}':\n{Output}");

    /// <summary>The status in a study's row.</summary>
    public static StudyStatus StatusOf(JsonNode study) => Enum.Parse<StudyStatus>((string)study["status"]!, ignoreCase: true);

    /// <summary>SIGTERM, as a supervisor stops it; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await process.SignalAsync("TERM");
        return await process.WaitForExitAsync(StopDeadline);
    }

    /// <summary>Sends it a signal, such as STOP or CONT.</summary>
    public Task SignalAsync(string name) => process.SignalAsync(name);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        using HttpResponseMessage answer = await http.GetAsync("health/ready");
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Looks again and again until <paramref name="condition"/> holds; fails after <paramref name="deadline"/>, saying what was wanted.</summary>
    public static Task UntilAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> wanted) => Until.TrueAsync(condition, deadline, wanted, LookInterval);
}
