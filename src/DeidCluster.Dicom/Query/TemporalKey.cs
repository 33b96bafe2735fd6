namespace DeidCluster.Dicom;

/// <summary>
/// A key that is a date, time or date-time: one value or a range "a-b", "a-", "-b" that includes its ends (PS3.4 C.2.2.2.1, C.2.2.2.5).
/// What is less precise stands for all moments that begin with it; a stored value stands for its first moment.
/// </summary>
internal sealed class TemporalKey
{
    private readonly Vr vr;
    private readonly string text;
    private readonly Moments? from;
    private readonly Moments? to;
    private readonly bool isUnderstood;

    private TemporalKey(Vr vr, string text, string first, string last, bool isRange, TimeSpan? zone)
    {
        (this.vr, this.text, IsRange) = (vr, text, isRange);
        from = first.Length == 0 ? null : Moments.Parse(vr, first, zone);
        to = last.Length == 0 ? null : Moments.Parse(vr, last, zone);
        isUnderstood = (first.Length == 0 || from is not null) && (last.Length == 0 || to is not null) && (from is not null || to is not null);
        Form = (from is not null, to is not null);
    }

    /// <summary>True for a range.</summary>
    public bool IsRange { get; }

    /// <summary>Which ends the range has.</summary>
    public (bool HasFrom, bool HasTo) Form { get; }

    /// <summary>Reads the key <paramref name="text"/>; <paramref name="zone"/> is the query's Timezone Offset From UTC.</summary>
    public static TemporalKey Parse(Vr vr, string text, TimeSpan? zone)
    {
        string trimmed = text.Trim();
        int dash = vr == Vr.DT ? RangeDash(trimmed) : trimmed.IndexOf('-', StringComparison.Ordinal);
        return dash < 0
            ? new TemporalKey(vr, trimmed, trimmed, trimmed, isRange: false, zone)
            : new TemporalKey(vr, trimmed, trimmed[..dash].Trim(), trimmed[(dash + 1)..].Trim(), isRange: true, zone);
    }

    /// <summary>True when <paramref name="value"/> lies in the key; a key or value that is no date matches only what is written alike.</summary>
    public bool Matches(string value, TimeSpan? zone)
    {
        if (!isUnderstood || Moments.Parse(vr, value.AsSpan().Trim(), zone) is not Moments stored)
        {
            return !IsRange && value.Trim() == text;
        }

        return IsWithin(stored.From, from?.From, to?.To);
    }

    /// <summary>True when the moment of <paramref name="dateValue"/> and <paramref name="timeValue"/> lies in the range that both keys are together.</summary>
    public static bool MatchesCombined(TemporalKey date, TemporalKey time, string dateValue, string? timeValue)
    {
        if (Moments.Parse(Vr.DA, dateValue.AsSpan().Trim(), null) is not Moments day)
        {
            return false;
        }

        long stored = day.From + (timeValue is null ? 0 : Moments.Parse(Vr.TM, timeValue.AsSpan().Trim(), null)?.From ?? 0);
        return IsWithin(stored, date.from?.From + time.from?.From, date.to?.From + time.to?.To);
    }

    /// <summary>True when both are ranges of one form, which combined date-time matching joins.</summary>
    public static bool CanCombine(TemporalKey date, TemporalKey time) =>
        date is { IsRange: true, isUnderstood: true } && time is { IsRange: true, isUnderstood: true } && date.Form == time.Form;

    private static bool IsWithin(long moment, long? first, long? last) => (first is null || moment >= first) && (last is null || moment <= last);

    /// <summary>The hyphen that is no sign of an offset: an offset is four digits up to 1200, with the end or a hyphen behind it (PS3.5 6.2, DT).</summary>
    private static int RangeDash(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '-' && !(at >= 4 && text.Length >= at + 5 && (text.Length == at + 5 || text[at + 5] == '-')
                && Moments.Offset(text.AsSpan(at, 5)) is TimeSpan offset && offset >= TimeSpan.FromHours(-12)))
            {
                return at;
            }
        }

        return -1;
    }
}
