using System.CommandLine;

namespace DeidCluster.Console.Files;

/// <summary>The verbs that work on files, without a node.</summary>
public static class FileVerbs
{
    /// <summary>Adds them to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Add(ConfigVerbs.Create());
    }
}
