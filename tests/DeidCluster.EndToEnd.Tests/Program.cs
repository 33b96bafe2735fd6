namespace DeidCluster.EndToEnd.Tests;

/// <summary>What runs when a test starts this assembly as a process: an archive of its own.</summary>
public static class Program
{
    public static Task Main(string[] arguments) => ArchiveProcess.RunAsync(arguments);
}
