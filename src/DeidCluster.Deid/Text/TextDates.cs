using System.Globalization;
using System.Text.RegularExpressions;

namespace DeidCluster.Deid;

/// <summary>Finds dates as people and devices write them, and writes them again on another day in the same form.</summary>
internal static partial class TextDates
{
    private const int CenturyFrom = 1850;
    private const int CenturyTo = 2199;
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>The day that <paramref name="match"/> names; null when it names a part of a date, or could mean two days.</summary>
    public static DateOnly? DayOf(Match match)
    {
        if (!Number(match, "y", out int year) || year is < CenturyFrom or > CenturyTo || !Number(match, "d", out int day) || MonthOf(match) is not { } month)
        {
            return null;
        }

        // Between slashes and hyphens the day stands first in some countries and the month in others.
        bool mayBeTurned = match.Groups["turn"].Success;
        if (mayBeTurned && day <= 12 && month <= 12 && day != month)
        {
            return null;
        }

        if (mayBeTurned && month > 12)
        {
            (day, month) = (month, day);
        }

        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new DateOnly(year, month, day) : null;
    }

    /// <summary><paramref name="match"/> with another day in the place of its own.</summary>
    public static string Rewrite(Match match, DateOnly day)
    {
        bool isTurned = match.Groups["turn"].Success && int.Parse(match.Groups["m"].ValueSpan, CultureInfo.InvariantCulture) > 12;
        string text = match.Value;
        foreach (Group group in match.Groups.Cast<Group>().Where(group => group.Success && group.Name is "y" or "m" or "d" or "name" or "ord").OrderByDescending(group => group.Index))
        {
            if (!group.Success)
            {
                continue;
            }

            string part = group.Name switch
            {
                "y" => $"{day.Year:D4}",
                "name" => Name(group.ValueSpan, day.Month),
                "ord" => Ordinal(day.Day, group.ValueSpan),
                "m" => Padded(isTurned ? day.Day : day.Month, group.Length),
                _ => Padded(isTurned ? day.Month : day.Day, group.Length),
            };
            int at = group.Index - match.Index;
            text = string.Concat(text.AsSpan(0, at), part, text.AsSpan(at + group.Length));
        }

        return text;
    }

    private static int? MonthOf(Match match)
    {
        if (Number(match, "m", out int month))
        {
            return month;
        }

        int index = match.Groups["name"] is { Success: true, Length: >= 3 } name ? Array.IndexOf(Months, name.Value[..3].ToLowerInvariant()) : -1;
        return index < 0 ? null : index + 1;
    }

    private static bool Number(Match match, string group, out int number)
    {
        number = 0;
        return match.Groups[group] is { Success: true } found && int.TryParse(found.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static string Padded(int number, int digits) => number.ToString(digits >= 2 ? "D2" : "D1", CultureInfo.InvariantCulture);

    private static string Name(ReadOnlySpan<char> as_, int month)
    {
        string full = CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(month);
        string name = as_.Length <= 4 && !as_.Equals("june", StringComparison.OrdinalIgnoreCase) && !as_.Equals("july", StringComparison.OrdinalIgnoreCase) ? full[..3] : full;
        return char.IsLower(as_[0]) ? name.ToLowerInvariant() : char.IsUpper(as_[1]) ? name.ToUpperInvariant() : name;
    }

    private static string Ordinal(int day, ReadOnlySpan<char> as_)
    {
        string suffix = (day % 10, day) switch { (_, 11 or 12 or 13) => "th", (1, _) => "st", (2, _) => "nd", (3, _) => "rd", _ => "th" };
        return char.IsUpper(as_[0]) ? suffix.ToUpperInvariant() : suffix;
    }

    private const string MonthName = "(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    private const string Year = "(?<y>(?:18[5-9]|19[0-9]|20[0-9]|21[0-9])[0-9])";

    /// <summary>Dates, also parts of one. In this order: year first; eight digits; day or month first, with dots, slashes and hyphens; with a month's name; parts of dates.</summary>
    [GeneratedRegex(
        @"(?<![\p{L}\p{Nd}])(?:"
        + Year + @"(?<s>[-/. ])(?<m>[01]?[0-9])\k<s>(?<d>[0-3]?[0-9])(?![0-9])"
        + "|" + Year + @"(?<m>0[1-9]|1[0-2])(?<d>0[1-9]|[12][0-9]|3[01])(?:(?<clock>[0-2][0-9][0-5][0-9](?:[0-5][0-9])?))?(?![0-9])"
        + @"|(?<d>[0-3]?[0-9])\.\ ?(?<m>[01]?[0-9])\.\ ?" + Year + "(?![0-9])"
        + @"|(?<turn>(?<d>[0-3]?[0-9])(?<s>[-/ ])(?<m>[0-3]?[0-9])\k<s>" + Year + ")(?![0-9])"
        + @"|(?<d>[0-3]?[0-9])(?<ord>st|nd|rd|th)?(?:\ of)?[-/., ]{0,2}" + MonthName + @"\.?[-/., ]{0,2}" + Year + "(?![0-9])"
        + "|" + MonthName + @"\.?[-/ ]{0,2}(?<d>[0-3]?[0-9])(?<ord>st|nd|rd|th)?[-/, ]{1,2}" + Year + "(?![0-9])"
        + "|" + Year + @"[-/ ]" + MonthName + @"[-/ ](?<d>[0-3]?[0-9])(?![0-9])"
        + @"|(?<part>[0-3]?[0-9](?<s>[-/.])[0-3]?[0-9]\k<s>[0-9]{2}(?![\p{Nd}.])"
        + @"|[01]?[0-9][-/.](?:19|20)[0-9]{2}(?![0-9])"
        + @"|(?:19|20)[0-9]{2}[-/](?:0[1-9]|1[0-2])(?![0-9])"
        + "|" + MonthName + @"\.?[-/, ']{0,2}(?:(?:19|20)?[0-9]{2})(?![0-9])"
        + @"|[0-3]?[0-9](?:st|nd|rd|th)?(?:\ of)?[-/. ]{0,2}" + MonthName + @"\b))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    public static partial Regex Any();
}
