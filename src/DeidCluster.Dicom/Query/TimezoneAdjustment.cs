using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>Stored dates and times as a clock in another zone would show them: Timezone Query Adjustment (PS3.4 C.4.1.1.3).</summary>
internal static class TimezoneAdjustment
{
    /// <summary>
    /// <paramref name="stored"/> with each pair of a date and a time moved to <paramref name="zone"/>; itself when it does not say its own
    /// zone, or lies in that one. A date without time is not moved, nor are dates of birth.
    /// </summary>
    public static DataSet Moved(DataSet stored, TimeSpan zone)
    {
        if (stored.GetString(Tags.TimezoneOffsetFromUTC) is not string text || Moments.Offset(text) is not TimeSpan own || own == zone)
        {
            return stored;
        }

        DataSet moved = stored.DeepCopy();
        foreach ((Tag date, Tag time) in QueryAttributes.DateTimePairs)
        {
            if (stored.GetString(date) is string day && stored.GetString(time) is string clock
                && Moments.Parse(Vr.DA, day, null) is Moments days && Moments.Parse(Vr.TM, clock, null) is Moments hours)
            {
                DateTime moment = new DateTime(days.From + hours.From) + (zone - own);
                moved.SetString(date, moment.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
                // A zone is whole minutes: what follows them stays as it was written.
                string seconds = clock.Replace(":", "", StringComparison.Ordinal) is { Length: > 4 } full ? full[4..] : "";
                moved.SetString(time, moment.ToString("HHmm", CultureInfo.InvariantCulture) + seconds);
            }
        }

        moved.SetString(Tags.TimezoneOffsetFromUTC, (zone < TimeSpan.Zero ? "-" : "+") + zone.ToString("hhmm", CultureInfo.InvariantCulture));
        return moved;
    }
}
