namespace DeidCluster.Deid;

/// <summary>What becomes of dates and times.</summary>
public enum DateTreatment
{
    /// <summary>As the Basic Profile's column says: removed, emptied or replaced by a dummy.</summary>
    Remove,

    /// <summary>Every DA and DT moves by the subject's whole days; times stay (PS3.15 E.3.6, Modified Dates).</summary>
    Shift,

    /// <summary>Every DA and DT becomes the first day of its month or year; times go (PS3.15 E.3.6, Modified Dates).</summary>
    Floor,

    /// <summary>Dates and times stay as they are (PS3.15 E.3.6, Full Dates).</summary>
    Keep,
}

/// <summary>How a project treats dates.</summary>
/// <param name="Treatment">What becomes of them.</param>
/// <param name="ShiftDaysMin">For <see cref="DateTreatment.Shift"/>: the smallest shift, whole days, negative for the past.</param>
/// <param name="ShiftDaysMax">For <see cref="DateTreatment.Shift"/>: the largest shift, whole days. 0 is never drawn.</param>
public sealed record DatePolicy(DateTreatment Treatment, int ShiftDaysMin = DatePolicy.DefaultShiftDaysMin, int ShiftDaysMax = DatePolicy.DefaultShiftDaysMax)
{
    /// <summary>For <see cref="DateTreatment.Floor"/>: what is left of a date.</summary>
    public DateUnit FloorTo { get; init; } = DateUnit.Month;

    /// <summary>Five years back. Days.</summary>
    public const int DefaultShiftDaysMin = -1826;

    /// <summary>A month back, so that a shifted date is never a recent one. Days.</summary>
    public const int DefaultShiftDaysMax = -30;

    /// <summary>A range reaches no farther than this in either direction: dates must stay within what calendars hold. Days.</summary>
    public const int ShiftDaysLimit = 36_525;

    /// <summary>Why the range cannot be used; null when it can.</summary>
    public string? Problem() =>
        Treatment != DateTreatment.Shift ? null
        : ShiftDaysMin > ShiftDaysMax ? "the smallest shift is larger than the largest"
        : ShiftDaysMin < -ShiftDaysLimit || ShiftDaysMax > ShiftDaysLimit ? $"a shift is at most {ShiftDaysLimit} days"
        : ShiftDaysMin == 0 && ShiftDaysMax == 0 ? "a shift of no day is none; keep the dates instead"
        : null;
}
