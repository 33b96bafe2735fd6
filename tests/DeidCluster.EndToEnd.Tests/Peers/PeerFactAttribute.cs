namespace DeidCluster.EndToEnd.Tests;

/// <summary>A test that needs programs of others; without them it is skipped and says which are missing.</summary>
internal sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute(params string[] programs) => Skip = PeerPrograms.Missing(programs);
}

/// <summary>The same for a theory.</summary>
internal sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute(params string[] programs) => Skip = PeerPrograms.Missing(programs);
}

/// <summary>Looks for programs where the shell would, and where Debian puts servers.</summary>
internal static class PeerPrograms
{
    private static readonly string[] Folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin"];

    /// <summary>Why a test cannot run; null when it can.</summary>
    public static string? Missing(IEnumerable<string> programs)
    {
        string[] missing = [.. programs.Where(program => Find(program) is null)];
        return missing.Length == 0 ? null : $"not installed here: {string.Join(", ", missing)}";
    }

    private static string? Find(string program) => Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
