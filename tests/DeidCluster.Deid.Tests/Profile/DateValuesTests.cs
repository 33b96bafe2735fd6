using DeidCluster.Dicom;
using FsCheck;
using FsCheck.Fluent;

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
    [InlineData("20240101-20240201", 1, "20240102-20240202")]
    [InlineData("20240101-", 1, "20240102-")]
    [InlineData("-20240101", 1, "-20240102")]
    [InlineData("-", 1, null)]
    [InlineData("20240101-2024", 1, null)]
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
    [InlineData("2024+0000", "2024+0000")]
    [InlineData("2024-0500", "2024-0500")]
    [InlineData("202402", "202402")]
    [InlineData("20", null)]
    [InlineData("202413", null)]
    [InlineData("2024022810-20240301", "2024022910-20240302")]
    [InlineData("20240228235959.", null)]
    [InlineData("20240228 Smith", null)]
    [InlineData("20240228235", null)]
    public void Shift_Dt_KeepsTimeFractionAndZone(string value, string? expected) => Assert.Equal(expected, DateValues.Shift(Vr.DT, value, 1));

    [Theory]
    [InlineData("2024", -400, "2023")]
    [InlineData("202403", -31, "202402")]
    [InlineData("202403+0130", -31, "202402+0130")]
    public void Shift_PartOfADate_BecomesThePartInWhichItsMiddleLies(string value, int days, string expected) =>
        Assert.Equal(expected, DateValues.Shift(Vr.DT, value, days));

    [Fact]
    public void Shift_AnyTwoDates_KeepsOrderAndIntervals() => Check(Prop.ForAll(Days.Arbitrary, Days.Arbitrary, Shifts, (first, second, days) =>
        Day(DateValues.Shift(Vr.DA, Text(second), days)).DayNumber - Day(DateValues.Shift(Vr.DA, Text(first), days)).DayNumber == second - first));

    [Fact]
    public void Shift_ThereAndBack_IsTheSameValue() => Check(Prop.ForAll(Days.Arbitrary, Shifts, ArbMap.Default.ArbFor<PositiveInt>(), (day, days, clock) =>
    {
        string time = new TimeOnly(clock.Get % 24, clock.Get % 60, clock.Get % 59).ToString("HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        string value = $"{Text(day)}{time}.{clock.Get % 999999}+0100";
        return DateValues.Shift(Vr.DT, DateValues.Shift(Vr.DT, value, days)!, -days) == value;
    }));

    [Fact]
    public void Shift_Parts_KeepTheirOrder() => Check(Prop.ForAll(Days.Arbitrary, Days.Arbitrary, Shifts, (first, second, days) =>
        new[] { 4, 6 }.All(length =>
        {
            string a = Text(Math.Min(first, second))[..length];
            string b = Text(Math.Max(first, second))[..length];
            return string.CompareOrdinal(DateValues.Shift(Vr.DT, a, days), DateValues.Shift(Vr.DT, b, days)) <= 0;
        })));

    [Fact]
    public void Floor_AnyDate_IsNotAfterItAndKeepsOrder() => Check(Prop.ForAll(Days.Arbitrary, Days.Arbitrary, (first, second) =>
        new[] { DateUnit.Month, DateUnit.Year }.All(unit =>
        {
            DateOnly low = Day(DateValues.Floor(Vr.DA, Text(Math.Min(first, second)), unit));
            DateOnly high = Day(DateValues.Floor(Vr.DA, Text(Math.Max(first, second)), unit));
            return low <= high && low.DayNumber <= Math.Min(first, second) && low.Day == 1;
        })));

    [Theory]
    [InlineData("093Y", "090Y")]
    [InlineData("089Y", "089Y")]
    [InlineData("006M", "006M")]
    [InlineData("999W", "019Y", false)]
    [InlineData("93", null)]
    public void Cap_Age_HidesThoseAbove89(string age, string? expected, bool exact = true) =>
        Assert.Equal(exact ? expected : age, AgeValues.Cap(age));

    [Theory]
    [InlineData("19200101", "20200601", "19300101")] // 100 years
    [InlineData("19310701", "20200601", "19310701")] // 88 years
    [InlineData("19300601", "20200601", "19300101")] // 90 on the day
    [InlineData("19300602", "20200601", "19300602")] // 89, a day before
    [InlineData("nonsense", "20200601", "nonsense")]
    public void Capped_Birth_TellsNoAgeAbove89(string birth, string study, string expected)
    {
        DataSet instance = [];
        instance.SetString(Tags.StudyDate, study);
        Assert.Equal(expected, BirthDates.Capped(birth, instance));
    }

    /// <summary>Days from 1880 to 2120.</summary>
    private static class Days
    {
        public static readonly Arbitrary<int> Arbitrary = Gen.Choose(new DateOnly(1880, 1, 1).DayNumber, new DateOnly(2120, 1, 1).DayNumber).ToArbitrary();
    }

    private static readonly Arbitrary<int> Shifts = Gen.Choose(-DatePolicy.ShiftDaysLimit, DatePolicy.ShiftDaysLimit).ToArbitrary();

    private static string Text(int day) => $"{DateOnly.FromDayNumber(day):yyyyMMdd}";

    private static DateOnly Day(string? text) => DateOnly.ParseExact(text!, "yyyyMMdd");

    private static void Check(Property property) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 20_000 : 500));

    [Theory]
    [InlineData("20240229", DateUnit.Month, "20240201")]
    [InlineData("20240229", DateUnit.Year, "20240101")]
    public void Floor_Date_RoundsDown(string value, DateUnit unit, string expected)
    {
        Assert.Equal(expected, DateValues.Floor(Vr.DA, value, unit));
        Assert.Equal(expected, DateValues.Floor(Vr.DT, value + "101112+0100", unit));
    }
}
