using System.Xml.Linq;

namespace DeidCluster.House.Tests;

/// <summary>References run downwards only; what a project may see is written here and in ARCHITECTURE.md.</summary>
public class ReferenceTests
{
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["Dicom"] = ([], []),
        ["Deid"] = (["Dicom"], ["YamlDotNet"]),
        ["Engine"] = ([], []),
        ["Studies"] = (["Engine"], []),
        ["Store"] = (["Studies"], ["Microsoft.Data.Sqlite.Core", "Npgsql", "SQLitePCLRaw.bundle_e_sqlite3"]),
        ["Pipeline"] = (["Deid", "Store"], []),
        ["Simulator"] = (["Dicom"], []),
        ["Node"] = (["Pipeline"], ["Serilog", "Serilog.Extensions.Logging", "Serilog.Sinks.Console", "Serilog.Sinks.File"]),
        ["Console"] = (["Node", "Simulator"], ["System.CommandLine", "Spectre.Console"]),
    };

    [Fact]
    public void EachProject_IsKnownHere_AndSeesOnlyWhatItMay()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(House.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            string name = Path.GetFileNameWithoutExtension(file).Replace("DeidCluster.", "", StringComparison.Ordinal);
            Assert.True(Allowed.ContainsKey(name), $"{name} is not in the list of projects");
            XDocument project = XDocument.Load(file);
            string[] references = [.. project.Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value).Replace("DeidCluster.", "", StringComparison.Ordinal))];
            string[] packages = [.. project.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value)];
            Assert.Empty(references.Except(Allowed[name].Projects));
            Assert.Empty(packages.Except(Allowed[name].Packages));
        }
    }

    [Fact]
    public void NoProject_SeesItself_ThroughOthers()
    {
        HashSet<string> Below(string name) => [.. Allowed[name].Projects, .. Allowed[name].Projects.SelectMany(Below)];
        Assert.All(Allowed.Keys, name => Assert.DoesNotContain(name, Below(name)));
    }
}
