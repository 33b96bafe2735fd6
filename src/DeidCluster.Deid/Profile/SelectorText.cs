using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Enumeration;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Reads the steps of a <see cref="RuleSelector"/>.</summary>
internal static class SelectorText
{
    private const string VrPrefix = "vr:";

    /// <summary>The steps of a path: the text between dots that stand outside quotation marks.</summary>
    public static IReadOnlyList<string> Steps(string text)
    {
        List<string> steps = [];
        bool quoted = false;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            if (text[i] == '.' && !quoted)
            {
                steps.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        steps.Add(text[start..].Trim());
        return steps;
    }

    /// <summary>Reads one step; false with the problem when it is none or can match nothing.</summary>
    public static bool TryParseStep(string text, [NotNullWhen(true)] out SelectorStep? step, [NotNullWhen(false)] out string? problem)
    {
        step = null;
        problem = null;
        if (text.Length == 0)
        {
            problem = "a step is empty";
        }
        else if (text == "private")
        {
            step = new SelectorStep.AnyPrivate();
        }
        else if (text.StartsWith(VrPrefix, StringComparison.Ordinal))
        {
            step = ReadVr(text[VrPrefix.Length..], ref problem);
        }
        else if (text[0] == '(')
        {
            step = text.Contains('"') ? ReadPrivateElement(text, ref problem) : ReadTag(text, ref problem);
        }
        else
        {
            step = ReadKeyword(text, ref problem);
        }

        return step is not null;
    }

    private static SelectorStep? ReadVr(string name, ref string? problem)
    {
        if (name.Length == 2 && Enum.TryParse(name, out Vr vr) && Enum.IsDefined(vr))
        {
            return new SelectorStep.OfVr(vr);
        }

        problem = $"'{name}' is no value representation";
        return null;
    }

    private static SelectorStep? ReadTag(string text, ref string? problem)
    {
        string digits = text.Length == 11 && text[5] == ',' && text[10] == ')' ? string.Concat(text.AsSpan(1, 4), text.AsSpan(6, 4)) : "";
        uint value = 0;
        uint mask = 0;
        foreach (char digit in digits)
        {
            bool any = digit is 'x' or 'X';
            if (!any && !char.IsAsciiHexDigit(digit))
            {
                digits = "";
                break;
            }

            value = (value << 4) | (any ? 0u : uint.Parse([digit], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            mask = (mask << 4) | (any ? 0u : 0xFu);
        }

        if (digits.Length == 0)
        {
            problem = $"'{text}' is no tag; tags are written (gggg,eeee), with x for any digit";
            return null;
        }

        return Known(new SelectorStep.Tags(value, mask), text, ref problem);
    }

    // What stands in a private block is known to its creator alone; any other tag must be in the dictionary, or it is a slip of the pen.
    private static SelectorStep.Tags? Known(SelectorStep.Tags tags, string text, ref string? problem)
    {
        const uint oddGroup = 0x0001_0000;
        bool canBePrivate = (tags.Mask & oddGroup) == 0 || (tags.Value & oddGroup) != 0;
        bool isKnown = tags.Mask == uint.MaxValue
            ? DicomDictionary.Find(new Tag(tags.Value)) is not null
            : DicomDictionary.All.Any(entry => (entry.Tag.Value & tags.Mask) == tags.Value);
        if (canBePrivate || isKnown)
        {
            return tags;
        }

        problem = $"'{text}' matches no tag of the dictionary";
        return null;
    }

    private static SelectorStep? ReadPrivateElement(string text, ref string? problem)
    {
        int open = text.IndexOf('"');
        int close = text.LastIndexOf('"');
        if (text[^1] == ')' && open == 6 && text[5] == ',' && close > open + 1 && close == text.Length - 5 && text[close + 1] == ','
            && ushort.TryParse(text.AsSpan(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort group)
            && byte.TryParse(text.AsSpan(close + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte number)
            && (group & 1) == 1)
        {
            return new SelectorStep.PrivateElement(group, text[(open + 1)..close].Trim(), number);
        }

        problem = $"'{text}' is no private element; these are written (gggg,\"creator\",ee) with an odd group";
        return null;
    }

    private static SelectorStep? ReadKeyword(string text, ref string? problem)
    {
        if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c == '*'))
        {
            problem = $"'{text}' is no keyword, tag, value representation or private element";
            return null;
        }

        DictionaryEntry[] entries = text.Contains('*')
            ? [.. DicomDictionary.All.Where(entry => FileSystemName.MatchesSimpleExpression(text, entry.Keyword, ignoreCase: false))]
            : DicomDictionary.FindKeyword(text) is { } entry ? [entry] : [];
        problem = entries.Length == 0 ? $"'{text}' matches no keyword of the dictionary" : null;
        return entries.Length == 0 ? null : new SelectorStep.AnyOf([.. entries.Select(TagsOf)]);
    }

    // A row of a repeating group stands for many tags (PS3.5 7.6): those digits are free that lead to the same row.
    private static SelectorStep.Tags TagsOf(DictionaryEntry entry)
    {
        uint mask = uint.MaxValue;
        for (int shift = 0; shift < 32; shift += 4)
        {
            if (DicomDictionary.Find(new Tag(entry.Tag.Value ^ (2u << shift)))?.Keyword == entry.Keyword)
            {
                mask &= ~(0xFu << shift);
            }
        }

        const uint evenGroup = 0x0001_0000;
        mask |= evenGroup;
        return new SelectorStep.Tags(entry.Tag.Value & mask, mask);
    }
}
