using DeidCluster.Deid;
using DeidCluster.Pipeline;

namespace DeidCluster.Node;

/// <summary>The configuration as its files say, secrets left out. All files are read before anything is reported.</summary>
internal sealed record ConfigurationFiles(
    NodeSettings Node, IReadOnlyList<ArchiveConfiguration> Archives, IReadOnlyList<DestinationSettings> Destinations, IReadOnlyList<ProjectFile> Projects)
{
    /// <summary>More project files are refused.</summary>
    public const int ProjectsMax = 1000;

    public static ConfigurationFiles Read(string path)
    {
        string nodeFile = Directory.Exists(path) ? Path.Combine(path, NodeConfiguration.FileName) : path;
        string folder = Path.GetDirectoryName(Path.GetFullPath(nodeFile))!;
        string Beside(string name) => Path.Combine(Path.GetDirectoryName(nodeFile) ?? "", name);

        List<ConfigurationProblem> problems = [];
        NodeSettings? node = Collect(problems, () => NodeFile.Read(StrictYaml.ReadFile(nodeFile), folder));
        string aeTitle = node?.Dicom.AeTitle ?? "";
        IReadOnlyList<ArchiveConfiguration>? archives = Collect(problems, () => ArchivesFile.Read(StrictYaml.ReadFile(Beside("archives.yaml")), aeTitle, folder));
        IReadOnlyList<DestinationSettings>? destinations =
            Collect(problems, () => DestinationsFile.Read(StrictYaml.ReadFile(Beside("destinations.yaml")), aeTitle, folder));

        List<ProjectFile> projects = [];
        foreach (string file in ProjectPaths(Beside("projects")))
        {
            ProjectFile? project = Collect(problems, () => ProjectFile.Read(file));
            if (project is not null)
            {
                problems.AddRange(References(file, "archives", project.Destinations.Count > 0, archives?.Select(archive => archive.Settings.Name)));
                problems.AddRange(References(file, "destinations", project.Archives.Count > 0, destinations?.Select(destination => destination.Name)));
                projects.Add(project);
            }
        }

        return problems.Count == 0
            ? new ConfigurationFiles(node!, archives!, destinations!, [.. projects.Where(project => project.Archives.Count > 0)])
            : throw new ConfigurationException(problems);
    }

    private static string[] ProjectPaths(string folder)
    {
        string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)] : [];
        return files.Length <= ProjectsMax ? files : throw new ConfigurationException(folder, 1, 1, $"there are more than {ProjectsMax} projects");
    }

    private static T? Collect<T>(List<ConfigurationProblem> problems, Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (ConfigurationException e)
        {
            problems.AddRange(e.Problems);
            return null;
        }
    }

    /// <summary>Names in a project file that nothing has; a project with archives needs destinations and the other way round.</summary>
    private static List<ConfigurationProblem> References(string file, string key, bool needed, IEnumerable<string>? known)
    {
        YamlMap map = StrictYaml.ReadFile(file);
        IReadOnlyList<YamlScalar> names = map.OptionalScalars(key);
        if (names.Count == 0)
        {
            return needed ? [new ConfigurationProblem(file, 1, 1, $"key '{key}' is missing: a project that a node carries out has archives and destinations")] : [];
        }

        string[]? there = known?.ToArray();
        return
        [
            .. names.Where(name => there is not null && !there.Contains(name.Text, StringComparer.Ordinal)).Select(name => new ConfigurationProblem(
                file, name.Line, name.Column, $"{key}.yaml has no '{name.Text}'{NearestWord.Suggest(name.Text, there!)}")),
        ];
    }
}
