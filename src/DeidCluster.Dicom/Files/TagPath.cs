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
            text.Append(sequence).Append('[').Append(item).Append("].");
        }

        return tag is { } last ? text.Append(last).ToString() : text.ToString().TrimEnd('.');
    }
}
