using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

internal static class TestFolderFiles
{
    /// <summary>Every file in the folder, in order of their paths.</summary>
    public static string[] Files(this TestFolder folder) =>
        [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
