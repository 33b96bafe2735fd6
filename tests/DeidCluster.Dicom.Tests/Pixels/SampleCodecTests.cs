using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>Every compressed file in the folder that DEID_SAMPLES names, decoded by us and by the peers, and encoded by us and decoded by the peers.</summary>
public class SampleCodecTests
{
    private const int EncodedFilesBounded = 12;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("DEID_FULL") == "1";

    private static readonly TransferSyntax[] Lossless =
    [
        TransferSyntax.Find(Uids.RleLossless)!,
        TransferSyntax.Find(Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1)!,
        TransferSyntax.Find(Uids.JpegLsLosslessImageCompression)!,
        TransferSyntax.Find(Uids.Jpeg2000ImageCompressionLosslessOnly)!,
    ];

    /// <summary>Its codestream is unsigned where the data set says signed, so that decoded samples use bits beyond those stored: gdcmconv clears them, DCMTK and we keep them.</summary>
    private const string BitsBeyondStored = "J2K_pixelrep_mismatch.dcm";

    /// <summary>What we refuse to decode, by the end of the file's name.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["genFile.dcm"] = "begins with no codestream", // labelled JPEG, holds zeros; the peers refuse it too
        ["HTJ2KLossless_08_RGB.dcm"] = "nothing here decodes",
    };

    /// <summary>Where a peer gives no verdict, and why; other peers, or the same pixels in another file, then do.</summary>
    private static readonly Dictionary<(string File, string Peer), string> NoVerdict = new()
    {
        [("test_slide_coordinates.dcm", "gdcmconv")] = "GDCM cannot read the file around the frames",
        [("CT0012.fragmented_no_bot_jpeg_ls.81.dcm", "gdcmconv")] = "GDCM does not put the fragments of several frames together",
        [("I341-newConfig.dcm", "gdcmconv")] = "GDCM finds no image of its kind",
        [("JLSL_08_07_0_1F.dcm", "dcmdjpls")] = "DCMTK calls the stream invalid",
        [("liver_j2k.dcm", "gdcmconv")] = "GDCM makes bytes of single bits",
        [("liver_rle.dcm", "gdcmconv")] = "GDCM aborts on single bits",
        [("liver_rle.dcm", "dcmdrle")] = "DCMTK does not decode single bits",
    };

    [SamplesFact]
    public async Task CompressedSamples_DecodedByUs_AreThePixelsOfThePeers()
    {
        using TestFolder folder = new();
        await using FrameCodecs codecs = new(WorkerProgram.Options);
        List<string> failures = [];
        Dictionary<string, int> counts = [];
        foreach (string path in Images().Where(IsCompressed))
        {
            string ours = folder.File("ours.dcm");
            string theirs = folder.File("theirs.dcm");
            string? refusal = await TranscodeAsync(path, ours, TransferSyntax.ExplicitVrLittleEndian, codecs);
            if (refusal is not null)
            {
                Count(counts, "refused by us");
                Expect(failures, path, Refused.FirstOrDefault(refused => path.EndsWith(refused.Key, StringComparison.Ordinal)).Value is { } reason && refusal.Contains(reason, StringComparison.Ordinal), refusal);
                continue;
            }

            foreach ((string peer, string[] arguments) in Decoders(path, theirs))
            {
                string outcome = await OutcomeAsync(peer, arguments, theirs, TestImages.AllBytes(ours));
                Count(counts, $"{peer} {outcome}");
                Expect(failures, path, outcome == "same" || NoVerdict.Keys.Any(known => path.EndsWith(known.File, StringComparison.Ordinal) && known.Peer == peer), $"{peer} {outcome}");
            }
        }

        Facts.Say($"compressed samples, pixels decoded by us and by peers: {Counted(counts)}");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.NotEmpty(counts);
    }

    /// <summary>No peer decodes coded pixels of one bit; three codings of the same image agree.</summary>
    [SamplesFact]
    public async Task SamplesOfSingleBits_CodedInThreeWays_AreTheSamePixels()
    {
        using TestFolder folder = new();
        await using FrameCodecs codecs = new(WorkerProgram.Options);
        List<byte[]> pixels = [];
        foreach (string name in new[] { "liver_rle.dcm", "liver_deflate.dcm", "liver_j2k.dcm" })
        {
            if (Images().FirstOrDefault(path => path.EndsWith(name, StringComparison.Ordinal)) is { } path && (name != "liver_j2k.dcm" || GdcmLibrary.Find() is not null))
            {
                Assert.Null(await TranscodeAsync(path, folder.File(name), TransferSyntax.ExplicitVrLittleEndian, codecs));
                pixels.Add(TestImages.AllBytes(folder.File(name)));
            }
        }

        Assert.All(pixels, bytes => Assert.Equal(pixels[0], bytes));
    }

    /// <summary>Every image, coded losslessly by us, comes out of the peers as the same pixels. A bounded run takes a seeded share.</summary>
    [SamplesFact]
    public async Task Samples_EncodedByUs_DecodedByThePeers_AreTheSamePixels()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        using TestFolder folder = new();
        await using FrameCodecs codecs = new(WorkerProgram.Options);
        List<string> failures = [];
        Dictionary<string, int> counts = [];
        string[] images = [.. Images()];
        random.Shuffle(images);
        foreach (string path in images.Take(IsFull ? images.Length : EncodedFilesBounded))
        {
            string native = folder.File("native.dcm");
            if (await TranscodeAsync(path, native, TransferSyntax.ExplicitVrLittleEndian, codecs) is not null)
            {
                continue;
            }

            foreach (TransferSyntax target in Lossless)
            {
                string coded = folder.File("coded.dcm");
                string theirs = folder.File("theirs.dcm");
                if (await TranscodeAsync(native, coded, target, codecs) is { } refusal)
                {
                    Count(counts, $"refused: {(refusal.Contains("is not written for", StringComparison.Ordinal) ? "a kind of pixels that the syntax is not written for" : refusal)}");
                    continue;
                }

                string own = folder.File("own.dcm");
                Assert.Null(await TranscodeAsync(coded, own, TransferSyntax.ExplicitVrLittleEndian, codecs));
                byte[] expected = TestImages.AllBytes(native);
                Expect(failures, path, expected.AsSpan().SequenceEqual(TestImages.AllBytes(own)), $"{target.Name} ours differs");
                foreach ((string peer, string[] arguments) in Decoders(coded, theirs))
                {
                    string outcome = await OutcomeAsync(peer, arguments, theirs, expected);
                    Count(counts, $"{peer} {outcome}");
                    Expect(failures, path, outcome != "differs" || (peer == "gdcmconv" && path.EndsWith(BitsBeyondStored, StringComparison.Ordinal)), $"{target.Name} {peer} {outcome}");
                }
            }
        }

        Facts.Say($"samples coded losslessly by us, decoded by peers (seed {seed}): {Counted(counts)}");
        Assert.True(failures.Count == 0, $"seed {seed}\n{string.Join('\n', failures)}");
    }

    private static async Task<string> OutcomeAsync(string peer, string[] arguments, string result, byte[] expected)
    {
        File.Delete(result);
        (int exitCode, _) = await PeerProcess.RunAsync(peer, arguments, Deadline);
        return exitCode != 0 || !File.Exists(result) ? "without verdict" : expected.AsSpan().SequenceEqual(TestImages.AllBytes(result)) ? "same" : "differs";
    }

    private static void Count(Dictionary<string, int> counts, string what) => counts[what] = counts.GetValueOrDefault(what) + 1;

    private static string Counted(Dictionary<string, int> counts) => string.Join(", ", counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"));

    private static void Expect(List<string> failures, string path, bool isSo, string otherwise)
    {
        if (!isSo)
        {
            failures.Add($"{Path.GetFileName(path)}: {otherwise}");
        }
    }

    private static IEnumerable<(string Tool, string[] Arguments)> Decoders(string path, string result)
    {
        using DicomFile file = DicomFile.Open(path);
        (string, string[])[] decoders = file.TransferSyntax.Uid switch
        {
            Uids.RleLossless => [("gdcmconv", ["--raw", path, result]), ("dcmdrle", [path, result])],
            Uids.JpegLsLosslessImageCompression or Uids.JpegLsLossyNearLosslessImageCompression => [("gdcmconv", ["--raw", path, result]), ("dcmdjpls", [path, result])],
            Uids.Jpeg2000ImageCompression or Uids.Jpeg2000ImageCompressionLosslessOnly => [("gdcmconv", ["--raw", path, result])],
            Uids.DeflatedImageFrameCompression => [],
            _ => [("gdcmconv", ["--raw", path, result]), ("dcmdjpeg", ["+cn", path, result])],
        };
        return decoders.Where(decoder => PeerProcess.Find(decoder.Item1) is not null);
    }

    /// <summary>Null when it was written, else the reason.</summary>
    private static async Task<string?> TranscodeAsync(string from, string to, TransferSyntax target, FrameCodecs codecs)
    {
        try
        {
            using DicomFile file = DicomFile.Open(from);
            using TranscodedFile result = await PixelTranscoder.TranscodeAsync(file, target, codecs, CancellationToken.None);
            using SegmentList bytes = result.Segments();
            await using FileStream stream = File.Create(to);
            bytes.CopyTo(stream);
            return null;
        }
        catch (Exception e) when (e is CodecException or DicomFormatException)
        {
            return e.Message;
        }
    }

    private static bool IsCompressed(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        return file.DataSet.Find(Tags.PixelData) is FragmentsElement;
    }

    /// <summary>The samples that have pixels, but for those made to be malformed.</summary>
    private static IEnumerable<string> Images()
    {
        foreach (string path in Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            bool isImage;
            try
            {
                using DicomFile file = DicomFile.Open(path);
                isImage = PixelFrames.ArePresent(file.DataSet) && !path.Contains("/malformed/", StringComparison.Ordinal);
            }
            catch (DicomFormatException)
            {
                continue;
            }

            if (isImage)
            {
                yield return path;
            }
        }
    }
}
