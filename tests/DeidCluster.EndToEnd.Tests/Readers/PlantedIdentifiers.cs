using System.Text;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>Everything in the sources that identifies somebody, searched for with grep in bytes, whatever the bytes mean.</summary>
internal sealed class PlantedIdentifiers
{
    private const int GrepFound = 0;
    private const int GrepFoundNothing = 1;
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private static readonly Dictionary<string, string> Bytes = new() { ["LC_ALL"] = "C" };

    private readonly HashSet<string> identifiers;
    private readonly string list;

    /// <summary>Those of <paramref name="studies"/>; <paramref name="list"/> is a file that is written for grep: in UTF-8 and in Latin-1, one per line.</summary>
    public PlantedIdentifiers(IEnumerable<SampleStudy> studies, string list)
    {
        identifiers = [.. studies.SelectMany(study => study.PlantedIdentifiers)];
        this.list = list;
        File.WriteAllBytes(list, [.. identifiers.SelectMany(identifier => Forms(identifier).SelectMany(form => form.Append((byte)'\n')))]);
    }

    /// <summary>Fails when one of them stands in a file or a name below <paramref name="folder"/>, or when there is nothing to search.</summary>
    public async Task AssertNoneInAsync(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => identifiers.Any(identifier => file.Contains(identifier, StringComparison.OrdinalIgnoreCase)));
        (int exitCode, string output) = await GrepAsync(folder);
        Assert.True(exitCode == GrepFoundNothing, $"grep ended with {exitCode}; identifiers stand in:\n{output}");
    }

    /// <summary>The search can find: every file of a source has some of them.</summary>
    public async Task AssertSomeInEachAsync(string folder)
    {
        (int exitCode, string output) = await GrepAsync(folder);
        Assert.Equal(GrepFound, exitCode);
        Assert.Equal(
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length,
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>Fails when one of them stands in <paramref name="text"/>.</summary>
    public void AssertNoneInText(string text) =>
        Assert.DoesNotContain(identifiers, identifier => text.Contains(identifier, StringComparison.OrdinalIgnoreCase));

    private Task<(int ExitCode, string Output)> GrepAsync(string folder) =>
        PeerProcess.RunAsync("grep", ["-r", "-l", "-a", "-F", "-i", "-f", list, folder], TimeMax, environment: Bytes);

    private static IEnumerable<byte[]> Forms(string identifier)
    {
        yield return Encoding.UTF8.GetBytes(identifier);
        if (identifier.All(letter => letter <= 0xFF))
        {
            yield return Encoding.Latin1.GetBytes(identifier);
        }
    }
}
