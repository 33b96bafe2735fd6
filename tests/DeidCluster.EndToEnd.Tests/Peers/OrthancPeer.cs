using System.Net.Http.Json;
using System.Text.Json;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>A real Orthanc in a folder of its own: DIMSE on <see cref="DicomPort"/>, REST on loopback.</summary>
internal sealed class OrthancPeer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(90);
    private readonly ChildProcess process;
    private readonly HttpClient http;

    private OrthancPeer(string aeTitle, int dicomPort, ChildProcess process, HttpClient http) =>
        (AeTitle, DicomPort, this.process, this.http) = (aeTitle, dicomPort, process, http);

    public string AeTitle { get; }

    public int DicomPort { get; }

    /// <summary>Starts it; it may send (C-MOVE) to <paramref name="destination"/>.</summary>
    public static async Task<OrthancPeer> StartAsync(string folder, string aeTitle, (string AeTitle, int Port) destination)
    {
        int dicomPort = ChildProcess.FreePort();
        int httpPort = ChildProcess.FreePort();
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Name"] = aeTitle, ["StorageDirectory"] = Path.Combine(folder, "db"), ["IndexDirectory"] = Path.Combine(folder, "db"),
            ["HttpPort"] = httpPort, ["RemoteAccessAllowed"] = false, ["AuthenticationEnabled"] = false,
            ["DicomAet"] = aeTitle, ["DicomPort"] = dicomPort, ["DicomCheckCalledAet"] = true, ["DicomAlwaysAllowFind"] = true,
            ["DicomAlwaysAllowGet"] = true, ["DicomAlwaysAllowMove"] = true, ["DicomAlwaysAllowStore"] = true, ["UnknownSopClassAccepted"] = true,
            ["OverwriteInstances"] = true, ["SyncStorageArea"] = false, ["DicomAssociationCloseDelay"] = 1, ["SaveJobs"] = false,
            ["DicomModalities"] = new Dictionary<string, object> { ["node"] = new { AET = destination.AeTitle, Host = "127.0.0.1", destination.Port } },
        }));
        ChildProcess process = ChildProcess.Start("Orthanc", [file], folder);
        HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}/") };
        await process.WaitUntilAsync(() => AnswersAsync(http), StartTimeMax);
        return new OrthancPeer(aeTitle, dicomPort, process, http);
    }

    /// <summary>Adds a file through its REST interface.</summary>
    public async Task AddAsync(string file)
    {
        using HttpResponseMessage response = await http.PostAsync("instances", new ByteArrayContent(await File.ReadAllBytesAsync(file)));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Writes every instance that it holds to <paramref name="folder"/>, and answers how many.</summary>
    public async Task<int> ExportAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        string[] ids = await http.GetFromJsonAsync<string[]>("instances") ?? [];
        foreach (string id in ids)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, id + ".dcm"), await http.GetByteArrayAsync($"instances/{id}/file"));
        }

        return ids.Length;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.DisposeAsync();
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync("system");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
