namespace DeidCluster.Studies.Tests;

public class WeeklyHoursTests
{
    [Theory]
    [InlineData("mon-fri 08:00-20:00", "UTC", "2026-11-23T08:00Z", "2026-11-23T20:00Z")] // a Monday
    [InlineData("mon-fri 08:00-20:00", "UTC", "2026-11-23T07:59Z", null)]
    [InlineData("mon-fri 08:00-20:00", "UTC", "2026-11-22T12:00Z", null)]
    [InlineData("mon-fri 08:00-20:00", "Europe/Berlin", "2026-11-23T07:00Z", "2026-11-23T19:00Z")]
    [InlineData("mon-fri 08:00-20:00", "Europe/Berlin", "2026-07-06T06:30Z", "2026-07-06T18:00Z")]
    [InlineData("fri 22:00-06:00", "UTC", "2026-11-28T05:59Z", "2026-11-28T06:00Z")]
    [InlineData("sat 22:00-06:00", "UTC", "2026-11-29T00:30Z", "2026-11-29T06:00Z")]
    [InlineData("sun,wed 00:00-24:00; thu 00:00-01:00", "UTC", "2026-11-25T10:00Z", "2026-11-26T01:00Z")]
    [InlineData("fri-mon 09:00-10:00", "UTC", "2026-11-22T09:30Z", "2026-11-22T10:00Z")]
    [InlineData("", "UTC", "2026-11-22T09:30Z", null)]
    [InlineData("sun 01:00-04:00", "Europe/Berlin", "2026-03-29T00:30Z", "2026-03-29T02:00Z")] // clocks go forward at 02:00
    [InlineData("sun 01:00-02:30", "Europe/Berlin", "2026-10-25T00:10Z", "2026-10-25T00:30Z")] // 02:30 comes twice; the first ends it for half an hour
    public void Hours_ContainATime_UntilTheyEnd(string text, string zone, string now, string? end)
    {
        WeeklyHours hours = WeeklyHours.Parse(text, zone);
        DateTimeOffset time = DateTimeOffset.Parse(now, null);
        Assert.Equal(end is not null, hours.Contains(time));
        if (end is not null)
        {
            Assert.Equal(DateTimeOffset.Parse(end, null), hours.EndAfter(time));
        }
    }

    [Fact]
    public void WholeWeek_NeverEnds() => Assert.Null(WeeklyHours.Parse("mon-sun 00:00-24:00", "UTC").EndAfter(DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("monday 08:00-20:00", "UTC", "'monday'")]
    [InlineData("mon 8-20", "UTC", "'8'")]
    [InlineData("mon", "UTC", "no span")]
    [InlineData("mon 08:00-25:00", "UTC", "'25:00'")]
    [InlineData("mon 08:00-20:00", "Mars/Base", "Mars/Base")]
    public void Mistake_IsNamed(string text, string zone, string word) =>
        Assert.Contains(word, Assert.Throws<FormatException>(() => WeeklyHours.Parse(text, zone)).Message);
}
