using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom scan`.</summary>
public sealed class ScanVerbTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 2, ImageSize = 32 }).Ct(1, 1);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Scan_Tags_ShowsALineForEachFile()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        (int exit, string output, string error) = await RunAsync(folder.File("in"), "--tag", "Modality", "--tag", "0020,000D");
        Assert.Equal((0, ""), (exit, error));
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(study.Instances.Count, lines.Length);
        Assert.All(lines, line => Assert.Matches("\tExplicit VR Little Endian\t[A-Z]+\t[0-9.]+$", line.TrimEnd()));
        Assert.Contains(lines, line => line.Contains("\tCT Image Storage\tExplicit VR Little Endian\tCT\t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scan_Summary_CountsKindsAndRefusals()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(folder.File("in"), "notes.txt"), "no image");
        (int exit, string output, _) = await RunAsync(folder.File("in"), "--summary", "--threads", "1");
        Assert.Equal(2, exit);
        Assert.Matches("(?m)^[0-9]+\tCT Image Storage\tExplicit VR Little Endian\t", output);
        Assert.Contains($"{study.Instances.Count} files read, 1 refused", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--tag", "NoSuchKeyword", "neither a keyword")]
    [InlineData("--threads", "0", "--threads takes")]
    public async Task Scan_Mistake_IsNamed(string option, string value, string expected)
    {
        (int exit, _, string error) = await RunAsync(folder.Path, option, value);
        Assert.Equal(1, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        StringWriter output = new();
        StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, ["dicom", "scan", .. args], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
