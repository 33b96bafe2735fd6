using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>The benchmark itself still runs; its numbers are for people.</summary>
public sealed class BenchmarkTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [PeerFact("storescp", "storescu", "movescu", "dcmdump", "dcmodify", "gdcmscanner", "Orthanc", "curl")]
    public async Task Bench_Quick_PrintsATableForEachAreaAskedFor()
    {
        string[] areas = ["edit", "allocation", "nagle"];
        (int code, string output) = await PeerProcess.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "deid-bench.dll"), .. areas, "--quick"], Deadline);
        Assert.True(code == 0, output);
        Assert.Equal(areas.Length, output.Split("### ").Length - 1);
        Assert.Contains("| **deid** |", output, StringComparison.Ordinal);
    }

    [PeerFact("storescp", "storescu", "movescu", "dcmdump", "dcmodify", "gdcmscanner", "Orthanc", "curl")]
    public async Task Bench_UnknownArea_IsRefused()
    {
        (int code, string output) = await PeerProcess.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "deid-bench.dll"), "sped"], Deadline);
        Assert.Equal(2, code);
        Assert.Contains("'sped' is no area", output, StringComparison.Ordinal);
    }
}
