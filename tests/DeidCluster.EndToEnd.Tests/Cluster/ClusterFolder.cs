using System.Security.Cryptography;
using System.Text;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>An archive as archives.yaml names it, or a destination of kind dimse; all are on loopback.</summary>
internal sealed record ArchiveEntry(string Name, string AeTitle, int Port)
{
    /// <summary>Further keys, in the same braces: "retrieve: c-get, tls: {...}".</summary>
    public string More { get; init; } = "";

    /// <summary>The root of its DICOMweb service; it is asked there then.</summary>
    public string? Url { get; init; }

    /// <summary>Associations that it bears at a time.</summary>
    public int AssociationsMax { get; init; } = 2;

    /// <summary>After so long it ends an association on which nothing happens.</summary>
    public int IdleTimeoutSeconds { get; init; } = 1;

    /// <summary>Its line.</summary>
    public string ToYaml(bool isArchive = true) =>
        $"  - {{name: {Name}, {(Url is null ? $"kind: dimse, host: 127.0.0.1, port: {Port}, ae-title: {AeTitle}" : $"kind: dicomweb, url: '{Url}'")}"
        + $"{(isArchive ? $", associations-max: {AssociationsMax}, idle-timeout-seconds: {IdleTimeoutSeconds}" : "")}{(More.Length > 0 ? ", " : "")}{More}}}\n";
}

/// <summary>
/// One node's folder as an operator lays it out: cluster-config, secrets, data, and a folder that takes what is delivered. Secrets are
/// made from their names, so that every run gives the same bytes and a search in them the same verdict.
/// </summary>
internal sealed class ClusterFolder(string root)
{
    private string? sharedRoot;
    private string store = "sqlite: store.sqlite";

    /// <summary>The node's name for people.</summary>
    public string Name { get; private init; } = "end-to-end";

    /// <summary>The node's AE title, which archives must know as a move destination.</summary>
    public string AeTitle { get; private init; } = "DEIDNODE";

    /// <summary>How long a node outlives its last heartbeat.</summary>
    public const int LeaseSeconds = 4;

    /// <summary>Further keys of the listener: "tls: {...}".</summary>
    public string DicomMore { get; init; } = "";

    /// <summary>Where its HTTP API listens.</summary>
    public int HttpPort { get; } = FreePort.Next();

    /// <summary>Where archives send to.</summary>
    public int DicomPort { get; init; } = FreePort.Next();

    /// <summary>What `deid node run --config` takes.</summary>
    public string NodeFile => Path.Combine(root, "cluster-config", "node.yaml");

    /// <summary>What the folder destination takes.</summary>
    public string Delivered => Directory.CreateDirectory(Path.Combine(sharedRoot ?? root, "delivered")).FullName;

    /// <summary>The node's log files.</summary>
    public string Logs => Directory.CreateDirectory(Path.Combine(root, "data", "logs")).FullName;

    /// <summary>The destination that is a folder.</summary>
    public const string FolderDestination = "research-folder";

    /// <summary>
    /// The folders of the nodes of one cluster below <paramref name="root"/>, each of which reaches the PostgreSQL server by one of
    /// <paramref name="connections"/>. They share staging and what is delivered; each has its own name and AE title.
    /// </summary>
    public static IReadOnlyList<ClusterFolder> Nodes(string root, IEnumerable<string> connections) =>
    [
        .. connections.Select((connection, at) => new ClusterFolder(Path.Combine(root, $"node-{at + 1}"))
        {
            Name = $"node-{at + 1}", AeTitle = $"DEIDNODE{at + 1}", sharedRoot = root, store = $"postgres: {{connection: {connection}}}",
        }),
    ];

    /// <summary>Writes node.yaml, archives.yaml and destinations.yaml; <paramref name="peer"/> is a destination beside the folder.</summary>
    public void Write(IEnumerable<ArchiveEntry> archives, ArchiveEntry? peer = null)
    {
        Write("cluster-config/node.yaml",
            $"""
            node: {Name}
            data-folder: ../data
            http:
              url: http://127.0.0.1:{HttpPort}
            dicom:
              ae-title: {AeTitle}
              address: 127.0.0.1
              port: {DicomPort}
              {DicomMore}
            store:
              {store}
            lease-seconds: {LeaseSeconds}
            staging:
              folder: {Staging}
            logs:
              folder: logs
              console: true
            secrets:
              installation-file: ../secrets/installation.key
              project-keys-folder: ../secrets
            """);
        Write("cluster-config/archives.yaml", "archives:\n" + string.Concat(archives.Select(archive => archive.ToYaml())));
        Write("cluster-config/destinations.yaml",
            $"destinations:\n  - {{name: {FolderDestination}, kind: folder, path: {Delivered}}}\n"
            + peer?.ToYaml(isArchive: false));
        Write("secrets/installation.key", Secret("installation"));
    }

    /// <summary>Writes projects/<paramref name="name"/>.yaml and its key.</summary>
    public void WriteProject(string name, IEnumerable<string> archives, IEnumerable<string> destinations, string rest)
    {
        Write($"cluster-config/projects/{name}.yaml",
            $"""
            project: {name}
            archives: [{string.Join(", ", archives)}]
            destinations: [{string.Join(", ", destinations)}]
            {rest}
            """);
        Write($"secrets/{name}.key", $"{name}-1 {Secret(name)}");
    }

    /// <summary>The secret of the installation, which keys the names in staging.</summary>
    public static byte[] InstallationSecret => Convert.FromHexString(Secret("installation"));

    /// <summary>The staging area.</summary>
    public string Staging => Path.Combine(sharedRoot ?? root, "staging");

    private static string Secret(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"end to end {name}")));

    private void Write(string name, string text)
    {
        string path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
        if (name.StartsWith("secrets/", StringComparison.Ordinal) && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // keys that others may read are refused
        }
    }
}
