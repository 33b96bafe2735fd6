using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class SelectorTests
{
    private static readonly DataSet Header = Make.Item(header =>
    {
        header.SetString(Tags.Modality, "CT");
        header.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        header.SetString(Tags.SeriesDescription, "Localizer 2");
        header.SetString(Tags.Manufacturer, "ACME Medical");
        header.SetInt(Tags.SeriesNumber, 1200);
    });

    [Fact]
    public void Judge_NothingAsked_WantsAll() => Assert.True(new Selector(new Selection()).Judge(Header).IsWanted);

    [Fact]
    public void Judge_Modality_MustBeListed()
    {
        Assert.True(new Selector(new Selection { Modalities = ["MR", "CT"] }).Judge(Header).IsWanted);
        Assert.Equal("its modality is not selected", new Selector(new Selection { Modalities = ["MR"] }).Judge(Header).Reason);
    }

    [Fact]
    public void Judge_AbsentAttribute_CountsOnlyInAFile()
    {
        Selector selector = new(new Selection { Modalities = ["MR"] });
        Assert.False(selector.Judge([]).IsWanted);
        Assert.True(selector.Judge([], isComplete: false).IsWanted);
    }

    [Fact]
    public void Judge_SeriesDescription_IsComparedInAnyCase() =>
        Assert.False(new Selector(new Selection { ExcludedSeriesDescriptions = ["LOCALIZER"] }).Judge(Header).IsWanted);

    [Fact]
    public void Judge_Manufacturer_FirstPatternDecides()
    {
        Assert.False(new Selector(new Selection { Manufacturers = [new ManufacturerSelection("^other", [])] }).Judge(Header).IsWanted);
        Assert.False(new Selector(new Selection { Manufacturers = [new ManufacturerSelection("^acme", [1200]), new ManufacturerSelection("medical", [])] }).Judge(Header).IsWanted);
        Assert.True(new Selector(new Selection { Manufacturers = [new ManufacturerSelection("medical", []), new ManufacturerSelection("^acme", [1200])] }).Judge(Header).IsWanted);
    }
}
