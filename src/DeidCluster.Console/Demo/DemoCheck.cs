using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.Console.Demo;

/// <summary>What was found in the delivered files and in the logs, besides what the node says of itself.</summary>
/// <param name="Files">Delivered files.</param>
/// <param name="ExpectedFiles">How many there must be.</param>
/// <param name="Instances">Different SOP instances among them.</param>
/// <param name="Sent">Instances that the archives sent because they were asked to.</param>
/// <param name="ExpectedSent">How many the node lacked: what was pushed to it before is not fetched again.</param>
/// <param name="Leaks">Planted identifiers in delivered bytes and in paths.</param>
/// <param name="LeaksInLogs">Planted identifiers in the node's logs.</param>
/// <param name="BurnedInPixels">Pixels above an ultrasound region that are not blank.</param>
internal sealed record DemoCheck(int Files, int ExpectedFiles, int Instances, int Sent, int ExpectedSent, int Leaks, int LeaksInLogs, int BurnedInPixels)
{
    /// <summary>True when all is as it must be.</summary>
    public bool Passed => Files == ExpectedFiles && Instances == Files && Sent == ExpectedSent && Leaks == 0 && LeaksInLogs == 0 && BurnedInPixels == 0;

    /// <summary>The counts in a line.</summary>
    public override string ToString() =>
        $"{Files} files delivered of {ExpectedFiles} expected, {Files - Instances} twice; {Sent} instances fetched of {ExpectedSent} lacking; "
        + $"planted identifiers: {Leaks} in delivered bytes, {LeaksInLogs} in logs; burned-in pixels left: {BurnedInPixels}";

    /// <summary>Looks through <paramref name="folder"/> for what was planted in <paramref name="cases"/>; <paramref name="sent"/> is what the archives sent.</summary>
    public static async Task<DemoCheck> RunAsync(NodeFolder folder, IReadOnlyList<DemoCase> cases, int sent, CancellationToken cancellation)
    {
        HashSet<string> planted = [.. cases.SelectMany(demoCase => demoCase.Samples).SelectMany(sample => sample.PlantedIdentifiers)];
        LeakSearch search = new(planted);
        string[] files = FilesOf(folder.Delivered);
        string[] logs = FilesOf(folder.Logs);
        HashSet<string> instances = [];
        int burnedIn = 0;
        int leaks = files.Sum(path => planted.Count(identifier => path.Contains(identifier, StringComparison.OrdinalIgnoreCase)));
        foreach (string path in files)
        {
            leaks += await search.CountAsync(path, cancellation);
            using DicomFile file = DicomFile.Open(path, new ReadOptions { InlineValueBytesMax = int.MaxValue });
            instances.Add(file.DataSet.GetString(Tags.SOPInstanceUID) ?? path);
            burnedIn += BurnedIn(file.DataSet);
        }

        int leaksInLogs = 0;
        foreach (string path in logs)
        {
            leaksInLogs += await search.CountAsync(path, cancellation);
        }

        int expected = cases.Where(demoCase => demoCase.Expected == StudyStatus.Delivered).Sum(demoCase => demoCase.ExpectedDelivered);
        int expectedSent = expected - cases.Sum(demoCase => demoCase.PushedBefore);
        return new DemoCheck(files.Length, expected, instances.Count, sent, expectedSent, leaks, leaksInLogs, burnedIn);
    }

    private static string[] FilesOf(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];

    private static int BurnedIn(DataSet data)
    {
        int columns = data.GetInt(Tags.Columns) ?? 0;
        int samples = data.GetInt(Tags.SamplesPerPixel) ?? 0;
        return data.GetString(Tags.Modality) == "US"
            ? data.GetBytes(Tags.PixelData).Span[..(UsSample.BannerRows * columns * samples)].ContainsAnyExcept((byte)0) ? 1 : 0
            : 0;
    }
}
