using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class PixelTests
{
    private static readonly ReadOptions AsRange = new() { InlineValueBytesMax = 256 };

    private static DataSet Image(int columns, int rows, int frames = 1, int bits = 8, string photometric = "MONOCHROME2", int samples = 1, int planar = 0)
    {
        DataSet image = Make.Instance();
        image.SetUshort(Tags.SamplesPerPixel, (ushort)samples);
        image.SetString(Tags.PhotometricInterpretation, photometric);
        image.SetUshort(Tags.PlanarConfiguration, (ushort)planar);
        image.SetString(Tags.NumberOfFrames, $"{frames}");
        image.SetUshort(Tags.Rows, (ushort)rows);
        image.SetUshort(Tags.Columns, (ushort)columns);
        image.SetUshort(Tags.BitsAllocated, (ushort)bits);
        image.SetUshort(Tags.BitsStored, (ushort)bits);
        image.SetUshort(Tags.PixelRepresentation, 0);
        byte[] pixels = new byte[columns * rows * frames * samples * bits / 8];
        Array.Fill(pixels, (byte)7);
        image.SetBytes(Tags.PixelData, bits == 8 ? Vr.OB : Vr.OW, pixels);
        return image;
    }

    private static ProjectProfile With(params PixelBox[] boxes) => Make.Profile() with { PixelRules = [new PixelRule { Boxes = boxes }] };

    private static byte[] Pixels(DeidentifyResult result)
    {
        DeidentifiedInstance instance = Assert.IsType<DeidentifyResult.Done>(result).Instance;
        using DicomFile file = DicomFile.Read(new MemorySource(instance.Segments.ToArray()), new ReadOptions { InlineValueBytesMax = 1 << 20 });
        return file.DataSet.GetBytes(Tags.PixelData).ToArray();
    }

    [Fact]
    public void Boxes_Edges_AreAllInside()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(4, 4), With(new PixelBox(1, 1, 2, 2))));
        Assert.Equal([7, 7, 7, 7, 7, 0, 0, 7, 7, 0, 0, 7, 7, 7, 7, 7], pixels);
    }

    [Fact]
    public void Boxes_EveryFrame_IsBlanked()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 2, frames: 3), With(new PixelBox(0, 0, 0, 0))));
        Assert.Equal([0, 7, 7, 7, 0, 7, 7, 7, 0, 7, 7, 7], pixels);
    }

    [Fact]
    public void Boxes_SixteenBits_BlankWholePixels()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 2, bits: 16), With(new PixelBox(1, 0, 1, 0))));
        Assert.Equal([7, 7, 0, 0, 7, 7, 7, 7], pixels);
    }

    [Fact]
    public void Boxes_Monochrome1_BlackIsTheLargestValue()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 2, photometric: "MONOCHROME1"), With(new PixelBox(0, 0, 0, 0))));
        Assert.Equal([255, 7, 7, 7], pixels);
    }

    [Fact]
    public void Boxes_PlanesOfColour_AreEachBlanked()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 1, photometric: "YBR_FULL", samples: 3, planar: 1), With(new PixelBox(0, 0, 0, 0))));
        Assert.Equal([0, 7, 128, 7, 128, 7], pixels);
    }

    [Fact]
    public void Boxes_BeyondTheImage_AreCut()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 2), With(new PixelBox(-5, 1, int.MaxValue, int.MaxValue))));
        Assert.Equal([7, 7, 0, 0], pixels);
    }

    [Fact]
    public void Boxes_PixelsLeftInTheFile_GiveTheSameBytesAsInMemory()
    {
        DataSet image = Image(64, 64, frames: 3, bits: 16);
        ProjectProfile profile = With(new PixelBox(3, 5, 20, 9), new PixelBox(10, 7, 63, 63));
        using DicomFile inFile = Make.File(image, options: AsRange);
        using DicomFile inMemory = Make.File(image);
        Assert.IsType<RangeElement>(inFile.DataSet.Find(Tags.PixelData));

        Assert.Equal(
            Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(inMemory, profile)).Instance.Segments.ToArray(),
            Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(inFile, profile)).Instance.Segments.ToArray());
    }

    [Fact]
    public void Boxes_Blanked_AreMarked()
    {
        DataSet result = Make.Clean(Image(2, 2), With(new PixelBox(0, 0, 0, 0)));
        Assert.Equal("NO", result.GetString(Tags.BurnedInAnnotation));
        Assert.Contains("113101", result.Items(Tags.DeidentificationMethodCodeSequence).Select(item => item.GetString(Tags.CodeValue)));
    }

    [Fact]
    public void UltrasoundRegions_AllElse_IsBlanked()
    {
        DataSet image = Image(4, 2);
        image.SetString(Tags.SOPClassUID, Uids.UltrasoundImageStorage);
        image.SetItems(Tags.SequenceOfUltrasoundRegions, Make.Item(region =>
        {
            region.SetUint(Tags.RegionLocationMinX0, 1);
            region.SetUint(Tags.RegionLocationMinY0, 0);
            region.SetUint(Tags.RegionLocationMaxX1, 2);
            region.SetUint(Tags.RegionLocationMaxY1, 0);
        }));

        byte[] pixels = Pixels(Make.Deidentify(image, Make.Profile() with { PixelRules = [new PixelRule { KeepUltrasoundRegionsOnly = true }] }));

        Assert.Equal([0, 7, 7, 0, 0, 0, 0, 0], pixels);
    }

    [Fact]
    public void UltrasoundRegions_None_HoldsTheInstance() =>
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(Image(2, 2), Make.Profile() with { PixelRules = [new PixelRule { KeepUltrasoundRegionsOnly = true }] }));

    [Fact]
    public void Boxes_PixelDataTooShort_HoldsTheInstance()
    {
        DataSet image = Image(4, 4);
        image.SetUshort(Tags.Rows, 5);
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(image, With(new PixelBox(0, 0, 0, 0))));
    }

    [Theory]
    [InlineData(Uids.SecondaryCaptureImageStorage)]
    [InlineData(Uids.UltrasoundImageStorage)]
    public void Guard_ClassesWithText_AreRejectedWithoutRule(string sopClassUid)
    {
        DataSet image = Image(2, 2);
        image.SetString(Tags.SOPClassUID, sopClassUid);
        Assert.IsType<DeidentifyResult.Rejected>(Make.Deidentify(image));
        Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(image, With()));
        Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(image, With(new PixelBox(0, 0, 1, 0))));
    }

    [Fact]
    public void Guard_DeclaredText_IsRejectedWithoutRuleAndHeldWhenItsRuleBlanksNothing()
    {
        DataSet image = Image(2, 2);
        image.SetString(Tags.BurnedInAnnotation, "YES");
        Assert.IsType<DeidentifyResult.Rejected>(Make.Deidentify(image));
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(image, With()));
    }

    [Fact]
    public void Guard_OverlayWhereThePixelsAre_IsHeld()
    {
        DataSet image = Image(2, 2, bits: 16);
        image.SetUshort(Tags.HighBit, 15);
        image.SetUshort(new Tag(0x6000, 0x0102), 12);
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(image));
    }

    [Fact]
    public void Boxes_FramesNamed_AreBlankedInThoseOnly()
    {
        byte[] pixels = Pixels(Make.Deidentify(
            Image(2, 1, frames: 3), With(new PixelBox(0, 0, 0, 0), new PixelBox(1, 0, 1, 0) { Frames = new FrameRange(2, 2) })));
        Assert.Equal([0, 7, 0, 0, 0, 7], pixels);
    }

    [Fact]
    public void Boxes_PairsOfPixelsThatShareTheirColour_AreBlankedWhole()
    {
        DataSet image = Image(4, 1, photometric: "YBR_FULL_422", samples: 3);
        image.SetBytes(Tags.PixelData, Vr.OB, (byte[])[1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([1, 2, 3, 4, 0, 0, 128, 128], Pixels(Make.Deidentify(image, With(new PixelBox(3, 0, 3, 0)))));
    }

    [Fact]
    public void Boxes_ThirtyTwoBits_BlankWholePixels()
    {
        byte[] pixels = Pixels(Make.Deidentify(Image(2, 1, bits: 32), With(new PixelBox(0, 0, 0, 0))));
        Assert.Equal([0, 0, 0, 0, 7, 7, 7, 7], pixels);
    }

    [Fact]
    public void Boxes_SignedTwelveBits_BlackIsTheSmallestValue()
    {
        DataSet image = Image(2, 1, bits: 16);
        image.SetUshort(Tags.BitsStored, 12);
        image.SetUshort(Tags.HighBit, 11);
        image.SetUshort(Tags.PixelRepresentation, 1);
        Assert.Equal([0x00, 0xF8, 7, 7], Pixels(Make.Deidentify(image, With(new PixelBox(0, 0, 0, 0)))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Boxes_Palette_BlackIsTheDarkestColour(int entryBytes)
    {
        DataSet image = Image(2, 1, photometric: "PALETTE COLOR");
        Tag[] descriptors = [Tags.RedPaletteColorLookupTableDescriptor, Tags.GreenPaletteColorLookupTableDescriptor, Tags.BluePaletteColorLookupTableDescriptor];
        Tag[] tables = [Tags.RedPaletteColorLookupTableData, Tags.GreenPaletteColorLookupTableData, Tags.BluePaletteColorLookupTableData];
        for (int colour = 0; colour < 3; colour++)
        {
            image.SetBytes(descriptors[colour], Vr.US, (byte[])[4, 0, 6, 0, (byte)(entryBytes * 8), 0]);
            byte[] light = [200, 100, 3, 90];
            image.SetBytes(tables[colour], Vr.OW, entryBytes == 1 ? light : [.. light.SelectMany(value => new byte[] { 0, value })]);
        }

        Assert.Equal([8, 7], Pixels(Make.Deidentify(image, With(new PixelBox(0, 0, 0, 0)))));
    }

    [Fact]
    public void Boxes_PaletteThatCannotBeRead_HoldsTheInstance() =>
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(Image(2, 1, photometric: "PALETTE COLOR"), With(new PixelBox(0, 0, 0, 0))));

    [Fact]
    public void Boxes_FloatPixels_BecomeZero()
    {
        DataSet image = Image(2, 1);
        image.Remove(Tags.PixelData);
        image.SetBytes(Tags.FloatPixelData, Vr.OF, (byte[])[0, 0, 128, 63, 0, 0, 128, 63]);
        using DicomFile result = DicomFile.Read(new MemorySource(
            Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(image, KeepingFloats)).Instance.Segments.ToArray()));
        Assert.Equal([0, 0, 0, 0, 0, 0, 128, 63], result.DataSet.GetBytes(Tags.FloatPixelData).ToArray());
    }

    private static ProjectProfile KeepingFloats => With(new PixelBox(0, 0, 0, 0)) with { Rules = [Make.Rule("FloatPixelData", new RuleAction.Keep())] };

    [Fact]
    public void Boxes_IconOfTheImage_GoesEvenIfARuleKeepsIt()
    {
        DataSet image = Image(2, 2);
        image.SetItems(Tags.IconImageSequence, Make.Item(icon => icon.SetBytes(Tags.PixelData, Vr.OB, (byte[])[1, 2])));
        ProjectProfile profile = With(new PixelBox(0, 0, 0, 0)) with { Rules = [Make.Rule("IconImageSequence", new RuleAction.Keep())] };
        Assert.False(Make.Clean(image, profile).Contains(Tags.IconImageSequence));
    }
}
