namespace DeidCluster.Deid;

/// <summary>What a rule does with an element. Closed: the nested records are all there are.</summary>
public abstract record RuleAction
{
    private RuleAction() { }

    /// <summary>What a project file calls it.</summary>
    public string Word => YamlMap.Kebab(GetType().Name);

    /// <summary>Leave the element as it is; a sequence is kept and its items are cleaned.</summary>
    public sealed record Keep : RuleAction;

    /// <summary>Take the element out.</summary>
    public sealed record Remove : RuleAction;

    /// <summary>Leave the element without a value.</summary>
    public sealed record Empty : RuleAction;

    /// <summary>Put <paramref name="Value"/> in its place; several values are separated by '\'.</summary>
    public sealed record Replace(string Value) : RuleAction;

    /// <summary>Put a value that says nothing and is valid for the VR in its place.</summary>
    public sealed record Dummy : RuleAction;

    /// <summary>Put <paramref name="Value"/> in its place, also where the element is absent; one element of the top level.</summary>
    public sealed record Set(string Value) : RuleAction;

    /// <summary>Leave the first <paramref name="Length"/> characters of each value; text only.</summary>
    public sealed record Truncate(int Length) : RuleAction;

    /// <summary>Put the nearest multiple of <paramref name="To"/> in the place of each number.</summary>
    public sealed record Round(double To) : RuleAction;

    /// <summary>Put <paramref name="With"/> in the place of everything that the regular expression <paramref name="Pattern"/> finds, in any case; text only.</summary>
    public sealed record ReplaceText(string Pattern, string With) : RuleAction;

    /// <summary>Put the keyed hash of each value in its place, <paramref name="Length"/> characters of base 32; text only.</summary>
    public sealed record Hash(int Length = 16) : RuleAction;

    /// <summary>Put the subject's pseudonym in its place.</summary>
    public sealed record Pseudonym : RuleAction;

    /// <summary>Leave the text without what identifies (PS3.15 E.3.5); what cannot be cleaned is treated as the Basic Profile says.</summary>
    public sealed record CleanText : RuleAction;

    /// <summary>Put the keyed UID of each value in its place; UI only.</summary>
    public sealed record Uid : RuleAction;

    /// <summary>Move each date by the subject's whole days; DA and DT only.</summary>
    public sealed record Shift : RuleAction;

    /// <summary>Put the first day of the date's month or year in its place; DA and DT only.</summary>
    public sealed record Floor(DateUnit To) : RuleAction;

    /// <summary>
    /// Put the lower bound of the age's band of <paramref name="Years"/> years in its place; AS only. Ages of
    /// <see cref="AgeCapYears"/> and more become that number.
    /// </summary>
    public sealed record AgeBand(int Years) : RuleAction
    {
        /// <summary>Ages above 89 are identifying by themselves (45 CFR 164.514(b)(2)(i)(C)). Years.</summary>
        public const int AgeCapYears = 90;
    }
}

/// <summary>To what a date is rounded down.</summary>
public enum DateUnit
{
    /// <summary>The first day of the month.</summary>
    Month,

    /// <summary>The first of January.</summary>
    Year,
}
