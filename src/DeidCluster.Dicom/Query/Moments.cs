using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>What a date, time or date-time that may lack its end stands for: from its first to its last tick of 100 ns.</summary>
internal readonly record struct Moments(long From, long To)
{
    private const int FractionDigitsMax = 7;

    /// <summary>The moments that <paramref name="text"/> of a DA, TM or DT stands for; null when it is none. A DT with an offset is in UTC, one without is moved there by <paramref name="zone"/>.</summary>
    public static Moments? Parse(Vr vr, ReadOnlySpan<char> text, TimeSpan? zone) => vr switch
    {
        Vr.DA => Date(text),
        Vr.TM => Time(text),
        _ => DateTime(text, zone),
    };

    /// <summary>The offset "+HHMM" or "-HHMM" from UTC (PS3.3 C.12.1, Timezone Offset From UTC); null when it is none.</summary>
    public static TimeSpan? Offset(ReadOnlySpan<char> text)
    {
        if (text.Length != 5 || text[0] is not ('+' or '-') || Digits(text[1..3]) is not int hours || Digits(text[3..5]) is not int minutes || hours > 14 || minutes > 59)
        {
            return null;
        }

        TimeSpan offset = new(hours, minutes, 0);
        return text[0] == '-' ? -offset : offset;
    }

    /// <summary>YYYYMMDD, or YYYY.MM.DD as before version 3.0.</summary>
    private static Moments? Date(ReadOnlySpan<char> text)
    {
        Span<char> plain = stackalloc char[8];
        if (text is { Length: 10 } && text[4] == '.' && text[7] == '.')
        {
            text[..4].CopyTo(plain);
            text[5..7].CopyTo(plain[4..]);
            text[8..].CopyTo(plain[6..]);
            return DateTime(plain, zone: null);
        }

        return text.Length == 8 ? DateTime(text, zone: null) : null;
    }

    /// <summary>HH, HHMM, HHMMSS or HHMMSS.F to six digits, or with colons as before version 3.0.</summary>
    private static Moments? Time(ReadOnlySpan<char> text)
    {
        Span<char> plain = stackalloc char[16];
        int length = 0;
        foreach (char letter in text)
        {
            if (letter != ':' || length is not (2 or 4))
            {
                if (length == plain.Length)
                {
                    return null;
                }

                plain[length++] = letter;
            }
        }

        ReadOnlySpan<char> digits = plain[..length];
        ReadOnlySpan<char> fraction = Fraction(ref digits);
        return Clock(digits, fraction);
    }

    private static Moments? DateTime(ReadOnlySpan<char> text, TimeSpan? zone)
    {
        int sign = text.IndexOfAny('+', '-');
        if (sign >= 0)
        {
            if (Offset(text[sign..]) is not TimeSpan offset)
            {
                return null;
            }

            zone = offset;
            text = text[..sign];
        }

        ReadOnlySpan<char> fraction = Fraction(ref text);
        if (text.Length is not (4 or 6 or >= 8) || Digits(text[..4]) is not (>= 1 and int year))
        {
            return null;
        }

        int month = text.Length >= 6 ? Digits(text[4..6]) ?? 0 : 1;
        if (month is < 1 or > 12)
        {
            return null;
        }

        int day = text.Length >= 8 ? Digits(text[6..8]) ?? 0 : 1;
        if (day < 1 || day > System.DateTime.DaysInMonth(year, month))
        {
            return null;
        }

        DateTime start = new(year, month, day);
        long shift = zone?.Ticks ?? 0;
        if (text.Length <= 8)
        {
            long length = text.Length switch
            {
                4 => System.DateTime.IsLeapYear(year) ? 366 : 365,
                6 => System.DateTime.DaysInMonth(year, month),
                _ => 1,
            } * TimeSpan.TicksPerDay;
            return new Moments(start.Ticks - shift, start.Ticks - shift + length - 1);
        }

        return Clock(text[8..], fraction) is Moments time ? new Moments(start.Ticks - shift + time.From, start.Ticks - shift + time.To) : null;
    }

    private static ReadOnlySpan<char> Fraction(ref ReadOnlySpan<char> text)
    {
        int point = text.IndexOf('.');
        ReadOnlySpan<char> fraction = point < 0 ? default : text[(point + 1)..];
        text = point < 0 ? text : text[..point];
        return fraction;
    }

    private static Moments? Clock(ReadOnlySpan<char> digits, ReadOnlySpan<char> fraction)
    {
        if (digits.Length is not (2 or 4 or 6) || (fraction.Length > 0 && digits.Length != 6) || fraction.Length > FractionDigitsMax)
        {
            return null;
        }

        int? hours = Digits(digits[..2]);
        int? minutes = digits.Length >= 4 ? Digits(digits[2..4]) : 0;
        int? seconds = digits.Length == 6 ? Digits(digits[4..6]) : 0;
        if (hours is not <= 23 || minutes is not <= 59 || seconds is not <= 60)
        {
            return null; // 60 is a leap second (PS3.5 6.2, TM)
        }

        long from = ((hours.Value * 60L + minutes.Value) * 60 + seconds.Value) * TimeSpan.TicksPerSecond;
        long length = digits.Length switch { 2 => TimeSpan.TicksPerHour, 4 => TimeSpan.TicksPerMinute, _ => TimeSpan.TicksPerSecond };
        foreach (char digit in fraction)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return null;
            }

            length /= 10;
            from += (digit - '0') * length;
        }

        return new Moments(from, from + length - 1);
    }

    private static int? Digits(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
