using System.Text.Json;

namespace DeidCluster.TestKit;

/// <summary>A real Orthanc server with its DICOMweb plugin, started in a folder of its own.</summary>
public sealed class OrthancPeer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly string[] Plugins = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/share/orthanc/plugins/libOrthancGdcm.so"];

    private readonly PeerProcess process;

    private OrthancPeer(PeerProcess process, string aeTitle, int dicomPort, int httpPort)
    {
        this.process = process;
        (AeTitle, DicomPort) = (aeTitle, dicomPort);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };
    }

    /// <summary>Its AE title, which a caller must name.</summary>
    public string AeTitle { get; }

    /// <summary>Its DICOM port.</summary>
    public int DicomPort { get; }

    /// <summary>Its REST interface: "/instances", "/studies", "/dicom-web/studies" ...</summary>
    public HttpClient Http { get; }

    /// <summary>What it wrote.</summary>
    public string Output => process.Output;

    /// <summary>Starts an Orthanc that keeps its data in <paramref name="folder"/> and knows <paramref name="modalities"/> (AE title, port on loopback) as peers.</summary>
    public static async Task<OrthancPeer> StartAsync(string folder, string aeTitle, IReadOnlyDictionary<string, int> modalities)
    {
        Directory.CreateDirectory(folder);
        int dicomPort = FreePort.Next();
        int httpPort = FreePort.Next();
        string database = Path.Combine(folder, "db");
        Dictionary<string, object> configuration = new()
        {
            ["Name"] = aeTitle,
            ["StorageDirectory"] = database,
            ["IndexDirectory"] = database,
            ["Plugins"] = Plugins.Where(File.Exists).ToArray(),
            ["HttpPort"] = httpPort,
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = false,
            ["DicomAet"] = aeTitle,
            ["DicomPort"] = dicomPort,
            ["DicomCheckCalledAet"] = true,
            ["DicomAlwaysAllowFind"] = true,
            ["DicomAlwaysAllowGet"] = true,
            ["DicomAlwaysAllowMove"] = true,
            ["UnknownSopClassAccepted"] = true,
            ["OverwriteInstances"] = true,
            ["StableAge"] = 2,
            ["SyncStorageArea"] = false,
            ["DicomAssociationCloseDelay"] = 1,
            ["SaveJobs"] = false,
            ["DicomModalities"] = modalities.ToDictionary(pair => pair.Key, pair => (object)new { AET = pair.Key, Host = "127.0.0.1", Port = pair.Value }),
            ["DicomWeb"] = new { Enable = true, Root = "/dicom-web/", EnableWado = true, WadoRoot = "/wado", Host = "127.0.0.1", Ssl = false },
        };
        string file = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(configuration));
        PeerProcess process = await PeerProcess.StartServerAsync("Orthanc", [file], httpPort, StartDeadline, folder);
        OrthancPeer peer = new(process, aeTitle, dicomPort, httpPort);
        await process.WaitForPortAsync(dicomPort, StartDeadline);
        return peer;
    }

    /// <summary>Adds the bytes of a DICOM file through REST.</summary>
    public async Task UploadAsync(byte[] file)
    {
        using HttpResponseMessage answer = await Http.PostAsync("/instances", new ByteArrayContent(file));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>How many instances it holds.</summary>
    public async Task<int> CountInstancesAsync()
    {
        using JsonDocument statistics = JsonDocument.Parse(await Http.GetStringAsync("/statistics"));
        return statistics.RootElement.GetProperty("CountInstances").GetInt32();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
    }
}
