using System.Diagnostics.CodeAnalysis;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Which elements a rule is about. Written as steps joined by '.', outermost first; one step matches at any depth, several match the
/// innermost levels, and a leading '/' ties the first step to the top level. A step is one of
/// <list type="bullet">
/// <item>a keyword, <c>PatientName</c>, in which '*' stands for any letters: <c>*Date</c>;</item>
/// <item>a tag, <c>(0010,0010)</c>, in which 'x' stands for any digit: <c>(50xx,0010)</c>, <c>(0019,xx10)</c>;</item>
/// <item>a private element, <c>(0019,"SIEMENS MR HEADER",0C)</c>;</item>
/// <item>a value representation, <c>vr:PN</c>;</item>
/// <item><c>private</c>: every element of an odd group.</item>
/// </list>
/// </summary>
public sealed record RuleSelector
{
    private RuleSelector(string text, IReadOnlyList<SelectorStep> steps, bool atTop) => (Text, Steps, AtTop) = (text, steps, atTop);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The levels, outermost first; at least one.</summary>
    public IReadOnlyList<SelectorStep> Steps { get; }

    /// <summary>True when the first step must stand at the top level.</summary>
    public bool AtTop { get; }

    /// <summary>The one tag that it is about, by keyword or tag, in one step; null when it is about several, or about a private element.</summary>
    public Tag? SingleTag => Steps is [var step] && step.SingleTag is { } tag ? tag : null;

    /// <summary>Reads <paramref name="text"/>; false with the <paramref name="problem"/> when it is no selector or can match nothing.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RuleSelector? selector, [NotNullWhen(false)] out string? problem)
    {
        selector = null;
        bool atTop = text.StartsWith('/');
        List<SelectorStep> steps = [];
        foreach (string part in SelectorText.Steps(atTop ? text[1..] : text))
        {
            if (!SelectorText.TryParseStep(part, out SelectorStep? step, out problem))
            {
                return false;
            }

            steps.Add(step);
        }

        if ((problem = WhyEmpty(steps)) is not null)
        {
            return false;
        }

        selector = new RuleSelector(text, steps, atTop);
        return true;
    }

    private static string? WhyEmpty(List<SelectorStep> steps)
    {
        if (steps[..^1].FindIndex(step => !step.MayBe(Vr.SQ)) is int outer and >= 0)
        {
            return $"step {outer + 1} is no sequence: nothing stands inside it";
        }

        return steps[^1].SingleTag is { } tag && (tag.Group < 0x0008 || tag.IsGroupLength || tag.IsPrivateCreator)
            ? "commands, file meta information, group lengths and private creators are never kept, whatever a rule says"
            : null;
    }

    /// <summary>True when the selector is about the element at <paramref name="place"/>.</summary>
    public bool Matches(ElementPlace place)
    {
        ElementPlace? level = place;
        for (int i = Steps.Count - 1; i >= 0; i--)
        {
            if (level is null || !Steps[i].Matches(level))
            {
                return false;
            }

            level = level.Parent;
        }

        return !AtTop || level is null;
    }
}
