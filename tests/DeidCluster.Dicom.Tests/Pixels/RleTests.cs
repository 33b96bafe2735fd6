using DeidCluster.Dicom.Tests.Files;

namespace DeidCluster.Dicom.Tests.Pixels;

public class RleTests
{
    /// <summary>The example of PS3.5 annex G's rules, by hand: two rows of four pixels, 16 bits.</summary>
    [Fact]
    public void Decode_TwoSegmentsByHand_IsThePixels()
    {
        byte[] coded = Bytes.Of("""
            02000000 40000000 43000000 00000000 00000000 00000000 00000000 00000000 // 2 segments, at 64 and 67
            00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
            F9 01 80          // high bytes: eight times 01, then no operation
            03 0A0B0C0D FD 0E // low bytes: four literal, four times 0E
            """);

        byte[] frame = Rle.Decode(coded, TestImages.Grey(2, 4, 16, 16));

        Assert.Equal(Bytes.Of("0A01 0B01 0C01 0D01 0E01 0E01 0E01 0E01"), frame);
    }

    [Fact]
    public void Encode_RowsOfEqualBytes_BreaksRunsAtTheEndOfARow()
    {
        byte[] coded = Rle.Encode(Bytes.Of("07070707 07070707"), TestImages.Grey(2, 4, 8, 8));

        Assert.Equal(Bytes.Of("FD07 FD07"), coded[64..]);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 1, 1)]
    [InlineData(8, 3, 1)]
    [InlineData(16, 1, 1)]
    [InlineData(16, 3, 1)]
    [InlineData(32, 1, 1)]
    [InlineData(32, 3, 1)]
    [InlineData(8, 3, 0)]
    [InlineData(16, 3, 0)]
    [InlineData(64, 1, 0)]
    public void Encode_ThenDecode_IsTheSameFrame(int bitsAllocated, int samples, int planar)
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (1, 2), (3, 129), (64, 300), (17, 16), (5, 1000) })
        {
            PixelDescription description = TestImages.Grey(rows, columns, bitsAllocated, bitsAllocated) with { SamplesPerPixel = samples, IsPlanar = planar == 1 && samples > 1 };
            byte[] frame = TestImages.Frame(description, rows * columns);
            byte[] coded = Rle.Encode(frame, description);
            Assert.Equal(0, coded.Length % 2);
            Assert.Equal(frame, Rle.Decode(coded, description));
        }
    }

    [Fact]
    public void Decode_AHugeFrameFromFewBytes_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] coded = new byte[80];
        coded[0] = 1;
        coded[4] = 64;
        long before = GC.GetAllocatedBytesForCurrentThread();

        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => Rle.Decode(coded, TestImages.Grey(40_000, 40_000, 8, 8)));

        Assert.Equal(64, refusal.Offset);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Decode_MutatedFrames_AreDecodedOrRefused()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        PixelDescription[] kinds = [TestImages.Grey(40, 50, 16, 12), TestImages.Colour(33, 21), TestImages.Grey(9, 17, 1, 1), TestImages.Grey(20, 20, 32, 32)];
        int refused = 0;
        for (int i = 0; i < (Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 200_000 : 10_000); i++)
        {
            PixelDescription kind = kinds[i % kinds.Length];
            byte[] coded = Rle.Encode(TestImages.Frame(kind, i % 7), kind);
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                coded[random.Next(random.Next(2) == 0 ? 70 : coded.Length)] = (byte)random.Next(256);
            }

            byte[] given = random.Next(4) == 0 ? coded[..random.Next(coded.Length)] : coded;
            try
            {
                Assert.Equal(kind.FrameBytes, Rle.Decode(given, kind).Length);
            }
            catch (DicomFormatException refusal)
            {
                refused++;
                Assert.True(refusal.Offset >= 0 && refusal.Offset <= given.Length, $"seed {seed}");
            }
        }

        Assert.True(refused > 0, $"seed {seed}");
    }
}
