using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// A condition of a type 1C or 2C attribute that the data set itself can answer (PS3.5 7.4.2, 7.4.4): that an attribute is present or
/// absent, or that one value of it is one of some words. Every other condition of PS3.3 is taken to hold.
/// </summary>
/// <param name="Tag">The attribute that is asked for, in the same item or, failing that, in one around it.</param>
/// <param name="IsPresent">For a condition on presence: whether it must be there.</param>
/// <param name="ValueNumber">Which value is compared, from 1; 0 for any.</param>
/// <param name="Values">The words; empty for a condition on presence.</param>
internal sealed record AttributeCondition(Tag Tag, bool IsPresent, int ValueNumber, IReadOnlyList<string> Values)
{
    /// <summary>Reads "+ggggeeee", "-ggggeeee" or "=ggggeeee[n]:A|B", as the generator of the tables writes it.</summary>
    public static AttributeCondition Read(string text)
    {
        Tag tag = new(uint.Parse(text.AsSpan(1, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return text[0] == '='
            ? new AttributeCondition(tag, IsPresent: true, text[9] - '0', text[11..].Split('|'))
            : new AttributeCondition(tag, IsPresent: text[0] == '+', 0, []);
    }

    /// <summary>True when it holds for an attribute of <paramref name="level"/>, whose items around it are <paramref name="around"/>, outermost first.</summary>
    public bool Holds(DataSet level, IReadOnlyList<DataSet> around)
    {
        DataSet? holder = level.Contains(Tag) ? level : around.LastOrDefault(item => item.Contains(Tag));
        if (Values.Count == 0)
        {
            return holder is not null == IsPresent;
        }

        IReadOnlyList<string> found = holder?.GetStrings(Tag) ?? [];
        return ValueNumber == 0 ? found.Any(Values.Contains) : found.Count >= ValueNumber && Values.Contains(found[ValueNumber - 1]);
    }
}

/// <summary>How strictly an attribute is wanted at one place.</summary>
/// <param name="Always">By the strictest of the tables, whatever the data set holds.</param>
/// <param name="Conditional">What it is under conditions that the data set answers; stricter than <paramref name="Always"/>.</param>
internal sealed record AttributeRequirement(AttributeType Always, IReadOnlyList<(AttributeType Type, AttributeCondition Condition)> Conditional)
{
    /// <summary>The type when every condition is taken to hold.</summary>
    public AttributeType Strictest => Conditional.Count == 0 ? Always : Conditional.Max(entry => entry.Type);

    /// <summary>The type in a data set.</summary>
    public AttributeType In(DataSet level, IReadOnlyList<DataSet> around)
    {
        AttributeType type = Always;
        foreach ((AttributeType strict, AttributeCondition condition) in Conditional)
        {
            if (strict > type && condition.Holds(level, around))
            {
                type = strict;
            }
        }

        return type;
    }

    /// <summary>The stricter of two in everything.</summary>
    public AttributeRequirement And(AttributeRequirement other)
    {
        AttributeType always = Always > other.Always ? Always : other.Always;
        return new AttributeRequirement(always, [.. Conditional.Concat(other.Conditional).Where(entry => entry.Type > always).Distinct()]);
    }
}
