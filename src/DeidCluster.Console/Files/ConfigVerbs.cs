using System.CommandLine;
using System.Text.Json.Nodes;
using DeidCluster.Deid;
using DeidCluster.Node;

namespace DeidCluster.Console.Files;

/// <summary>`deid config`: looks at a configuration directory without running anything.</summary>
internal static class ConfigVerbs
{
    private const string ProjectsFolder = "projects";
    private const string RulesFolder = "rules";
    private static readonly string[] NodeFiles = [NodeConfiguration.FileName, "archives.yaml", "destinations.yaml"];

    private static readonly Argument<string> Folder = new("DIR") { Description = "The configuration directory, e.g. cluster-config." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts." };

    public static Command Create()
    {
        Command check = new("check", """
            Read every file of a configuration directory and report all mistakes; secrets are not read.
            Exit code: 0 no mistake, 1 mistakes.
            Example: deid config check cluster-config
            """) { Folder, AsJson };
        check.SetAction(parsed => Check(parsed.GetValue(Folder)!, parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output));
        return new Command("config", "Check a configuration directory.") { check };
    }

    private static int Check(string folder, bool asJson, TextWriter output)
    {
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"there is no directory '{folder}'");
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*.y*ml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        List<ConfigurationProblem> problems = [.. files.Where(path => !IsRead(folder, path)).Select(Stranger)];

        // Without a node, a folder of projects is there for `deid anonymize` alone.
        if (File.Exists(Path.Combine(folder, NodeConfiguration.FileName)))
        {
            Collect(problems, () => NodeConfiguration.Check(folder));
        }
        else
        {
            foreach (string path in files.Where(path => IsProject(folder, path)))
            {
                Collect(problems, () => ProjectFile.Read(path));
            }
        }

        if (files.Length == 0)
        {
            problems.Add(new ConfigurationProblem(folder, 1, 1, "there is no configuration file here"));
        }

        Show(problems, files.Length, asJson, output);
        return problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Show(List<ConfigurationProblem> problems, int files, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            JsonArray list = [.. problems.Select(problem => (JsonNode)new JsonObject
            {
                ["file"] = problem.File,
                ["line"] = problem.Line,
                ["column"] = problem.Column,
                ["problem"] = problem.Problem,
            })];
            output.WriteLine(new JsonObject { ["files"] = files, ["problems"] = list }.ToJsonString());
            return;
        }

        foreach (ConfigurationProblem problem in problems)
        {
            output.WriteLine(problem);
        }

        output.WriteLine($"{files} files, {problems.Count} problems");
    }

    private static void Collect(List<ConfigurationProblem> problems, Action read)
    {
        try
        {
            read();
        }
        catch (ConfigurationException e)
        {
            problems.AddRange(e.Problems);
        }
    }

    private static bool IsRead(string folder, string path) => IsProject(folder, path) || IsRuleFile(folder, path) || NodeFiles.Contains(Path.GetRelativePath(folder, path));

    private static bool IsProject(string folder, string path) =>
        Path.GetExtension(path) == ".yaml" && Path.GetDirectoryName(Path.GetRelativePath(folder, path)) == ProjectsFolder;

    // A project that names it reads it.
    private static bool IsRuleFile(string folder, string path) =>
        Path.GetExtension(path) == ".yaml" && Path.GetRelativePath(folder, path).StartsWith(Path.Combine(ProjectsFolder, RulesFolder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static ConfigurationProblem Stranger(string path) => new(path, 1, 1, "nothing reads a file of this name in this place");
}
