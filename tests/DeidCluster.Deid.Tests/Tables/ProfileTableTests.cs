using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class ProfileTableTests
{
    [Theory]
    [InlineData("2026d", 657)]
    [InlineData("2025e", 655)]
    public void Of_Edition_HasAllRows(string edition, int rows)
    {
        // Three rows are patterns: curves, overlay data and comments count as two, private attributes.
        Assert.Equal(rows - 4, ProfileTable.Of(edition).Tags.Count());
    }

    [Fact]
    public void Of_UnknownEdition_IsRefused() => Assert.Throws<ArgumentException>(() => ProfileTable.Of("1999a"));

    [Theory]
    [InlineData("(0008,0050)", ProfileAction.Empty)]
    [InlineData("(0010,0020)", ProfileAction.EmptyOrDummy)]
    [InlineData("(0008,0018)", ProfileAction.Uid)]
    [InlineData("(0008,1140)", ProfileAction.RemoveOrEmptyOrUid)]
    [InlineData("(5012,3000)", ProfileAction.Remove)]
    [InlineData("(6002,3000)", ProfileAction.Remove)]
    [InlineData("(0019,1010)", ProfileAction.Remove)]
    public void Find_Tag_GivesTheBasicAction(string tag, ProfileAction action)
    {
        Assert.True(Tag.TryParse(tag, out Tag parsed));
        Assert.Equal(action, ProfileTable.Of("2026d").Find(parsed)!.Basic);
    }

    [Fact]
    public void Under_ModifiedDates_StandBeforeOtherOptions()
    {
        // Date of Last Calibration: kept by Retain Device Identity, moved by Modified Dates.
        ProfileRow row = ProfileTable.Of("2026d").Find(Tags.DateOfLastCalibration)!;
        Assert.Equal(ProfileAction.Keep, row.Under(new HashSet<ProfileOption> { ProfileOption.RetainDeviceIdentity }).Action);
        Assert.Equal(ProfileAction.Clean, row.Under(new HashSet<ProfileOption> { ProfileOption.RetainDeviceIdentity, ProfileOption.RetainLongitudinalModifiedDates }).Action);
    }
}
