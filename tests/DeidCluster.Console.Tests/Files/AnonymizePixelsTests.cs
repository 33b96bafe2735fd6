using System.CommandLine;
using DeidCluster.Console.Files;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Files;

/// <summary>Boxes over compressed pixels: coded by real tools, blanked by us with real worker processes, and decoded by GDCM's own tool.</summary>
public sealed class AnonymizePixelsTests : IDisposable
{
    private const int Size = 64;
    private const int PixelBytes = 2;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [PeerFact("gdcmconv", "dcmcjpeg", "dcmcjpls", "dcmcrle")]
    public async Task CompressedByPeers_IsBlankedInsideAndEqualOutside_AsGdcmDecodesIt()
    {
        (string Name, string Tool, string[] Options, string Expected)[] kinds =
        [
            ("lossless", "dcmcjpeg", ["+e1"], Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1),
            ("extended", "dcmcjpeg", ["+ee"], Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1),
            ("jpegls", "dcmcjpls", [], Uids.JpegLsLosslessImageCompression),
            ("rle", "dcmcrle", [], Uids.RleLossless),
            ("j2k", "gdcmconv", ["--j2k"], Uids.Jpeg2000ImageCompressionLosslessOnly),
        ];
        SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = kinds.Length, ImageSize = Size }).Ct(1, 1);
        Directory.CreateDirectory(folder.File("in"));
        for (int i = 0; i < kinds.Length; i++)
        {
            string native = folder.File($"{kinds[i].Name}.dcm");
            await using (FileStream file = File.Create(native))
            {
                await study.Instances[i].ToFile().WriteToAsync(file, CancellationToken.None);
            }

            await PeerAsync(kinds[i].Tool, [.. kinds[i].Options, native, folder.File($"in/{kinds[i].Name}.dcm")]);
        }

        await File.WriteAllTextAsync(folder.File("boxes.yaml"), """
            project: boxes
            select:
              sop-classes: [all]
              modalities: [CT]
            pixels:
              - modalities: [CT]
                blank:
                  - { left: 5, top: 3, right: 40, bottom: 11 }
            """);
        Assert.Equal(0, (await DeidAsync("project", "key", "new", "--out", folder.File("key"))).Exit);

        (int exit, string output) = await DeidAsync(
            "anonymize", "--project", folder.File("boxes.yaml"), "--key-file", folder.File("key"), "--in", folder.File("in"), "--out", folder.File("out"), "--keep-paths");

        Assert.True(exit == 0, output);
        foreach ((string name, _, _, string expected) in kinds)
        {
            using (DicomFile result = DicomFile.Open(folder.File($"out/{name}.dcm")))
            {
                Assert.Equal(expected, result.TransferSyntax.Uid);
                Assert.Equal(name == "extended" ? "01" : null, result.DataSet.GetString(Tags.LossyImageCompression) is "01" ? "01" : null);
            }

            byte[] before = await DecodedAsync(folder.File($"in/{name}.dcm"));
            byte[] after = await DecodedAsync(folder.File($"out/{name}.dcm"));
            for (int pixel = 0; pixel < Size * Size; pixel++)
            {
                bool isInside = pixel % Size is >= 5 and <= 40 && pixel / Size is >= 3 and <= 11;
                ReadOnlySpan<byte> wanted = isInside ? after.AsSpan((((3 * Size) + 5) * PixelBytes), PixelBytes) : before.AsSpan(pixel * PixelBytes, PixelBytes);
                Assert.True(wanted.SequenceEqual(after.AsSpan(pixel * PixelBytes, PixelBytes)), $"{name}: pixel {pixel % Size},{pixel / Size}");
            }
        }

        Facts.Say($"boxes over pixels compressed by DCMTK and GDCM: {kinds.Length} kinds blanked inside, equal outside, as gdcmconv decodes them");
    }

    private async Task<byte[]> DecodedAsync(string path)
    {
        string raw = folder.File(Guid.NewGuid().ToString("N"));
        await PeerAsync("gdcmconv", ["--raw", path, raw]);
        using DicomFile file = DicomFile.Open(raw);
        return PixelFrames.Open(file).Read(0);
    }

    private static async Task PeerAsync(string tool, string[] arguments)
    {
        (int exit, string output) = await PeerProcess.RunAsync(tool, arguments, Deadline);
        Assert.True(exit == 0, $"{tool}: {output}");
    }

    private static async Task<(int Exit, string Output)> DeidAsync(params string[] arguments)
    {
        RootCommand root = new();
        FileVerbs.AddTo(root);
        StringWriter output = new();
        int exit = await CommandLine.RunAsync(root, arguments, output, output);
        return (exit, output.ToString());
    }
}
