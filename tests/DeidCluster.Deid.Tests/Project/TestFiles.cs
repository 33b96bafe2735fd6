namespace DeidCluster.Deid.Tests.Project;

/// <summary>Files of the checkout that the tests were built from.</summary>
internal static class TestFiles
{
    /// <summary>The full path of <paramref name="path"/>, relative to the solution.</summary>
    public static string InTheCheckout(string path)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DeidCluster.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests run inside a checkout."), path);
    }
}
