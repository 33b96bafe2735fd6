using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom json` and `deid dicom from-json`.</summary>
public sealed class JsonVerbTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 1, ImageSize = 64 }).Ct(1, 1);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Json_AllInline_AndBack_IsTheSameDataSet()
    {
        string path = await SampleAsync();

        (int exit, string json, string error) = await RunAsync("json", path, "--bulk-inline", "1000000");
        Assert.Equal((0, ""), (exit, error));
        await File.WriteAllTextAsync(folder.File("x.json"), json);
        (exit, _, error) = await RunAsync("from-json", folder.File("x.json"), "--out", folder.File("back.dcm"));

        Assert.Equal((0, ""), (exit, error));
        AssertSame(path, folder.File("back.dcm"));
    }

    [Fact]
    public async Task Json_LongValuesNamed_ComeBackFromTheirFileOnly()
    {
        string path = await SampleAsync();

        (_, string json, _) = await RunAsync("json", path, "--indented");
        Assert.Contains("?offset=", json, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("x.json"), json);

        (int exit, _, string error) = await RunAsync("from-json", folder.File("x.json"), "--out", folder.File("back.dcm"));
        Assert.Equal(1, exit);
        Assert.Contains("--bulk-from", error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("back.dcm")));

        (exit, _, error) = await RunAsync("from-json", folder.File("x.json"), "--out", folder.File("back.dcm"), "--bulk-from", path);
        Assert.Equal((0, ""), (exit, error));
        AssertSame(path, folder.File("back.dcm"));
    }

    [Fact]
    public async Task FromJson_NoJson_IsRefusedInALine()
    {
        await File.WriteAllTextAsync(folder.File("x.json"), """{"00100010":{"vr":"PN","Value":["Secret"]},"00280010":{"vr":"US","Value":["Secret"]}}""");

        (int exit, _, string error) = await RunAsync("from-json", folder.File("x.json"), "--out", folder.File("back.dcm"));

        Assert.Equal(1, exit);
        Assert.Contains("(0028,0010)", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", error, StringComparison.Ordinal);
    }

    private async Task<string> SampleAsync()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        return Directory.EnumerateFiles(folder.File("in"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
    }

    /// <summary>But for the character set, which is UTF-8 now.</summary>
    private static void AssertSame(string before, string after)
    {
        using DicomFile a = DicomFile.Open(before);
        using DicomFile b = DicomFile.Open(after);
        Assert.Empty(DataSetDiff.Compare(a.DataSet, b.DataSet, a.Source, b.Source).Select(difference => difference.Path).Where(path => path != "(0008,0005)"));
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        StringWriter output = new();
        StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, ["dicom", .. args], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
