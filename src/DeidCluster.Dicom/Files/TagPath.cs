using System.Text;

namespace DeidCluster.Dicom;

/// <summary>Where a reader stands: sequence tags and item numbers from the top level down, e.g. "(0008,1115)[0].(0020,000E)".</summary>
internal sealed class TagPath
{
    private const int StepsShownMax = 8;

    private readonly List<(Tag Tag, int Item)> steps = [];

    /// <summary>The number of sequences around the present place.</summary>
    public int Depth => steps.Count;

    /// <summary>Goes into item <paramref name="item"/> of the sequence <paramref name="tag"/>.</summary>
    public void Enter(Tag tag, int item) => steps.Add((tag, item));

    /// <summary>Goes out of the innermost item.</summary>
    public void Leave() => steps.RemoveAt(steps.Count - 1);

    /// <summary>The path to the element <paramref name="tag"/> here, or to the present item when it is null; only its end when it is very long.</summary>
    public string ToString(Tag? tag)
    {
        StringBuilder text = new(steps.Count > StepsShownMax ? "..." : "");
        foreach ((Tag sequence, int item) in steps.Skip(steps.Count - StepsShownMax))
        {
            text.Append(Shown(sequence)).Append('[').Append(item).Append("].");
        }

        return tag is { } last ? text.Append(Shown(last)).ToString() : text.ToString().TrimEnd('.');
    }

    /// <summary>
    /// The tag, unless nobody knows it and it could be letters: behind a defect a reader takes text for tags, and text identifies.
    /// </summary>
    private static string Shown(Tag tag)
    {
        bool couldBeLetters = IsPrintable(tag.Group & 0xFF) && IsPrintable(tag.Group >> 8);
        bool isKnown = DicomDictionary.Find(tag) is not null || (tag.IsPrivate && !couldBeLetters);
        return isKnown ? tag.ToString() : "(unknown)";
    }

    private static bool IsPrintable(int code) => code is >= 0x20 and <= 0xFF;
}
