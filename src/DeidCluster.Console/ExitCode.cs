namespace DeidCluster.Console;

/// <summary>What the process answers to its caller.</summary>
public static class ExitCode
{
    /// <summary>All was done.</summary>
    public const int Done = 0;

    /// <summary>The command could not be carried out: usage, configuration, input or output.</summary>
    public const int Failed = 1;

    /// <summary>The command was carried out, and some of it ended other than wished (files held or rejected, differences found).</summary>
    public const int Partly = 2;

    /// <summary>Stopped from outside, as shells say for SIGINT.</summary>
    public const int Cancelled = 130;
}
