using System.Collections;

namespace DeidCluster.Dicom;

/// <summary>
/// A data set or a sequence item (PS3.5 7): elements in the order in which they were read, found by tag. Text is decoded by the
/// data set's own Specific Character Set (0008,0005), else the enclosing one's (PS3.5 7.5.3). Not thread safe while being changed.
/// </summary>
public sealed partial class DataSet : IEnumerable<Element>
{
    /// <summary>An unordered data set with more elements is searched through <see cref="firsts"/>: a reader asks for the same few tags again and again.</summary>
    private const int UnindexedElementsMax = 32;

    private readonly List<Element> elements;

    /// <summary>True while the tags ascend strictly, as PS3.5 7.1 wants it; then an element is found by binary search.</summary>
    private bool ascending = true;

    /// <summary>Where the first element with each tag stands, of an unordered data set; made at the first search, null after a change that moves elements.</summary>
    private Dictionary<Tag, int>? firsts;

    /// <summary>An empty data set.</summary>
    public DataSet() => elements = [];

    /// <summary>A data set of <paramref name="elements"/>, in their order.</summary>
    public DataSet(IEnumerable<Element> elements)
    {
        this.elements = [];
        foreach (Element element in elements)
        {
            Add(element);
        }
    }

    /// <summary>A data set of <paramref name="elements"/>, in a list of their number.</summary>
    internal DataSet(ReadOnlySpan<Element> elements)
    {
        this.elements = new List<Element>(elements.Length);
        foreach (Element element in elements)
        {
            Add(element);
        }
    }

    /// <summary>For an item: true when its length was written as FFFFFFFFH and ended by an item delimitation item.</summary>
    public bool UndefinedLength { get; init; }

    /// <summary>The number of elements at this level.</summary>
    public int Count => elements.Count;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<Element> Elements => elements;

    /// <summary>The data set in one of whose sequences this item lies; null at the top level. It lends its character set.</summary>
    internal DataSet? Enclosing { get; set; }

    /// <summary>The element with <paramref name="tag"/> at this level, or null. Of duplicates, the first.</summary>
    public Element? Find(Tag tag) => IndexOf(tag) is int at and >= 0 ? elements[at] : null;

    /// <summary>True when an element with <paramref name="tag"/> is present at this level, whatever its value.</summary>
    public bool Contains(Tag tag) => IndexOf(tag) >= 0;

    /// <summary>Appends <paramref name="element"/> behind the others, as a reader finds it: order and duplicates are kept.</summary>
    public void Add(Element element)
    {
        ascending = ascending && (elements.Count == 0 || elements[^1].Tag < element.Tag);
        elements.Add(element);
        firsts?.TryAdd(element.Tag, elements.Count - 1);
        Enclose(element);
    }

    /// <summary>
    /// Puts <paramref name="element"/> in the place of the one with its tag, else where the standard's order wants it. Of duplicates
    /// only this one remains.
    /// </summary>
    public void Set(Element element)
    {
        Enclose(element);
        int at = IndexOf(element.Tag);
        if (at < 0)
        {
            at = ascending ? ~at : PlaceInUnordered(element.Tag);
            elements.Insert(at, element);
            firsts = null;
            return;
        }

        elements[at] = element;
        for (int i = elements.Count - 1; i > at && !ascending; i--)
        {
            if (elements[i].Tag == element.Tag)
            {
                elements.RemoveAt(i);
                firsts = null;
            }
        }
    }

    /// <summary>Removes every element with <paramref name="tag"/> at this level; true when there was one.</summary>
    public bool Remove(Tag tag) => RemoveAll(element => element.Tag == tag) > 0;

    /// <summary>Removes the elements that <paramref name="match"/>, at this level; their number.</summary>
    public int RemoveAll(Predicate<Element> match)
    {
        firsts = null;
        return elements.RemoveAll(match);
    }

    /// <summary>The items of the sequence <paramref name="tag"/>; none when it is absent or no sequence.</summary>
    public IReadOnlyList<DataSet> Items(Tag tag) => Find(tag) is SequenceElement sequence ? sequence.Items : [];

    /// <summary>A data set that can be changed without changing this one, at any depth. Values, which cannot be changed, are shared.</summary>
    public DataSet DeepCopy()
    {
        DataSet copy = new() { UndefinedLength = UndefinedLength, Enclosing = Enclosing };
        foreach (Element element in elements)
        {
            copy.Add(element is SequenceElement sequence
                ? new SequenceElement(sequence.Tag, sequence.Vr, [.. sequence.Items.Select(item => item.DeepCopy())], sequence.UndefinedLength)
                : element);
        }

        return copy;
    }

    /// <inheritdoc/>
    public IEnumerator<Element> GetEnumerator() => elements.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The index of the first element with <paramref name="tag"/>; negative when there is none (in ascending order, the complement of its place).</summary>
    private int IndexOf(Tag tag)
    {
        if (!ascending)
        {
            return elements.Count <= UnindexedElementsMax ? elements.FindIndex(element => element.Tag == tag) : First(tag);
        }

        int low = 0;
        int high = elements.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = elements[middle].Tag.CompareTo(tag);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private int First(Tag tag)
    {
        if (firsts is not { } index)
        {
            index = new Dictionary<Tag, int>(elements.Count);
            for (int i = 0; i < elements.Count; i++)
            {
                index.TryAdd(elements[i].Tag, i);
            }

            firsts = index;
        }

        return index.GetValueOrDefault(tag, -1);
    }

    private int PlaceInUnordered(Tag tag)
    {
        int at = elements.Count;
        while (at > 0 && elements[at - 1].Tag > tag)
        {
            at--;
        }

        return at;
    }

    private void Enclose(Element element)
    {
        if (element is SequenceElement sequence)
        {
            foreach (DataSet item in sequence.Items)
            {
                item.Enclosing = this;
            }
        }
    }
}
