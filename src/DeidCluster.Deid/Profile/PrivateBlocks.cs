using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The private blocks that one data set or item reserves (PS3.5 7.8.1). Costs nothing where there are none.</summary>
internal readonly struct PrivateBlocks
{
    private readonly Dictionary<Tag, (Element Element, string? Creator)>? creators;

    public PrivateBlocks(DataSet source)
    {
        foreach (Element element in source.Elements)
        {
            if (element.Tag.IsPrivateCreator)
            {
                creators ??= [];
                creators.TryAdd(element.Tag, (element, source.GetString(element.Tag)));
            }
        }
    }

    /// <summary>The creator whose block holds <paramref name="tag"/>; null when it is not private or nobody reserved the block.</summary>
    public string? CreatorOf(Tag tag) =>
        creators is not null && Reservation(tag) is { } reservation && creators.TryGetValue(reservation, out (Element Element, string? Creator) found) ? found.Creator : null;

    /// <summary>The elements and the creators of those that are private, in order.</summary>
    public IReadOnlyList<Element> WithCreators(List<Element> elements)
    {
        if (creators is null)
        {
            return elements;
        }

        HashSet<Tag> needed = [];
        foreach (Element element in elements)
        {
            if (Reservation(element.Tag) is { } reservation && creators.ContainsKey(reservation))
            {
                needed.Add(reservation);
            }
        }

        if (needed.Count == 0)
        {
            return elements;
        }

        List<Element> all = [.. elements];
        foreach (Tag tag in needed)
        {
            all.Add(creators[tag].Element);
        }

        all.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        return all;
    }

    private static Tag? Reservation(Tag tag) =>
        tag.IsPrivate && tag.ElementNumber >= 0x1000 ? new Tag(tag.Group, (ushort)(tag.ElementNumber >> 8)) : null;
}
