using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Arithmetic on DA and DT values (PS3.5 6.2). Pure. What is no whole date has no answer: it is never passed on.</summary>
internal static class DateValues
{
    private const string Day = "yyyyMMdd";
    private const int DayLength = 8;
    private const string LegacyDay = "yyyy.MM.dd";

    /// <summary>
    /// <paramref name="value"/> moved by whole days; time of day, fraction and zone of a DT are kept. Null when it is malformed, names
    /// no day (YYYY, YYYYMM) or leaves the calendar.
    /// </summary>
    public static string? Shift(Vr vr, string value, int days) => Change(vr, value, date =>
    {
        long day = date.DayNumber + (long)days;
        return day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)day) : null;
    });

    /// <summary>The first day of the value's month or year; a DT loses its time of day. Null when it is malformed or names no day.</summary>
    public static string? Floor(Vr vr, string value, DateUnit unit) =>
        Change(vr, value, date => new DateOnly(date.Year, unit == DateUnit.Year ? 1 : date.Month, 1)) is { } floored ? floored[..DayLength] : null;

    /// <summary>True for a day, or for a DT a year or month too.</summary>
    public static bool IsDate(Vr vr, string value) =>
        Shift(vr, value, 0) is not null || (vr == Vr.DT && value.Length is 4 or 6 && value.All(char.IsAsciiDigit));

    /// <summary>True for a TM: HH[MM[SS[.F{1,6}]]], also with the colons of the standard's predecessor (PS3.5 6.2, note on TM).</summary>
    public static bool IsTime(string value)
    {
        string[] parts = value.Trim().Split('.');
        string clock = parts[0].Replace(":", "", StringComparison.Ordinal);
        return clock.Length is 2 or 4 or 6 && clock.All(char.IsAsciiDigit)
            && clock[0] <= '2' && (clock.Length < 4 || clock[2] <= '5') && (clock.Length < 6 || clock[4] <= '6')
            && (parts.Length == 1 || (parts.Length == 2 && clock.Length == 6 && parts[1].Length is > 0 and <= 6 && parts[1].All(char.IsAsciiDigit)));
    }

    private static string? Change(Vr vr, string value, Func<DateOnly, DateOnly?> change)
    {
        // The form with full stops is that of the standard's predecessor; readers accept it (PS3.5 6.2, note on DA).
        bool legacy = vr == Vr.DA && value.Length == LegacyDay.Length;
        string day = legacy ? value : value[..Math.Min(DayLength, value.Length)];
        string rest = legacy ? "" : value[day.Length..];
        return DateOnly.TryParseExact(day, legacy ? LegacyDay : Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
            && (vr == Vr.DA ? rest.Length == 0 : IsTimeOfDateTime(rest))
            && change(date) is { } changed
                ? changed.ToString(Day, CultureInfo.InvariantCulture) + rest
                : null;
    }

    // [HH[MM[SS[.F{1,6}]]]][&ZZXX]
    private static bool IsTimeOfDateTime(string text)
    {
        int zone = text.IndexOfAny(['+', '-']);
        string time = zone < 0 ? text : text[..zone];
        int point = time.IndexOf('.');
        string digits = point < 0 ? time : time[..point];
        return digits.Length is 0 or 2 or 4 or 6 && digits.All(char.IsAsciiDigit)
            && (point < 0 || (digits.Length == 6 && time.Length - point is > 1 and <= 7 && time[(point + 1)..].All(char.IsAsciiDigit)))
            && (zone < 0 || (text.Length - zone == 5 && text[(zone + 1)..].All(char.IsAsciiDigit)));
    }
}
