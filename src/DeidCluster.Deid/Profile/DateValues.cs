using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Arithmetic on DA and DT values (PS3.5 6.2), also on parts of a date and on ranges. Pure. What is malformed has no answer: it is never passed on.
/// </summary>
internal static class DateValues
{
    private const string Day = "yyyyMMdd";
    private const int DayLength = 8;
    private const int MonthLength = 6;
    private const int YearLength = 4;
    private const string LegacyDay = "yyyy.MM.dd";

    /// <summary>
    /// <paramref name="value"/> moved by whole days; time of day, fraction and zone of a DT are kept. A DT that names a year or month only (PS3.5 6.2)
    /// becomes the year or month in which its middle then lies. Null when it is malformed or leaves the calendar.
    /// </summary>
    public static string? Shift(Vr vr, string value, int days) => OfRange(vr, value, one => ShiftOne(vr, one, days));

    /// <summary>
    /// The first day of the value's month or year; a DT loses its time of day, and one that names a year only stays a year. Null when it is malformed.
    /// </summary>
    public static string? Floor(Vr vr, string value, DateUnit unit) => OfRange(vr, value, one =>
        Change(vr, one, date => new DateOnly(date.Year, unit == DateUnit.Year ? 1 : date.Month, 1)) is { } floored ? floored[..DayLength]
        : Partial(vr, one) is { } part ? part.Text[..(unit == DateUnit.Year ? YearLength : part.Text.Length)] : null);

    /// <summary><paramref name="date"/> moved by whole days; null when it leaves the calendar.</summary>
    public static DateOnly? Move(DateOnly date, int days)
    {
        long day = date.DayNumber + (long)days;
        return day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber((int)day) : null;
    }

    /// <summary>True for a day, for a DT a year or month too, and for a range of them.</summary>
    public static bool IsDate(Vr vr, string value) => Shift(vr, value, 0) is not null;

    /// <summary>True for a TM: HH[MM[SS[.F{1,6}]]], also with the colons of the standard's predecessor (PS3.5 6.2, note on TM).</summary>
    public static bool IsTime(string value)
    {
        string[] parts = value.Trim().Split('.');
        string clock = parts[0].Replace(":", "", StringComparison.Ordinal);
        return clock.Length is 2 or 4 or 6 && clock.All(char.IsAsciiDigit)
            && clock[0] <= '2' && (clock.Length < 4 || clock[2] <= '5') && (clock.Length < 6 || clock[4] <= '6')
            && (parts.Length == 1 || (parts.Length == 2 && clock.Length == 6 && parts[1].Length is > 0 and <= 6 && parts[1].All(char.IsAsciiDigit)));
    }

    /// <summary>The day that a value begins with; null when it names none.</summary>
    public static DateOnly? DayOf(Vr vr, string value)
    {
        DateOnly? day = null;
        return Change(vr, value, date => day = date) is null ? null : day;
    }

    // A range (PS3.4 C.2.2.2.5) has a hyphen before, between or behind two whole dates; the hyphen of a DT's zone has four digits behind it.
    private static string? OfRange(Vr vr, string value, Func<string, string?> change)
    {
        if (change(value) is { } single)
        {
            return single;
        }

        for (int at = value.IndexOf('-'); at >= 0; at = value.IndexOf('-', at + 1))
        {
            string from = value[..at];
            string to = value[(at + 1)..];
            if ((from.Length >= DayLength || to.Length >= DayLength)
                && (from.Length == 0 ? "" : change(from)) is { } low && (to.Length == 0 ? "" : change(to)) is { } high)
            {
                return $"{low}-{high}";
            }
        }

        return null;
    }

    private static string? ShiftOne(Vr vr, string value, int days)
    {
        if (Change(vr, value, date => Move(date, days)) is { } moved)
        {
            return moved;
        }

        return Partial(vr, value) is { } part && Move(part.Middle, days) is { } middle
            ? middle.ToString(Day, CultureInfo.InvariantCulture)[..part.Text.Length] + part.Zone
            : null;
    }

    // YYYY or YYYYMM, with a zone or without.
    private static (string Text, string Zone, DateOnly Middle)? Partial(Vr vr, string value)
    {
        if (vr != Vr.DT)
        {
            return null;
        }

        int length = value.IndexOfAny(['+', '-']) is int zone and >= 0 ? zone : value.Length;
        string text = value[..length];
        return length is YearLength or MonthLength && IsTimeOfDateTime(value[length..])
            && DateOnly.TryParseExact(length == YearLength ? text + "07" : text, "yyyyMM", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly first)
                ? (text, value[length..], length == YearLength ? first : first.AddDays(14))
                : null;
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
