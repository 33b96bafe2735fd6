using System.Text.RegularExpressions;

namespace DeidCluster.House.Tests;

/// <summary>The habits of the house that a machine can keep.</summary>
public partial class ShapeTests
{
    private const int LinesMax = 700;

    [Fact]
    public void Sources_CarryNoEmptyNames()
    {
        Assert.Empty(House.Sources("src").Where(path => EmptyNames().IsMatch(Path.GetFileNameWithoutExtension(path))));
    }

    [Fact]
    public void Sources_LieAtMostOneFolderDeep()
    {
        Assert.Empty(House.Sources("src").Where(path => path.Count(letter => letter == '/') > 3));
    }

    [Fact]
    public void Sources_FitAFewScreens()
    {
        Assert.Empty(House.Sources("src")
            .Where(path => !path.EndsWith(".g.cs", StringComparison.Ordinal))
            .Where(path => File.ReadLines(Path.Combine(House.Root, path)).Count() > LinesMax));
    }

    [Fact]
    public void Sources_WaitForNothingSynchronously_AndPromiseNothing()
    {
        foreach (string path in House.Sources("src"))
        {
            string text = File.ReadAllText(Path.Combine(House.Root, path));
            Assert.False(Forbidden().IsMatch(text), $"{path}: {Forbidden().Match(text).Value}");
        }
    }

    [Fact]
    public void Dicom_And_Engine_UseTheFrameworkOnly()
    {
        foreach (string name in new[] { "DeidCluster.Dicom", "DeidCluster.Engine" })
        {
            Assert.DoesNotContain("PackageReference", File.ReadAllText(Path.Combine(House.Root, "src", name, name + ".csproj")), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("(Utils?|Helpers?|Manager|Common|Impl|Service|Processor)$")]
    private static partial Regex EmptyNames();

    [GeneratedRegex(@"NotImplementedException|TODO|FIXME|Thread\.Sleep|\.GetAwaiter\(\)\.GetResult\(\)|catch *(\(Exception[^)]*\))? *\{ *\}")]
    private static partial Regex Forbidden();
}
