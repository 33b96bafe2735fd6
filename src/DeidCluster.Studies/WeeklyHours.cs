using System.Globalization;

namespace DeidCluster.Studies;

/// <summary>
/// Hours of the week in a named time zone, written "mon-fri 08:00-20:00; sat,sun 09:00-12:00". A span whose end is not after its begin
/// goes on into the next day; 00:00-24:00 is a whole day.
/// </summary>
public sealed class WeeklyHours
{
    private const int MinutesPerDay = 24 * 60;
    private const int MinutesPerWeek = 7 * MinutesPerDay;
    private const int SpansMax = 50;

    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly bool[] minutes;
    private readonly TimeZoneInfo zone;

    private WeeklyHours(bool[] minutes, TimeZoneInfo zone) => (this.minutes, this.zone) = (minutes, zone);

    /// <summary>Reads <paramref name="text"/>; a <see cref="FormatException"/> says what is wrong with it, or that there is no such zone.</summary>
    public static WeeklyHours Parse(string text, string timeZone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? zone))
        {
            throw new FormatException($"there is no time zone '{timeZone}' (a name like Europe/Berlin is expected)");
        }

        bool[] minutes = new bool[MinutesPerWeek];
        string[] spans = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (spans.Length > SpansMax)
        {
            throw new FormatException($"more than {SpansMax} spans");
        }

        foreach (string span in spans)
        {
            Mark(minutes, span);
        }

        return new WeeklyHours(minutes, zone);
    }

    /// <summary>The same; null when it cannot be read here, as where this machine does not know the zone.</summary>
    public static WeeklyHours? TryParse(string text, string timeZone)
    {
        try
        {
            return Parse(text, timeZone);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>True when <paramref name="now"/> lies in these hours.</summary>
    public bool Contains(DateTimeOffset now) => minutes[MinuteOf(now)];

    /// <summary>The first minute from <paramref name="now"/> on that does not lie in them; null when the whole week does.</summary>
    public DateTimeOffset? EndAfter(DateTimeOffset now)
    {
        // Minute by minute in real time: a change of the clocks moves the hours, and no local time is doubtful.
        DateTimeOffset minute = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), now.Offset);
        for (int step = 0; step <= MinutesPerWeek + MinutesPerDay; step++)
        {
            DateTimeOffset candidate = minute.AddMinutes(step);
            if (!Contains(candidate))
            {
                return candidate > now ? candidate : now;
            }
        }

        return null;
    }

    private static void Mark(bool[] minutes, string span)
    {
        string[] parts = span.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2 || parts[1].Split('-') is not [string from, string to])
        {
            throw new FormatException($"'{span}' is no span like 'mon-fri 08:00-20:00'");
        }

        int begin = MinuteOf(from, span);
        int end = MinuteOf(to, span);
        int length = end > begin ? end - begin : end - begin + MinutesPerDay;
        foreach (int day in DaysOf(parts[0], span))
        {
            for (int minute = 0; minute < length; minute++)
            {
                minutes[((day * MinutesPerDay) + begin + minute) % MinutesPerWeek] = true;
            }
        }
    }

    private static IEnumerable<int> DaysOf(string text, string span)
    {
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            int first = DayOf(ends[0], span);
            int last = ends.Length == 1 ? first : ends.Length == 2 ? DayOf(ends[1], span) : throw new FormatException($"'{span}' names no days");
            for (int day = first; ; day = (day + 1) % 7)
            {
                yield return day;
                if (day == last)
                {
                    break;
                }
            }
        }
    }

    private static int DayOf(string name, string span)
    {
        int day = Array.IndexOf(DayNames, name.ToLowerInvariant());
        return day >= 0 ? day : throw new FormatException($"'{name}' in '{span}' is no day: {string.Join(", ", DayNames)}");
    }

    private static int MinuteOf(string time, string span)
    {
        if (time == "24:00")
        {
            return MinutesPerDay;
        }

        return TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly parsed)
            ? (int)parsed.ToTimeSpan().TotalMinutes
            : throw new FormatException($"'{time}' in '{span}' is no time like 08:00");
    }

    private int MinuteOf(DateTimeOffset now)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(now, zone);
        return ((int)local.DayOfWeek * MinutesPerDay) + (int)local.TimeOfDay.TotalMinutes;
    }
}
