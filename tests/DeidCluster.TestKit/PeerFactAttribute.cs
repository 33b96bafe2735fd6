using Xunit;

namespace DeidCluster.TestKit;

/// <summary>A test that needs real tools on the PATH: without them it is skipped and says which one is missing.</summary>
public sealed class PeerFactAttribute : FactAttribute
{
    /// <param name="tools">Commands, such as "storescp".</param>
    public PeerFactAttribute(params string[] tools)
    {
        string[] missing = [.. tools.Where(tool => PeerProcess.Find(tool) is null)];
        if (missing.Length > 0)
        {
            Skip = $"The real peer {string.Join(", ", missing)} is not installed (./test.sh installs it with apt when it may).";
        }
    }
}

/// <summary>A test over the sample files in the folder that DEID_SAMPLES names; skipped when it is not set.</summary>
public sealed class SamplesFactAttribute : FactAttribute
{
    /// <summary>The folder, or null.</summary>
    public static string? Folder => Environment.GetEnvironmentVariable("DEID_SAMPLES") is { Length: > 0 } folder && Directory.Exists(folder) ? folder : null;

    /// <param name="tools">Commands of peers that the test needs too, such as "dciodvfy".</param>
    public SamplesFactAttribute(params string[] tools) =>
        Skip = Folder is null ? "DEID_SAMPLES does not name a folder of sample files." : new PeerFactAttribute(tools).Skip;
}
