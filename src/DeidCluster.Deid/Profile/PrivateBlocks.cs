using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The private blocks that one data set or item reserves (PS3.5 7.8.1).</summary>
internal sealed class PrivateBlocks
{
    private readonly Dictionary<Tag, Element> creators = [];
    private readonly DataSet source;

    public PrivateBlocks(DataSet source)
    {
        this.source = source;
        foreach (Element element in source)
        {
            if (element.Tag.IsPrivateCreator)
            {
                creators.TryAdd(element.Tag, element);
            }
        }
    }

    /// <summary>The creator whose block holds <paramref name="tag"/>; null when it is not private or nobody reserved the block.</summary>
    public string? CreatorOf(Tag tag) =>
        creators.Count > 0 && Reservation(tag) is { } reservation && creators.ContainsKey(reservation) ? source.GetString(reservation) : null;

    /// <summary>The elements and the creators of those that are private, in order.</summary>
    public IReadOnlyList<Element> WithCreators(List<Element> elements)
    {
        HashSet<Tag> needed = [];
        foreach (Element element in elements)
        {
            if (Reservation(element.Tag) is { } reservation && creators.ContainsKey(reservation))
            {
                needed.Add(reservation);
            }
        }

        return needed.Count == 0 ? elements : [.. elements.Concat(needed.Select(tag => creators[tag])).OrderBy(element => element.Tag)];
    }

    private static Tag? Reservation(Tag tag) =>
        tag.IsPrivate && tag.ElementNumber >= 0x1000 ? new Tag(tag.Group, (ushort)(tag.ElementNumber >> 8)) : null;
}
