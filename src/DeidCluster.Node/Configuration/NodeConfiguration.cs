using DeidCluster.Deid;
using DeidCluster.Pipeline;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>
/// All that a node is configured by: node.yaml, and beside it archives.yaml, destinations.yaml and projects/*.yaml. Files are read
/// strictly; relative paths count from the folder of node.yaml.
/// </summary>
public sealed record NodeConfiguration
{
    /// <summary>The name of the file that a folder is read from.</summary>
    public const string FileName = "node.yaml";

    /// <summary>This node's own part.</summary>
    public required NodeSettings Node { get; init; }

    /// <summary>The archives.</summary>
    public required IReadOnlyList<ArchiveConfiguration> Archives { get; init; }

    /// <summary>The destinations.</summary>
    public required IReadOnlyList<DestinationSettings> Destinations { get; init; }

    /// <summary>The projects that this installation carries out; a project without archives and destinations is for files only and is not among them.</summary>
    public required IReadOnlyList<ProjectConfiguration> Projects { get; init; }

    /// <summary>The installation's secret, equal on all nodes: study ids and path names are keyed by it.</summary>
    public required byte[] InstallationSecret { get; init; }

    /// <summary>Reads the configuration and its secrets. <paramref name="path"/> is node.yaml or its folder.</summary>
    /// <exception cref="ConfigurationException">Something is unknown, wrong or missing; all problems of all files, with line and column.</exception>
    /// <exception cref="ProjectKeyException">A secret cannot be read.</exception>
    public static NodeConfiguration Read(string path)
    {
        ConfigurationFiles files = ConfigurationFiles.Read(path);
        return new NodeConfiguration
        {
            Node = files.Node,
            Archives = files.Archives,
            Destinations = files.Destinations,
            Projects = [.. files.Projects.Select(project => new ProjectConfiguration(project, ReadKey(files.Node, project)))],
            InstallationSecret = SecretFile.Read(files.Node.InstallationSecretFile),
        };
    }

    /// <summary>Reads only where the store of the node at <paramref name="path"/> is; throws like <see cref="Read"/>.</summary>
    public static StoreSettings ReadStore(string path) => ConfigurationFiles.Read(path).Node.Store;

    /// <summary>Reads everything but the secrets; throws like <see cref="Read"/>. What `deid config check` does.</summary>
    public static void Check(string path) => ConfigurationFiles.Read(path);

    private static ProjectKeys ReadKey(NodeSettings node, ProjectFile project)
    {
        string path = Path.Combine(node.ProjectKeysFolder, project.Profile.Name + ".key");
        return File.Exists(path)
            ? ProjectKeys.Read(path)
            : throw new ProjectKeyException(path, "the project has no key yet; 'deid project key new --out FILE' makes one");
    }
}

/// <summary>An archive: how it is reached, and how gently.</summary>
/// <param name="Settings">How it is reached.</param>
/// <param name="Limits">How hard it may be worked, over all nodes.</param>
public sealed record ArchiveConfiguration(ArchiveSettings Settings, ArchiveLimits Limits);

/// <summary>A project with its secrets.</summary>
public sealed record ProjectConfiguration(ProjectFile File, ProjectKeys Key)
{
    /// <summary>The project's name.</summary>
    public string Name => File.Profile.Name;
}
