using DeidCluster.Deid;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

public class InventorySelectionTests
{
    private const string CtImage = "1.2.840.10008.5.1.4.1.1.2";
    private const string MrImage = "1.2.840.10008.5.1.4.1.1.4";

    [Fact]
    public void Rows_OfAProjectThatWantsAll_AreLocated()
    {
        InstanceRow row = Assert.Single(Rows(new Selection(), Series("CT", "thorax", CtImage)));
        Assert.Equal((InstanceState.Located, null, "CT", CtImage), (row.State, row.Reason, row.Modality, row.SopClassUid));
    }

    [Fact]
    public void Rows_OfAnUnwantedModality_AreRejected_AndTheOthersStay()
    {
        IReadOnlyList<InstanceRow> rows = Rows(new Selection { Modalities = ["CT"] }, Series("CT", "", CtImage), Series("MR", "", MrImage));
        Assert.Equal([InstanceState.Located, InstanceState.Rejected], rows.Select(row => row.State));
        Assert.NotNull(rows[1].Reason);
    }

    [Fact]
    public void Rows_OfAnExcludedDescription_AreRejected_WithoutTellingIt()
    {
        InstanceRow row = Assert.Single(Rows(new Selection { ExcludedSeriesDescriptions = ["scout"] }, Series("CT", "SCOUT of J. Doe", CtImage)));
        Assert.Equal(InstanceState.Rejected, row.State);
        Assert.DoesNotContain("Doe", row.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_OfAShortSeries_AreRejected() =>
        Assert.Equal(InstanceState.Rejected, Assert.Single(Rows(new Selection { MinInstancesPerSeries = 2 }, Series("CT", "", CtImage))).State);

    [Fact]
    public void Rows_OfAnUnwantedSopClass_AreRejected() =>
        Assert.Equal(InstanceState.Rejected, Assert.Single(Rows(new Selection { SopClassUids = [MrImage] }, Series("CT", "", CtImage))).State);

    [Fact]
    public void Rows_WhereTheArchiveTellsNothing_AreLeftForTheFileToShow() =>
        Assert.Equal(InstanceState.Located, Assert.Single(Rows(new Selection { Modalities = ["MR"], SopClassUids = [MrImage] }, Series(null, null, null))).State);

    private static ArchiveSeries Series(string? modality, string? description, string? sopClassUid) =>
        new("1.2", "1.2.1", modality, description, [new ArchiveInstance("1.2.1.1", sopClassUid)]);

    private static IReadOnlyList<InstanceRow> Rows(Selection selection, params IReadOnlyList<ArchiveSeries> series) =>
        InventorySelection.Rows("id", "VNA", series, selection);
}
