using System.Collections;

namespace DeidCluster.Dicom;

/// <summary>
/// A data set or a sequence item (PS3.5 7): elements in the order in which they were read, found by tag. Text is decoded by the
/// data set's own Specific Character Set (0008,0005), else the enclosing one's (PS3.5 7.5.3). Not thread safe while being changed.
/// </summary>
public sealed partial class DataSet : IEnumerable<Element>
{
    private readonly List<Element> elements;

    /// <summary>An empty data set.</summary>
    public DataSet() => elements = [];

    /// <summary>A data set of <paramref name="elements"/>, in their order.</summary>
    public DataSet(IEnumerable<Element> elements) => this.elements = [.. elements];

    /// <summary>For an item: true when its length was written as FFFFFFFFH and ended by an item delimitation item.</summary>
    public bool UndefinedLength { get; init; }

    /// <summary>The number of elements at this level.</summary>
    public int Count => elements.Count;

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<Element> Elements => elements;

    /// <summary>The element with <paramref name="tag"/> at this level, or null. Of duplicates, the first.</summary>
    public Element? Find(Tag tag)
    {
        foreach (Element element in elements)
        {
            if (element.Tag == tag)
            {
                return element;
            }
        }

        return null;
    }

    /// <summary>True when an element with <paramref name="tag"/> is present at this level, whatever its value.</summary>
    public bool Contains(Tag tag) => Find(tag) is not null;

    /// <summary>Puts <paramref name="element"/> in the place of the one with its tag, else where the standard's order wants it.</summary>
    public void Set(Element element)
    {
        for (int i = 0; i < elements.Count; i++)
        {
            if (elements[i].Tag == element.Tag)
            {
                elements[i] = element;
                return;
            }
        }

        int at = elements.Count;
        while (at > 0 && elements[at - 1].Tag > element.Tag)
        {
            at--;
        }

        elements.Insert(at, element);
    }

    /// <summary>Removes every element with <paramref name="tag"/> at this level; true when there was one.</summary>
    public bool Remove(Tag tag) => elements.RemoveAll(element => element.Tag == tag) > 0;

    /// <summary>The items of the sequence <paramref name="tag"/>; none when it is absent or no sequence.</summary>
    public IReadOnlyList<DataSet> Items(Tag tag) => Find(tag) is SequenceElement sequence ? sequence.Items : [];

    /// <inheritdoc/>
    public IEnumerator<Element> GetEnumerator() => elements.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
