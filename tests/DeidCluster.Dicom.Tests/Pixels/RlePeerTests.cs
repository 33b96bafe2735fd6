using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>Our RLE against DCMTK's and GDCM's, both ways, bit by bit.</summary>
public class RlePeerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TransferSyntax RleLossless = TransferSyntax.Find(Uids.RleLossless)!;

    private static IEnumerable<(PixelDescription Description, int Frames)> Kinds() =>
    [
        (TestImages.Grey(64, 63, 8, 8), 1),
        (TestImages.Grey(65, 130, 16, 12), 3),
        (TestImages.Grey(40, 41, 16, 16, isSigned: true), 1),
        (TestImages.Grey(33, 34, 32, 32), 1),
        (TestImages.Colour(50, 70), 2),
        (TestImages.Colour(50, 70, isPlanar: true), 1),
    ];

    [PeerFact("dcmdrle", "gdcmconv")]
    public async Task OurFrames_DecodedByDcmtkAndGdcm_AreTheSamePixels()
    {
        using TestFolder folder = new();
        int at = 0;
        foreach ((PixelDescription description, int count) in Kinds())
        {
            byte[][] frames = [.. Enumerable.Range(at, count).Select(seed => TestImages.Frame(description, seed))];
            string coded = folder.File($"{at++}.dcm");
            TestImages.WriteCoded(coded, TestImages.Image(description, frames), RleLossless, isExtended: false, [.. frames.Select(frame => Rle.Encode(frame, description))]);

            await RunAsync("dcmdrle", [coded, folder.File("dcmtk.dcm")]);
            await RunAsync("gdcmconv", ["--raw", coded, folder.File("gdcm.dcm")]);

            byte[] expected = [.. frames.SelectMany(frame => ColourPlanes.ByPixel(new NativeFrame(frame, description)).Bytes.ToArray())];
            Assert.Equal(expected, TestImages.AllBytes(folder.File("dcmtk.dcm")));
            Assert.Equal(expected, TestImages.AllBytes(folder.File("gdcm.dcm")));
        }
    }

    [PeerFact("dcmcrle", "gdcmconv")]
    public async Task FramesOfDcmtkAndGdcm_DecodedByUs_AreTheSamePixels()
    {
        using TestFolder folder = new();
        int at = 0;
        foreach ((PixelDescription description, int count) in Kinds())
        {
            byte[][] frames = [.. Enumerable.Range(at, count).Select(seed => TestImages.Frame(description, seed))];
            string native = folder.File($"{at++}.dcm");
            TestImages.Write(native, TestImages.Image(description, frames), TransferSyntax.ExplicitVrLittleEndian);

            await RunAsync("dcmcrle", [native, folder.File("dcmtk.dcm")]);
            Assert.Equal(frames, Decoded(folder.File("dcmtk.dcm"), description));
            await RunAsync("gdcmconv", ["--rle", native, folder.File("gdcm.dcm")]);
            Assert.Equal(frames, Decoded(folder.File("gdcm.dcm"), description));
        }
    }

    private static IEnumerable<byte[]> Decoded(string path, PixelDescription description)
    {
        using DicomFile file = DicomFile.Open(path);
        PixelFrames frames = PixelFrames.Open(file);
        return [.. Enumerable.Range(0, frames.Count).Select(i => Rle.Decode(frames.Read(i), description))];
    }

    private static async Task RunAsync(string tool, string[] arguments)
    {
        (int exitCode, string output) = await PeerProcess.RunAsync(tool, arguments, Deadline);
        Assert.True(exitCode == 0, $"{tool} {string.Join(' ', arguments)}: {output}");
    }
}
