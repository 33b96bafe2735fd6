using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DeidCluster.TestKit;

/// <summary>How an Orthanc shuts out strangers: with certificates (its own is "server"), and with a user of its HTTP side.</summary>
/// <param name="Certificates">Where its certificate and the root that it trusts come from.</param>
/// <param name="DicomTls">Its DICOM side, both ways, speaks TLS with certificates of both sides.</param>
/// <param name="User">The one who may use its HTTP side; null for everybody.</param>
/// <param name="Password">The password.</param>
public sealed record OrthancSecurity(TestCertificates Certificates, bool DicomTls = false, string? User = null, string Password = "");

/// <summary>A real Orthanc server with its DICOMweb plugin, started in a folder of its own.</summary>
public sealed class OrthancPeer : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly string[] Plugins = ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/share/orthanc/plugins/libOrthancGdcm.so"];

    private readonly PeerProcess process;

    private OrthancPeer(PeerProcess process, string aeTitle, int dicomPort, int httpPort, OrthancSecurity? security)
    {
        this.process = process;
        (AeTitle, DicomPort) = (aeTitle, dicomPort);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };
        if (security?.User is string user)
        {
            Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{security.Password}")));
        }
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
    public static async Task<OrthancPeer> StartAsync(string folder, string aeTitle, IReadOnlyDictionary<string, int> modalities, OrthancSecurity? security = null)
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
            ["DicomModalities"] = modalities.ToDictionary(pair => pair.Key, pair => (object)new { AET = pair.Key, Host = "127.0.0.1", Port = pair.Value, UseDicomTls = security?.DicomTls == true }),
            ["DicomWeb"] = new { Enable = true, Root = "/dicom-web/", EnableWado = true, WadoRoot = "/wado", Host = "127.0.0.1", Ssl = false },
        };
        if (security is not null)
        {
            Secure(configuration, security);
        }

        string file = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(configuration));
        PeerProcess process = await PeerProcess.StartServerAsync("Orthanc", [file], httpPort, StartDeadline, folder);
        OrthancPeer peer = new(process, aeTitle, dicomPort, httpPort, security);
        await process.WaitForPortAsync(dicomPort, StartDeadline);
        return peer;
    }

    private static void Secure(Dictionary<string, object> configuration, OrthancSecurity security)
    {
        TestCertificates certificates = security.Certificates;
        if (security.DicomTls)
        {
            configuration["DicomTlsEnabled"] = true;
            configuration["DicomTlsCertificate"] = certificates.File("server.pem");
            configuration["DicomTlsPrivateKey"] = certificates.File("server.key");
            configuration["DicomTlsTrustedCertificates"] = certificates.File("root.pem");
            configuration["DicomTlsRemoteCertificateRequired"] = true;
        }

        if (security.User is string user)
        {
            configuration["AuthenticationEnabled"] = true;
            configuration["RegisteredUsers"] = new Dictionary<string, string> { [user] = security.Password };
        }
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
