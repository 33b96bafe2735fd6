using System.Diagnostics;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Pixels;

public sealed class PixelTranscoderTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TransferSyntax RleLossless = TransferSyntax.Find(Uids.RleLossless)!;
    private static readonly TransferSyntax Jpeg2000 = TransferSyntax.Find(Uids.Jpeg2000ImageCompressionLosslessOnly)!;

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Uids.ImplicitVrLittleEndian)]
    [InlineData(Uids.ExplicitVrBigEndian)]
    [InlineData(Uids.DeflatedExplicitVrLittleEndian)]
    [InlineData(Uids.DeflatedImageFrameCompression)]
    [InlineData(Uids.EncapsulatedUncompressedExplicitVrLittleEndian)]
    public async Task ToAnySyntax_AndBack_EverythingIsTheSame(string uid)
    {
        PixelDescription description = TestImages.Grey(20, 30, 16, 12);
        DataSet image = TestImages.Image(description, [.. Enumerable.Range(0, 3).Select(i => TestImages.Frame(description, i))]);
        image.SetString(Tags.PatientName, "Synthetic^One");
        TestImages.Write(folder.File("native.dcm"), image, TransferSyntax.ExplicitVrLittleEndian);

        await TranscodeAsync("native.dcm", "rle.dcm", RleLossless);
        await TranscodeAsync("rle.dcm", "there.dcm", TransferSyntax.Find(uid)!);
        await TranscodeAsync("there.dcm", "back.dcm", TransferSyntax.ExplicitVrLittleEndian);

        using DicomFile before = DicomFile.Open(folder.File("native.dcm"));
        using DicomFile after = DicomFile.Open(folder.File("back.dcm"));
        Assert.Empty(DataSetDiff.Compare(before.DataSet, after.DataSet, before.Source, after.Source));
        Assert.Equal(uid, DicomFile.Open(folder.File("there.dcm")).TransferSyntax.Uid);
    }

    [Fact]
    public async Task FramesOfSingleBits_ThatEndInsideBytes_ComeBackPacked()
    {
        PixelDescription description = TestImages.Grey(7, 9, 1, 1); // 63 bits
        byte[][] frames = [.. Enumerable.Range(0, 5).Select(i => TestImages.Frame(description, i))];
        TestImages.WriteCoded(folder.File("rle.dcm"), TestImages.Image(description, frames), RleLossless, isExtended: false, [.. frames.Select(frame => Rle.Encode(frame, description))]);

        await TranscodeAsync("rle.dcm", "native.dcm", TransferSyntax.ExplicitVrLittleEndian);

        using DicomFile file = DicomFile.Open(folder.File("native.dcm"));
        PixelFrames found = PixelFrames.Open(file);
        Assert.Equal(frames, Enumerable.Range(0, 5).Select(found.Read));
        Assert.Equal(40, file.DataSet.GetBytes(Tags.PixelData).Length); // 315 bits
    }

    [Fact]
    public async Task Icon_ThatIsCoded_BecomesNative_WithTheImageOrBesideIt()
    {
        PixelDescription large = TestImages.Grey(32, 32, 16, 12);
        PixelDescription small = TestImages.Grey(8, 8, 8, 8);
        DataSet image = TestImages.Image(large, TestImages.Frame(large, 1));
        DataSet icon = TestImages.Image(small, TestImages.Frame(small, 2));
        using EncapsulatedPixels iconPixels = new();
        iconPixels.Add(Rle.Encode(TestImages.Frame(small, 2), small));
        using ByteSource withIcon = iconPixels.ReplaceIn(icon, new MemorySource(default));
        using EncapsulatedPixels pixels = new();
        pixels.Add(Rle.Encode(TestImages.Frame(large, 1), large));
        image.SetItems(Tags.IconImageSequence, icon);
        using ByteSource all = pixels.ReplaceIn(image, withIcon);
        TestImages.Write(folder.File("rle.dcm"), image, RleLossless, all);

        await TranscodeAsync("rle.dcm", "native.dcm", TransferSyntax.ExplicitVrLittleEndian);
        await TranscodeAsync("rle.dcm", "deflated.dcm", TransferSyntax.Find(Uids.DeflatedImageFrameCompression)!);

        foreach (string name in new[] { "native.dcm", "deflated.dcm" })
        {
            using DicomFile file = DicomFile.Open(folder.File(name));
            PixelFrames iconFrames = PixelFrames.Open(file.DataSet.Items(Tags.IconImageSequence)[0], file.TransferSyntax, file.Source);
            Assert.False(iconFrames.IsEncapsulated);
            Assert.Equal(TestImages.Frame(small, 2), iconFrames.Read(0));
            Assert.Equal(name == "deflated.dcm", PixelFrames.Open(file).IsEncapsulated);
        }
    }

    [Fact]
    public async Task FramesThatAreDamaged_AreRefused_AndNothingElseIsWritten()
    {
        PixelDescription description = TestImages.Grey(32, 32, 16, 16);
        byte[] whole = Rle.Encode(TestImages.Frame(description, 1), description);
        TestImages.WriteCoded(folder.File("rle.dcm"), TestImages.Image(description, new byte[2048], new byte[2048]), RleLossless, isExtended: false, whole, whole[..100]);

        await Assert.ThrowsAsync<DicomFormatException>(() => TranscodeAsync("rle.dcm", "native.dcm", TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public async Task WhatCannotBeKept_IsRefused()
    {
        PixelDescription description = TestImages.Grey(3, 3, 8, 8);
        TestImages.Write(folder.File("surplus.dcm"), TestImages.Image(description, new byte[40]), TransferSyntax.ExplicitVrLittleEndian);
        DataSet report = TestImages.Image(description, new byte[10]);
        report.Remove(Tags.PixelData);
        TestImages.Write(folder.File("report.dcm"), report, TransferSyntax.ExplicitVrLittleEndian);
        TestImages.Write(folder.File("mpeg.dcm"), TestImages.Image(description, new byte[10]), TransferSyntax.ExplicitVrLittleEndian);

        Assert.Contains("30 bytes behind the last frame", (await Assert.ThrowsAsync<CodecException>(() => TranscodeAsync("surplus.dcm", "x.dcm", RleLossless))).Message, StringComparison.Ordinal);
        Assert.Contains("no Pixel Data", (await Assert.ThrowsAsync<CodecException>(() => TranscodeAsync("report.dcm", "x.dcm", RleLossless))).Message, StringComparison.Ordinal);
        Assert.Contains("nothing here losslessly encodes JPEG Baseline", (await Assert.ThrowsAsync<CodecException>(() => TranscodeAsync("mpeg.dcm", "x.dcm", TransferSyntax.Find(Uids.JpegBaselineProcess1)!))).Message, StringComparison.Ordinal);
    }

    /// <summary>dcmcjpeg writes lossy JPEG and marks it; a file whose mark was taken away gets it back when its pixels are coded anew.</summary>
    [GdcmFact("dcmcjpeg", "dcmodify")]
    public async Task LossyPixels_AreMarkedForEver()
    {
        PixelDescription description = TestImages.Colour(64, 64);
        TestImages.Write(folder.File("native.dcm"), TestImages.Image(description, TestImages.Frame(description, 1)), TransferSyntax.ExplicitVrLittleEndian);
        await RunAsync("dcmcjpeg", ["+eb", folder.File("native.dcm"), folder.File("jpeg.dcm")]);
        await RunAsync("dcmodify", ["-nb", "-ea", "(0028,2110)", "-ea", "(0028,2114)", folder.File("jpeg.dcm")]);

        foreach (TransferSyntax target in new[] { TransferSyntax.ExplicitVrLittleEndian, Jpeg2000, RleLossless })
        {
            await TranscodeAsync("jpeg.dcm", "out.dcm", target);
            using DicomFile file = DicomFile.Open(folder.File("out.dcm"));
            Assert.Equal(("01", "ISO_10918_1"), (file.DataSet.GetString(Tags.LossyImageCompression), file.DataSet.GetString(Tags.LossyImageCompressionMethod)));
            Assert.Equal("YBR_FULL", file.DataSet.GetString(Tags.PhotometricInterpretation));
        }
    }

    /// <summary>Our JPEG 2000, JPEG-LS and JPEG of many frames, read by tools that are not built on our code.</summary>
    [GdcmFact("gdcmconv", "dcmdjpls", "dcmdjpeg")]
    public async Task ManyFrames_CodedByUs_AreThePixelsOfThePeers()
    {
        PixelDescription description = TestImages.Colour(64, 48);
        byte[][] frames = [.. Enumerable.Range(0, 7).Select(i => TestImages.Frame(description, i))];
        TestImages.Write(folder.File("native.dcm"), TestImages.Image(description, frames), TransferSyntax.ExplicitVrLittleEndian);
        byte[] expected = [.. frames.SelectMany(frame => frame)];
        (string Uid, string Tool, string[] Options)[] peers =
        [
            (Uids.Jpeg2000ImageCompressionLosslessOnly, "gdcmconv", ["--raw"]),
            (Uids.JpegLsLosslessImageCompression, "dcmdjpls", []),
            (Uids.JpegLsLosslessImageCompression, "gdcmconv", ["--raw"]),
            (Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1, "dcmdjpeg", ["+cn"]),
            (Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1, "gdcmconv", ["--raw"]),
        ];
        foreach ((string uid, string tool, string[] options) in peers)
        {
            await TranscodeAsync("native.dcm", "coded.dcm", TransferSyntax.Find(uid)!);
            await RunAsync(tool, [.. options, folder.File("coded.dcm"), folder.File("peer.dcm")]);
            Assert.Equal(expected, TestImages.AllBytes(folder.File("peer.dcm")));
        }
    }

    /// <summary>Files of other encoders with several fragments a frame and each kind of offset table, read by us.</summary>
    [GdcmFact("dcmcjpls", "dcmcjpeg")]
    public async Task FragmentsOfDcmtk_WithAndWithoutTable_AreTheSameFrames()
    {
        PixelDescription description = TestImages.Grey(100, 90, 16, 12);
        byte[][] frames = [.. Enumerable.Range(0, 4).Select(i => TestImages.Frame(description, i))];
        TestImages.Write(folder.File("native.dcm"), TestImages.Image(description, frames), TransferSyntax.ExplicitVrLittleEndian);
        foreach (string table in new[] { "+ot", "-ot" })
        {
            foreach (string tool in new[] { "dcmcjpls", "dcmcjpeg" })
            {
                string path = folder.File("coded.dcm");
                await RunAsync(tool, ["+fs", "2", table, folder.File("native.dcm"), path]);
                using (DicomFile coded = DicomFile.Open(path))
                {
                    PixelFrames found = PixelFrames.Open(coded);
                    Assert.Equal(table == "+ot" ? FrameIndexOrigin.BasicOffsetTable : FrameIndexOrigin.CodestreamMarkers, found.Origin);
                    Assert.False(found.IsOffsetTableWrong);
                }

                await TranscodeAsync("coded.dcm", "back.dcm", TransferSyntax.ExplicitVrLittleEndian);
                Assert.Equal(frames.SelectMany(frame => frame), TestImages.AllBytes(folder.File("back.dcm")));
            }
        }
    }

    /// <summary>The same work as gdcmconv in the same run; a fact, no limit.</summary>
    [GdcmFact("gdcmconv")]
    public async Task Throughput_AgainstGdcmconv_IsSaid()
    {
        PixelDescription description = TestImages.Grey(512, 512, 16, 12);
        byte[][] frames = [.. Enumerable.Range(0, 8).Select(i => TestImages.Frame(description, i))];
        TestImages.Write(folder.File("native.dcm"), TestImages.Image(description, frames), TransferSyntax.ExplicitVrLittleEndian);
        await using FrameCodecs codecs = new(WorkerProgram.Options);
        double megabytes = frames.Length * description.FrameBytes / 1e6;
        foreach ((TransferSyntax syntax, string option) in new[] { (RleLossless, "--rle"), (TransferSyntax.Find(Uids.JpegLsLosslessImageCompression)!, "--jpegls"), (Jpeg2000, "--j2k") })
        {
            await TranscodeAsync("native.dcm", "coded.dcm", syntax, codecs); // workers start here
            double encode = await SecondsAsync(() => TranscodeAsync("native.dcm", "coded.dcm", syntax, codecs));
            double decode = await SecondsAsync(() => TranscodeAsync("coded.dcm", "back.dcm", TransferSyntax.ExplicitVrLittleEndian, codecs));
            double theirEncode = await SecondsAsync(() => RunAsync("gdcmconv", [option, folder.File("native.dcm"), folder.File("peer.dcm")]));
            double theirDecode = await SecondsAsync(() => RunAsync("gdcmconv", ["--raw", folder.File("coded.dcm"), folder.File("peer.dcm")]));
            Facts.Say(FormattableString.Invariant(
                $"{syntax.Name}: decode {megabytes / decode:0} MB/s ({theirDecode / decode:0.0} x gdcmconv), encode {megabytes / encode:0} MB/s ({theirEncode / encode:0.0} x gdcmconv){(syntax == RleLossless ? "" : ", each frame decoded again and compared")}"));
        }

        Assert.Equal(frames.SelectMany(frame => frame), TestImages.AllBytes(folder.File("back.dcm")));
    }

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        long started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task TranscodeAsync(string from, string to, TransferSyntax target)
    {
        await using FrameCodecs codecs = new(WorkerProgram.Options);
        await TranscodeAsync(from, to, target, codecs);
    }

    private async Task TranscodeAsync(string from, string to, TransferSyntax target, FrameCodecs codecs)
    {
        using DicomFile file = DicomFile.Open(folder.File(from));
        using TranscodedFile result = await PixelTranscoder.TranscodeAsync(file, target, codecs, CancellationToken.None);
        using SegmentList bytes = result.Segments();
        await using FileStream stream = File.Create(folder.File(to));
        await bytes.WriteToAsync(stream, CancellationToken.None);
    }

    private static async Task RunAsync(string tool, string[] arguments)
    {
        (int exitCode, string output) = await PeerProcess.RunAsync(tool, arguments, Deadline);
        Assert.True(exitCode == 0, $"{tool} {string.Join(' ', arguments)}: {output}");
    }
}
