namespace DeidCluster.Dicom.Tests.Pixels;

public class GdcmCodecTests
{
    private static readonly string[] Lossless =
    [
        Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1, Uids.JpegLsLosslessImageCompression, Uids.Jpeg2000ImageCompressionLosslessOnly,
    ];

    private static IEnumerable<PixelDescription> Kinds() =>
    [
        TestImages.Grey(64, 63, 8, 8),
        TestImages.Grey(65, 130, 16, 12),
        TestImages.Grey(64, 64, 16, 16),
        TestImages.Grey(40, 41, 16, 16, isSigned: true),
        TestImages.Grey(40, 41, 16, 12, isSigned: true),
        TestImages.Grey(40, 41, 8, 8, isSigned: true),
        TestImages.Grey(40, 41, 8, 7),
        TestImages.Grey(40, 41, 16, 10),
        TestImages.Grey(19, 19, 16, 16),
        TestImages.Grey(3, 5, 8, 8),
        TestImages.Colour(50, 70),
        TestImages.Colour(50, 70, isPlanar: true),
    ];

    [GdcmFact]
    public async Task Encode_ThenDecode_IsTheSameFrame()
    {
        await using GdcmCodec codec = new(WorkerProgram.Options);
        foreach (TransferSyntax syntax in Lossless.Select(uid => TransferSyntax.Find(uid)!))
        {
            foreach (PixelDescription description in Kinds().Where(kind => kind.Rows > 8 || syntax.Uid != Uids.Jpeg2000ImageCompressionLosslessOnly))
            {
                NativeFrame frame = new(TestImages.Frame(description, 5), description);

                CodedFrame coded = await codec.EncodeAsync(frame, syntax, CancellationToken.None);
                NativeFrame decoded = await codec.DecodeAsync(coded.Bytes, syntax, coded.Description, CancellationToken.None);

                Assert.Equal(description with { IsPlanar = false }, decoded.Description with { IsPlanar = false });
                Assert.Equal(ColourPlanes.ByPixel(frame).Bytes.ToArray(), ColourPlanes.ByPixel(decoded).Bytes.ToArray());
            }
        }
    }

    [GdcmFact]
    public async Task Encode_KindsThatAreNotWritten_AreRefusedByName()
    {
        await using GdcmCodec codec = new(WorkerProgram.Options);
        (PixelDescription Description, string Uid)[] kinds =
        [
            (TestImages.Grey(4, 4, 32, 32), Uids.JpegLsLosslessImageCompression),
            (TestImages.Grey(40, 40, 1, 1), Uids.JpegLsLosslessImageCompression),
            (TestImages.Grey(1, 512, 8, 8), Uids.Jpeg2000ImageCompressionLosslessOnly),
            (TestImages.Colour(64, 64, bitsAllocated: 16), Uids.Jpeg2000ImageCompressionLosslessOnly),
        ];
        foreach ((PixelDescription description, string uid) in kinds)
        {
            CodecException refusal = await Assert.ThrowsAsync<CodecException>(
                () => codec.EncodeAsync(new NativeFrame(TestImages.Frame(description, 1), description), TransferSyntax.Find(uid)!, CancellationToken.None).AsTask());
            Assert.Equal(CodecFailure.Unsupported, refusal.Failure);
        }
    }

    /// <summary>Samples that use more bits than the data set says are stored: coded whole, or refused, never cut.</summary>
    [GdcmFact]
    public async Task Encode_ValuesBeyondTheBitsStored_AreKeptOrRefused()
    {
        await using GdcmCodec codec = new(WorkerProgram.Options);
        foreach (bool isSigned in new[] { false, true })
        {
            PixelDescription description = TestImages.Grey(64, 64, 16, 12, isSigned);
            byte[] bytes = TestImages.Frame(TestImages.Grey(64, 64, 16, 16), 3);
            foreach (TransferSyntax syntax in Lossless.Select(uid => TransferSyntax.Find(uid)!))
            {
                try
                {
                    CodedFrame coded = await codec.EncodeAsync(new NativeFrame(bytes, description), syntax, CancellationToken.None);
                    Assert.Equal(bytes, (await codec.DecodeAsync(coded.Bytes, syntax, coded.Description, CancellationToken.None)).Bytes.ToArray());
                }
                catch (CodecException refusal)
                {
                    Assert.Equal(CodecFailure.NotLossless, refusal.Failure);
                }
            }
        }
    }

    [GdcmFact]
    public async Task Decode_CodestreamThatContradictsTheDataSet_IsRefusedBeforeAWorkerSeesIt()
    {
        await using GdcmCodec codec = new(WorkerProgram.Options);
        TransferSyntax jpegLs = TransferSyntax.Find(Uids.JpegLsLosslessImageCompression)!;
        PixelDescription description = TestImages.Grey(8, 9, 8, 8);
        CodedFrame coded = await codec.EncodeAsync(new NativeFrame(TestImages.Frame(description, 1), description), jpegLs, CancellationToken.None);
        PixelDescription[] wrong =
        [
            description with { Rows = 9 }, description with { Columns = 60_000, Rows = 30_000 }, description with { SamplesPerPixel = 3 }, description with { BitsAllocated = 16 },
        ];

        foreach (PixelDescription claim in wrong)
        {
            CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codec.DecodeAsync(coded.Bytes, jpegLs, claim, CancellationToken.None).AsTask());
            Assert.Equal(CodecFailure.Refused, refusal.Failure);
        }
    }

    /// <summary>What the head of a codestream says decides over colour where the data set contradicts it (ISO 10918-5, 10918-6).</summary>
    [Theory]
    [InlineData("JFIF", "RGB", false, "YBR_FULL")]
    [InlineData("JFIF", "YBR_FULL_422", false, "YBR_FULL")]
    [InlineData("JFIF", "RGB", true, "RGB")]
    [InlineData("ADOBE0", "RGB", false, "RGB")]
    [InlineData("ADOBE1", "RGB", false, "YBR_FULL")]
    [InlineData("", "RGB", false, "RGB")]
    [InlineData("", "YBR_FULL_422", false, "YBR_FULL")]
    [InlineData("", "YBR_RCT", true, "RGB")]
    [InlineData("", "YBR_ICT", false, "RGB")]
    [InlineData("", "PALETTE COLOR", true, "PALETTE COLOR")]
    public void Colour_OfDecodedPixels_IsWhatTheCodestreamAndTheDataSetSay(string marker, string photometric, bool isLossless, string expected)
    {
        byte[] segment = marker switch
        {
            "JFIF" => [0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
            "ADOBE0" or "ADOBE1" => [0xFF, 0xEE, 0, 14, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, (byte)(marker[^1] - '0')],
            _ => [],
        };
        byte[] stream = [0xFF, 0xD8, .. segment, 0xFF, 0xC0, 0, 17, 8, 0, 2, 0, 3, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

        Codestream read = Codestream.Read(stream);

        Assert.Equal((2, 3, 3, 8), (read.Rows, read.Columns, read.Components, read.Precision));
        Assert.Equal(expected, read.DecodedPhotometric(photometric, isLossless));
    }

    [Fact]
    public void Codestream_HostileHeads_AreRefusedWithTheirOffset()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 17, 8, 0, 2, 0, 3, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] head = jpeg[..random.Next(jpeg.Length)];
            random.NextBytes(head.AsSpan(Math.Min(head.Length, random.Next(30))));
            try
            {
                Codestream.Read(head);
            }
            catch (DicomFormatException refusal)
            {
                Assert.True(refusal.Offset >= 0 && refusal.Offset <= head.Length, $"seed {seed}");
            }
        }
    }
}
