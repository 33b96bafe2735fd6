using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DeidCluster.Deid;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Node.Tests;

/// <summary>A node with two archives on loopback, a project that takes all and one that takes MR only, and a folder that it delivers to.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly TestFolder folder = new();
    private DeidNode? node;
    private int filled;

    internal ArchiveSimulator Vna { get; } = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "VNA" });

    internal ArchiveSimulator Pacs { get; } = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "PACS" });

    /// <summary>Rows that one request may have.</summary>
    internal int RowsMax { get; init; } = 10;

    /// <summary>Bytes that the body of one request may have.</summary>
    internal int BodyBytesMax { get; init; } = 65536;

    internal SampleStudies Samples { get; } = new(new SampleOptions { ImagesPerSeries = 2 });

    public HttpClient Http { get; } = new();

    public string Delivered => folder.Folder("delivered");

    public string Logs => folder.File("data/logs");

    public string Store => folder.File("data/store.sqlite");

    public string Retired => folder.File("data/retired");

    public string Configuration => folder.Folder("config");

    public async Task InitializeAsync()
    {
        WriteConfiguration();
        await StartAsync();
    }

    public async Task StartAsync()
    {
        node = await DeidNode.StartAsync(NodeConfiguration.Read(Configuration), CancellationToken.None);
        Vna.AddDestination("NODE", "127.0.0.1", node.DicomEndPoint.Port);
        Pacs.AddDestination("NODE", "127.0.0.1", node.DicomEndPoint.Port);
        await WaitUntilReadyAsync();
    }

    public Task DrainedAsync() => node!.Drained.WaitAsync(Deadline);

    public async Task StopAsync() => await node!.DisposeAsync();

    public async Task DisposeAsync()
    {
        await StopAsync();
        await Vna.DisposeAsync();
        await Pacs.DisposeAsync();
        Http.Dispose();
        folder.Dispose();
    }

    public async Task<JsonNode> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await Http.GetAsync(new Uri(node!.HttpAddress, path));
        return await ReadAsync(response, expected);
    }

    public Task<string> GetTextAsync(string path) => Http.GetStringAsync(new Uri(node!.HttpAddress, path));

    public async Task<JsonNode> PostAsync(string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await Http.PostAsync(new Uri(node!.HttpAddress, path), JsonContent.Create(body));
        return await ReadAsync(response, expected);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string path)
    {
        request.RequestUri = new Uri(node!.HttpAddress, path);
        return await Http.SendAsync(request);
    }

    /// <summary>Submits one study; its public id.</summary>
    public async Task<string> SubmitAsync(object request)
    {
        JsonNode answer = await PostAsync("api/v1/studies", request, HttpStatusCode.Accepted);
        return answer["studies"]![0]!["studyId"]!.GetValue<string>();
    }

    /// <summary>The study once it stands in one of the states.</summary>
    public async Task<JsonNode> WaitForAsync(string id, params string[] states)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            JsonNode study = (await GetAsync($"api/v1/studies/{id}"))["study"]!;
            if (states.Contains(study["status"]!.GetValue<string>()))
            {
                return study;
            }

            try
            {
                await poll.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"The study stayed {study["status"]}: {study["reason"]}");
            }
        }
    }

    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(50));
        while ((await Http.GetAsync(new Uri(node!.HttpAddress, "health/ready"), deadline.Token)).StatusCode != HttpStatusCode.OK)
        {
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    internal async Task FillAsync(ArchiveSimulator archive, SampleStudy study)
    {
        foreach (string file in await study.WriteToAsync(folder.File($"samples/{++filled}"), CancellationToken.None))
        {
            Assert.True(archive.AddFile(file));
        }
    }

    private void WriteConfiguration()
    {
        string secrets = folder.Folder("secrets");
        string projects = folder.Folder("config/projects");
        folder.Folder("delivered");
        File.WriteAllText(Path.Combine(Configuration, "node.yaml"), $$"""
            node: test
            data-folder: ../data
            drain-seconds: 1
            http: {url: "http://127.0.0.1:0", body-bytes-max: {{BodyBytesMax}}, rows-max: {{RowsMax}}}
            dicom: {ae-title: NODE, port: 0}
            secrets: {installation-file: ../secrets/installation.key, project-keys-folder: ../secrets}
            """);
        File.WriteAllText(Path.Combine(Configuration, "archives.yaml"), $$"""
            archives:
              - {name: vna, kind: dimse, ae-title: VNA, host: 127.0.0.1, port: {{Vna.Port}}}
              - {name: pacs, kind: dimse, ae-title: PACS, host: 127.0.0.1, port: {{Pacs.Port}}}
            """);
        File.WriteAllText(Path.Combine(Configuration, "destinations.yaml"), "destinations:\n  - {name: folder, kind: folder, path: ../delivered}\n");
        File.WriteAllText(Path.Combine(projects, "all.yaml"), "project: all\narchives: [vna, pacs]\ndestinations: [folder]\nselect: {sop-classes: [all]}\n");
        File.WriteAllText(Path.Combine(projects, "mr-only.yaml"), "project: mr-only\narchives: [vna, pacs]\ndestinations: [folder]\nselect: {sop-classes: [all], modalities: [MR]}\n");
        File.WriteAllText(Path.Combine(secrets, "installation.key"), SecretFile.Generate());
        ProjectKeys.Of(ProjectKey.Generate("all")).Write(Path.Combine(secrets, "all.key"));
        ProjectKeys.Of(ProjectKey.Generate("mr-only")).Write(Path.Combine(secrets, "mr-only.key"));
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
