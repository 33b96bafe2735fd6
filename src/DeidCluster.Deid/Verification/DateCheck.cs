using System.Globalization;

namespace DeidCluster.Deid;

/// <summary>
/// Compares the dates of a result with those that stand at the same place in the source. Its arithmetic is its own: it shares none with what moved
/// the dates.
/// </summary>
internal static class DateCheck
{
    private const int DateLength = 8;
    private const int MonthLength = 6;
    private const int YearLength = 4;

    /// <summary>What is wrong with the dates <paramref name="after"/>, which were <paramref name="before"/>; null when nothing is.</summary>
    public static string? Compare(IReadOnlyList<string> before, IReadOnlyList<string> after, DatePolicy policy, int shiftDays)
    {
        for (int i = 0; i < Math.Min(before.Count, after.Count); i++)
        {
            string was = before[i].Trim();
            string became = after[i].Trim();
            if (was.Length == 0 || became.Length == 0 || IsDummy(became))
            {
                continue;
            }

            switch (policy.Treatment)
            {
                case DateTreatment.Shift when became != Expected(was, date => Shifted(date, shiftDays)):
                    return "the date is not the source's moved by the subject's days";
                case DateTreatment.Floor when became != Expected(was, date => Floored(date, policy.FloorTo)):
                    return $"the date is not the source's first of the {(policy.FloorTo == DateUnit.Year ? "year" : "month")}";
                case DateTreatment.Remove or DateTreatment.Keep when DatePart(became) == DatePart(was):
                    return "the date of the source is still here";
                default:
                    break;
            }
        }

        return null;
    }

    // A range is two dates with a hyphen between; old writers put full stops into a date.
    private static string? Expected(string value, Func<string, string?> change)
    {
        string[] ends = value.Split('-');
        return change(value) ?? (ends.Length == 2 && ends.All(end => end.Length is 0 or >= DateLength) && ends.Any(end => end.Length > 0)
            && (ends[0].Length == 0 ? "" : change(ends[0])) is { } low && (ends[1].Length == 0 ? "" : change(ends[1])) is { } high
                ? $"{low}-{high}"
                : null);
    }

    /// <summary>The date moved by whole days, time and zone untouched; of a year or month alone, that in which its middle lies. Null when it is no date.</summary>
    private static string? Shifted(string value, int days)
    {
        (string digits, string rest) = Parts(value);
        string middle = digits.Length switch { YearLength => digits + "0701", MonthLength => digits + "15", _ => digits };
        return IsTime(rest) && Day(middle) is { } date && date.DayNumber + (long)days is >= 0 and var moved && moved <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)moved).ToString("yyyyMMdd", CultureInfo.InvariantCulture)[..digits.Length] + rest
            : null;
    }

    private static string? Floored(string value, DateUnit unit)
    {
        (string digits, string rest) = Parts(value);
        if (!IsTime(rest))
        {
            return null;
        }

        int kept = Math.Min(digits.Length, unit == DateUnit.Year ? YearLength : MonthLength);
        return digits.Length == DateLength ? Day(digits) is null ? null : (digits[..kept] + "0101")[..(kept == YearLength ? DateLength : MonthLength)] + (kept == YearLength ? "" : "01")
            : Day(digits + (digits.Length == YearLength ? "0101" : "01")) is null ? null : digits[..kept];
    }

    // The digits of the day, month or year, and what stands behind: time of day and zone.
    private static (string Digits, string Behind) Parts(string value)
    {
        if (value.Length == 10 && value[4] == '.' && value[7] == '.')
        {
            return (value.Replace(".", "", StringComparison.Ordinal), "");
        }

        int digits = value.TakeWhile(char.IsAsciiDigit).Count();
        int length = digits >= DateLength ? DateLength : digits;
        return (value[..length], value[length..]);
    }

    // A zone has a sign and four digits, and ends the value.
    private static bool IsTime(string rest) =>
        rest.All(letter => char.IsAsciiDigit(letter) || letter is '.' or '+' or '-') && (rest.IndexOfAny(['+', '-']) is var zone && (zone < 0 || rest.Length - zone == 5));

    private static DateOnly? Day(string digits) =>
        DateOnly.TryParseExact(digits, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? date : null;

    /// <summary>The first of January of these years says nothing of a day: what date dummies are.</summary>
    private static bool IsDummy(string value) => DatePart(value) is "19000101" or "00010101";

    private static string DatePart(string value) => value.Length >= DateLength ? value[..DateLength] : value;
}
