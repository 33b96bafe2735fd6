using System.CommandLine;

namespace DeidCluster.Console.Files;

/// <summary>The verbs that work on files, without a node.</summary>
public static class FileVerbs
{
    /// <summary>Adds them to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Add(AnonymizeVerb.Create());
        root.Add(DiffVerb.Create());
        root.Add(DumpVerb.Create());
        root.Add(RulesVerbs.Create());
        root.Add(ConfigVerbs.Create());
        root.Add(new Command("project", "Look at a node's projects, pause and resume them; make their keys.") { KeyVerbs.Create() });
    }
}
