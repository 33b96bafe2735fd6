using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class DateValuesTests
{
    [Theory]
    [InlineData("20240228", 1, "20240229")]
    [InlineData("20240101", -1, "20231231")]
    [InlineData("2024.01.01", 1, "20240102")]
    [InlineData("2024", 1, null)]
    [InlineData("202402", 1, null)]
    [InlineData("20240230", 1, null)]
    [InlineData("20240101-20240201", 1, null)]
    [InlineData("99991231", 1, null)]
    [InlineData("00010101", -1, null)]
    [InlineData("Smith", 1, null)]
    [InlineData("20240101Smith", 1, null)]
    public void Shift_Da_MovesWholeDaysOrRefuses(string value, int days, string? expected) => Assert.Equal(expected, DateValues.Shift(Vr.DA, value, days));

    [Theory]
    [InlineData("20240228", "20240229")]
    [InlineData("20240228235959.999999+0130", "20240229235959.999999+0130")]
    [InlineData("2024022823-0500", "2024022923-0500")]
    [InlineData("20240228+0000", "20240229+0000")]
    [InlineData("2024+0000", null)]
    [InlineData("20240228235959.", null)]
    [InlineData("20240228 Smith", null)]
    [InlineData("20240228235", null)]
    public void Shift_Dt_KeepsTimeFractionAndZone(string value, string? expected) => Assert.Equal(expected, DateValues.Shift(Vr.DT, value, 1));

    [Fact]
    public void Shift_ManyDates_KeepsOrderAndIntervals()
    {
        Random random = new(20260101);
        DateOnly origin = new(1900, 1, 1);
        for (int i = 0; i < 5000; i++)
        {
            DateOnly first = origin.AddDays(random.Next(50_000));
            DateOnly second = origin.AddDays(random.Next(50_000));
            int days = random.Next(-3650, 3651);
            DateOnly movedFirst = DateOnly.ParseExact(DateValues.Shift(Vr.DA, $"{first:yyyyMMdd}", days)!, "yyyyMMdd");
            DateOnly movedSecond = DateOnly.ParseExact(DateValues.Shift(Vr.DA, $"{second:yyyyMMdd}", days)!, "yyyyMMdd");
            Assert.Equal(second.DayNumber - first.DayNumber, movedSecond.DayNumber - movedFirst.DayNumber);
        }
    }

    [Theory]
    [InlineData("20240229", DateUnit.Month, "20240201")]
    [InlineData("20240229", DateUnit.Year, "20240101")]
    public void Floor_Date_RoundsDown(string value, DateUnit unit, string expected)
    {
        Assert.Equal(expected, DateValues.Floor(Vr.DA, value, unit));
        Assert.Equal(expected, DateValues.Floor(Vr.DT, value + "101112+0100", unit));
    }
}
