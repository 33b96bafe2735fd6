using System.CommandLine;

namespace DeidCluster.Console.Files;

/// <summary>`deid config`: looks at a configuration directory without running anything.</summary>
internal static class ConfigVerbs
{
    public static Command Create()
    {
        Command config = new("config", "Look at a configuration directory.");
        return config;
    }
}
