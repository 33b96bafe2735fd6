using System.Buffers.Binary;

namespace DeidCluster.Dicom.Tests.Pixels;

public class PixelFramesTests
{
    private static readonly TransferSyntax Jpeg = TransferSyntax.Find(Uids.JpegBaselineProcess1)!;
    private static readonly TransferSyntax RleLossless = TransferSyntax.Find(Uids.RleLossless)!;

    [Fact]
    public void Native_FramesOfSingleBits_AreCutAtBits()
    {
        PixelDescription description = TestImages.Grey(3, 3, 1, 1);
        DataSet image = TestImages.Image(description, [0b1010_1010, 0b0101_0100], [0b11]); // 18 bits: 9 a frame
        image.SetInt(Tags.NumberOfFrames, 2);
        PixelFrames frames = PixelFrames.Open(image, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default));

        Assert.Equal([0b1010_1010, 0], frames.Read(0));
        Assert.Equal([0b1010_1010, 1], frames.Read(1));
    }

    [Fact]
    public void Native_BigEndian_ComesOutLittleEndian()
    {
        byte[] file = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07];
        DataSet image = TestImages.Image(TestImages.Grey(1, 2, 16, 16), new byte[8]);
        image.SetInt(Tags.NumberOfFrames, 2);
        image.Set(new RangeElement(Tags.PixelData, Vr.OW, new SourceRange(0, 8, SwapBytes: 2)));
        PixelFrames frames = PixelFrames.Open(image, TransferSyntax.ExplicitVrBigEndian, new MemorySource(file));

        Assert.Equal([0x05, 0x04, 0x07, 0x06], frames.Read(1));
    }

    [Fact]
    public void Native_FloatPixelData_HasFramesOfItsOwn()
    {
        DataSet image = TestImages.Image(TestImages.Grey(2, 2, 16, 16), new byte[8]);
        image.Remove(Tags.PixelData);
        image.Remove(Tags.BitsAllocated);
        image.Remove(Tags.BitsStored);
        image.SetInt(Tags.NumberOfFrames, 2);
        byte[] values = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        image.SetBytes(Tags.FloatPixelData, Vr.OF, values);
        PixelFrames frames = PixelFrames.Open(image, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default));

        Assert.Equal(Tags.FloatPixelData, frames.Element.Tag);
        Assert.Equal(32, frames.Description.BitsAllocated);
        Assert.Equal(values[16..], frames.Read(1));
    }

    [Fact]
    public void Native_FewerBytesThanSaid_IsRefused_MoreAreCounted()
    {
        PixelDescription description = TestImages.Grey(3, 3, 8, 8);
        DataSet few = TestImages.Image(description, new byte[8]);
        DataSet padded = TestImages.Image(description, new byte[9]);
        DataSet many = TestImages.Image(description, new byte[14]);

        Assert.Contains("fewer bytes", Assert.Throws<DicomFormatException>(() => Open(few)).Message, StringComparison.Ordinal);
        Assert.Equal(0, Open(padded).SurplusBytes);
        Assert.Equal(4, Open(many).SurplusBytes);
        PixelFrames Open(DataSet image) => PixelFrames.Open(image, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default));
    }

    [Fact]
    public void Native_SubsampledColour_IsTwoBytesAPixel_UnlessThreeAreThere()
    {
        PixelDescription description = TestImages.Colour(2, 4) with { PhotometricInterpretation = PhotometricInterpretations.YbrFull422 };
        DataSet halved = TestImages.Image(description, new byte[16]);
        DataSet full = TestImages.Image(description, new byte[24]);

        Assert.Equal(16, PixelFrames.Open(halved, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default)).FrameBytes);
        Assert.Equal(24, PixelFrames.Open(full, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default)).FrameBytes);
    }

    [Fact]
    public void Icon_InItsItem_HasFrames()
    {
        DataSet icon = TestImages.Image(TestImages.Grey(2, 2, 8, 8), [1, 2, 3, 4]);
        DataSet image = TestImages.Image(TestImages.Grey(2, 2, 8, 8), new byte[4]);
        image.SetItems(Tags.IconImageSequence, icon);

        PixelFrames frames = PixelFrames.Open(image.Items(Tags.IconImageSequence)[0], Jpeg, new MemorySource(default));

        Assert.False(frames.IsEncapsulated);
        Assert.Equal([1, 2, 3, 4], frames.Read(0));
    }

    /// <summary>Fragments by their first bytes: S begins a codestream and does not end it, E ends one, W is a whole one, M is in the middle, B is both by chance.</summary>
    [Theory]
    [InlineData("W W W", 3, new int[0], FrameIndexOrigin.FragmentForEachFrame, false, "W|W|W")]
    [InlineData("W W W", 3, new[] { 0, 1, 2 }, FrameIndexOrigin.BasicOffsetTable, false, "W|W|W")]
    [InlineData("W W W", 3, new[] { 0, 2, 1 }, FrameIndexOrigin.FragmentForEachFrame, true, "W|W|W")]
    [InlineData("W W W", 3, new[] { 0, 1 }, FrameIndexOrigin.FragmentForEachFrame, true, "W|W|W")]
    [InlineData("M M M", 3, new[] { 0, 1, 2 }, FrameIndexOrigin.BasicOffsetTable, false, "M|M|M")]
    [InlineData("S M E", 1, new int[0], FrameIndexOrigin.SingleFrame, false, "SME")]
    [InlineData("S M E", 1, new[] { 0 }, FrameIndexOrigin.SingleFrame, false, "SME")]
    [InlineData("S E S M E", 2, new[] { 0, 2 }, FrameIndexOrigin.BasicOffsetTable, false, "SE|SME")]
    [InlineData("S E S M E", 2, new int[0], FrameIndexOrigin.CodestreamMarkers, false, "SE|SME")]
    [InlineData("S E S M E", 2, new[] { 0, 3 }, FrameIndexOrigin.CodestreamMarkers, true, "SE|SME")]
    [InlineData("S E S M E", 2, new[] { 0, 1 }, FrameIndexOrigin.CodestreamMarkers, true, "SE|SME")]
    [InlineData("S E S M E", 2, new[] { 2, 0 }, FrameIndexOrigin.CodestreamMarkers, true, "SE|SME")]
    [InlineData("S E S M E", 2, new[] { 0, -5 }, FrameIndexOrigin.CodestreamMarkers, true, "SE|SME")]
    [InlineData("S S E W", 2, new int[0], FrameIndexOrigin.CodestreamMarkers, false, "SSE|W")]
    [InlineData("S S E W", 2, new[] { 0, 3 }, FrameIndexOrigin.BasicOffsetTable, false, "SSE|W")]
    [InlineData("S E S M E", 3, new int[0], null, false, "")]
    [InlineData("M M M M", 2, new[] { 0, 1 }, null, false, "")]
    [InlineData("M M M M", 2, new int[0], null, false, "")]
    [InlineData("W W", 3, new[] { 0, 1, 2 }, null, false, "")]
    [InlineData("W W W", 1, new[] { 0, 1, 2 }, null, false, "")]
    public void Fragments_AreDividedByWhatIsSure_OrRefused(string fragments, int frames, int[] tableByFragment, FrameIndexOrigin? origin, bool isTableWrong, string expected)
    {
        (DataSet image, ByteSource source) = Coded(fragments.Split(' '), frames, tableByFragment);
        if (origin is null)
        {
            DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => PixelFrames.Open(image, Jpeg, source));
            Assert.Equal("(7FE0,0010)", refusal.TagPath);
            return;
        }

        PixelFrames found = PixelFrames.Open(image, Jpeg, source);

        Assert.Equal(origin, found.Origin);
        Assert.Equal(isTableWrong, found.IsOffsetTableWrong);
        Assert.Equal(expected.Split('|').Select(frame => string.Concat(frame.Select(kind => Convert.ToHexString(Fragment(kind))))), Enumerable.Range(0, frames).Select(i => Convert.ToHexString(found.Read(i))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Encapsulated_WrittenAndRead_HasItsTableAndFrames(bool isExtended)
    {
        PixelDescription description = TestImages.Grey(16, 16, 8, 8);
        byte[][] coded = [.. Enumerable.Range(0, 5).Select(i => Rle.Encode(TestImages.Frame(description, i), description))];
        coded[1] = [.. coded[1], 0, 0, 0]; // odd, with what a decoder ignores
        using TestKit.TestFolder folder = new();
        TestImages.WriteCoded(folder.File("a.dcm"), TestImages.Image(description, [.. coded.Select(_ => new byte[256])]), RleLossless, isExtended, coded);

        using DicomFile file = DicomFile.Open(folder.File("a.dcm"));
        PixelFrames frames = PixelFrames.Open(file);

        Assert.Equal(isExtended ? FrameIndexOrigin.ExtendedOffsetTable : FrameIndexOrigin.BasicOffsetTable, frames.Origin);
        Assert.Equal(coded.Select(frame => !isExtended && frame.Length % 2 == 1 ? [.. frame, (byte)0] : frame), Enumerable.Range(0, 5).Select(frames.Read));
        Assert.Equal(isExtended ? 0 : 20, ((FragmentsElement)file.DataSet.Find(Tags.PixelData)!).Items[0].Length);
    }

    [Fact]
    public void ExtendedOffsetTable_ThatIsWrong_IsNotUsed()
    {
        (DataSet image, ByteSource source) = Coded(["W", "W"], 2, []);
        byte[] offsets = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(offsets.AsSpan(8), 1000);
        image.Set(new ValueElement(Tags.ExtendedOffsetTable, Vr.OV, offsets));
        image.Set(new ValueElement(Tags.ExtendedOffsetTableLengths, Vr.OV, new byte[16]));

        PixelFrames frames = PixelFrames.Open(image, Jpeg, source);

        Assert.Equal((FrameIndexOrigin.FragmentForEachFrame, true), (frames.Origin, frames.IsOffsetTableWrong));
        Assert.Equal(Fragment('W'), frames.Read(1));
    }

    [Theory]
    [InlineData("Rows")]
    [InlineData("BitsAllocated")]
    [InlineData("NumberOfFrames")]
    [InlineData("BitsStored")]
    public void Description_ThatIsImpossible_IsRefusedByTag(string keyword)
    {
        DataSet image = TestImages.Image(TestImages.Grey(2, 2, 8, 8), new byte[4]);
        Tag tag = DicomDictionary.FindKeyword(keyword)!.Tag;
        image.SetInt(tag, keyword == "BitsAllocated" ? 12 : keyword == "BitsStored" ? 9 : 0);

        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => PixelFrames.Open(image, TransferSyntax.ExplicitVrLittleEndian, new MemorySource(default)));

        Assert.Equal(tag.ToString(), refusal.TagPath);
    }

    private static byte[] Fragment(char kind) => kind switch
    {
        'S' => [0xFF, 0xD8, 0xFF, 0xE0, 1, 1],
        'E' => [2, 2, 2, 2, 2, 2, 0xFF, 0xD9],
        'W' => [0xFF, 0xD8, 0xFF, 0xE0, 3, 0xFF, 0xD9, 0],
        _ => [4, 4, 4, 4],
    };

    /// <summary>An image of fragments; the offset table names fragments, and a negative number stands for an offset inside one.</summary>
    private static (DataSet Image, ByteSource Source) Coded(string[] kinds, int frames, int[] tableByFragment)
    {
        List<byte> bytes = [];
        List<SourceRange> items = [new SourceRange(0, tableByFragment.Length * 4)];
        byte[][] fragments = [.. kinds.Select(kind => Fragment(kind[0]))];
        byte[] table = new byte[tableByFragment.Length * 4];
        for (int i = 0; i < tableByFragment.Length; i++)
        {
            int named = tableByFragment[i];
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(i * 4), named < 0 ? -named : fragments.Take(named).Sum(fragment => fragment.Length + 8));
        }

        bytes.AddRange(table);
        foreach (byte[] fragment in fragments)
        {
            bytes.AddRange(new byte[8]);
            items.Add(new SourceRange(bytes.Count, fragment.Length));
            bytes.AddRange(fragment);
        }

        DataSet image = TestImages.Image(TestImages.Grey(2, 2, 8, 8), new byte[4]);
        image.SetInt(Tags.NumberOfFrames, frames);
        image.Set(new FragmentsElement(Tags.PixelData, Vr.OB, new SourceRange(0, bytes.Count), items));
        return (image, new MemorySource(bytes.ToArray()));
    }
}
