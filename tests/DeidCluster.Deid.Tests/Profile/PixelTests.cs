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
    public void Guard_OverlayInPixels_IsHeld()
    {
        DataSet image = Image(2, 2, bits: 16);
        image.SetUshort(new Tag(0x6000, 0x0102), 12);
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(image));
    }
}
