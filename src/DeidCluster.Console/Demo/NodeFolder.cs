using System.Text;
using DeidCluster.Deid;
using DeidCluster.Node;

namespace DeidCluster.Console.Demo;

/// <summary>An archive as a node's configuration names it.</summary>
internal sealed record NodeArchive(string Name, string AeTitle, int Port);

/// <summary>
/// One folder that holds all of a node: configuration, secrets, store, staging, logs, and what it delivers. The projects are those that
/// ship with the product.
/// </summary>
internal sealed class NodeFolder(string root)
{
    /// <summary>The node's AE title.</summary>
    public const string AeTitle = "DEIDCLUSTER";

    /// <summary>The projects in it.</summary>
    public static readonly IReadOnlyList<string> Projects = [DemoCohort.ChestCt, DemoCohort.NeuroMr];

    /// <summary>The whole.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>What the node reads at its start.</summary>
    public string Configuration => Path.Combine(Root, "cluster-config");

    /// <summary>The file that `deid node run --config` takes.</summary>
    public string NodeFile => Path.Combine(Configuration, NodeConfiguration.FileName);

    /// <summary>The de-identified files.</summary>
    public string Delivered => Path.Combine(Root, "delivered");

    /// <summary>The node's log files.</summary>
    public string Logs => Path.Combine(Root, "node", "logs");

    /// <summary>Writes configuration and new secrets. The node's own ports are for the system to choose; the archives are on loopback.</summary>
    public async Task WriteAsync(IReadOnlyList<NodeArchive> archives, CancellationToken cancellation)
    {
        string secrets = Path.Combine(Root, "secrets");
        Directory.CreateDirectory(Path.Combine(Configuration, "projects"));
        Directory.CreateDirectory(Delivered);
        Directory.CreateDirectory(secrets);
        await WriteAsync("node.yaml", $"""
            node: demo
            data-folder: ../node
            http:
              url: http://127.0.0.1:0
            dicom:
              ae-title: {AeTitle}
              address: 127.0.0.1
              port: 0
            secrets:
              installation-file: ../secrets/installation.key
              project-keys-folder: ../secrets
            """);
        await WriteAsync("archives.yaml", "archives:\n" + string.Concat(archives.Select(archive =>
            $"  - {{name: {archive.Name}, kind: dimse, host: 127.0.0.1, port: {archive.Port}, ae-title: {archive.AeTitle}, associations-max: 4}}\n")));
        await WriteAsync("destinations.yaml", "destinations:\n  - {name: research-folder, kind: folder, path: ../delivered}\n");
        foreach (string project in Projects)
        {
            await WriteAsync($"projects/{project}.yaml", await ReadShippedAsync(project, cancellation));
            ProjectKeys.Of(ProjectKey.Generate(project)).Write(Path.Combine(secrets, project + ".key"));
        }

        await File.WriteAllTextAsync(Path.Combine(secrets, "installation.key"), SecretFile.Generate(), cancellation);
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Configuration, name), text + "\n", new UTF8Encoding(false));

    private static async Task<string> ReadShippedAsync(string project, CancellationToken cancellation)
    {
        await using Stream resource = typeof(NodeFolder).Assembly.GetManifestResourceStream($"projects/{project}.yaml")
            ?? throw new InvalidOperationException("The projects are embedded in this executable.");
        using StreamReader reader = new(resource);
        return await reader.ReadToEndAsync(cancellation);
    }
}
