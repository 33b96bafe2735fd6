namespace DeidCluster.Deid.Tests.Verification;

public class DateCheckTests
{
    private static readonly DatePolicy Shift = new(DateTreatment.Shift);

    [Theory]
    [InlineData("20200310", "20191201", true)]
    [InlineData("20200310", "20191202", false)]
    [InlineData("20200310101112.5+0100", "20191201101112.5+0100", true)]
    [InlineData("2020.03.10", "20191201", true)]
    [InlineData("2020", "2020", true)]
    [InlineData("2020", "2019", false)]
    [InlineData("202003", "201912", true)]
    [InlineData("20200310-20200311", "20191201-20191202", true)]
    [InlineData("20200310-20200311", "20191201-20200311", false)]
    [InlineData("nonsense", "nonsense", false)]
    public void Compare_Shift_AcceptsTheExpectedDateOnly(string was, string became, bool passes) =>
        Assert.Equal(passes, DateCheck.Compare([was], [became], Shift, -100) is null);

    [Theory]
    [InlineData(DateUnit.Month, "20200310", "20200301", true)]
    [InlineData(DateUnit.Month, "20200301", "20200301", true)]
    [InlineData(DateUnit.Year, "20200310101112", "20200101", true)]
    [InlineData(DateUnit.Year, "20200310", "20200301", false)]
    [InlineData(DateUnit.Year, "202003", "2020", true)]
    [InlineData(DateUnit.Month, "2020", "2020", true)]
    public void Compare_Floor_AcceptsTheFirstDayOnly(DateUnit unit, string was, string became, bool passes) =>
        Assert.Equal(passes, DateCheck.Compare([was], [became], new DatePolicy(DateTreatment.Floor) { FloorTo = unit }, 0) is null);

    [Fact]
    public void Compare_WhatTheDatesBecome_IsWhatIsExpected()
    {
        foreach (string was in new[] { "20200310", "20200310101112.5+0100", "2020", "202003-0500", "20200310-20200401", "20200310-", "-20200310" })
        {
            Assert.Null(DateCheck.Compare([was], [DateValues.Shift(Dicom.Vr.DT, was, -400)!], Shift, -400));
            Assert.Null(DateCheck.Compare([was], [DateValues.Floor(Dicom.Vr.DT, was, DateUnit.Year)!], new DatePolicy(DateTreatment.Floor) { FloorTo = DateUnit.Year }, 0));
        }
    }
}
