using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Compares the dates of a result with those that stand at the same place in the source.</summary>
internal static class DateCheck
{
    private const int DateLength = 8;

    /// <summary>What is wrong with the dates <paramref name="after"/>, which were <paramref name="before"/>; null when nothing is.</summary>
    public static string? Compare(IReadOnlyList<string> before, IReadOnlyList<string> after, DateTreatment treatment, int shiftDays)
    {
        for (int i = 0; i < Math.Min(before.Count, after.Count); i++)
        {
            string was = before[i].Trim();
            string became = after[i].Trim();
            if (was.Length == 0 || became.Length == 0 || IsDummy(became))
            {
                continue;
            }

            if (treatment == DateTreatment.Shift ? became != Shifted(was, shiftDays) : DatePart(became) == DatePart(was))
            {
                return treatment == DateTreatment.Shift ? "the date is not the source's moved by the subject's days" : "the date of the source is still here";
            }
        }

        return null;
    }

    /// <summary>The date moved by whole days, time and zone untouched; null when it is not a full date.</summary>
    private static string? Shifted(string value, int days) =>
        DateOnly.TryParseExact(DatePart(value), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        && date.DayNumber + days >= 0 && date.DayNumber + days <= DateOnly.MaxValue.DayNumber
            ? date.AddDays(days).ToString("yyyyMMdd", CultureInfo.InvariantCulture) + value[DateLength..]
            : null;

    /// <summary>The first of January of any year says nothing of a day: what date dummies are.</summary>
    private static bool IsDummy(string value) => DatePart(value) is "19000101" or "00010101";

    private static string DatePart(string value) => value.Length >= DateLength ? value[..DateLength] : value;
}
