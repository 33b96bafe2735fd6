namespace DeidCluster.Dicom;

/// <summary>
/// Elements of private creators as public lists of several toolkits give them (PS3.5 7.8). They help people to read a value; the standard does not warrant
/// them, so nothing that is written depends on them. Read from its embedded table at first use.
/// </summary>
public static class PrivateDictionary
{
    private const uint BlockMask = 0xFFFF00FF;

    private static readonly Lazy<Dictionary<string, Dictionary<Tag, DictionaryEntry>>> Loaded = new(Load);

    /// <summary>The creators that are known.</summary>
    public static IReadOnlyCollection<string> Creators => Loaded.Value.Keys;

    /// <summary>
    /// The row of <paramref name="tag"/>, which lies in a block of <paramref name="creator"/> (exact but for blanks around it); null when the lists do not know it. The row's tag has
    /// block number 00, since a creator takes the block that is free, and its keyword is empty.
    /// </summary>
    public static DictionaryEntry? Find(string creator, Tag tag) =>
        tag.IsPrivate && Loaded.Value.TryGetValue(creator.Trim(), out Dictionary<Tag, DictionaryEntry>? ofCreator)
            ? ofCreator.GetValueOrDefault(new Tag(tag.Value & BlockMask))
            : null;

    private static Dictionary<string, Dictionary<Tag, DictionaryEntry>> Load()
    {
        Dictionary<string, Dictionary<Tag, DictionaryEntry>> creators = new(StringComparer.Ordinal);
        foreach (string[] cells in EmbeddedTable.Rows("private-elements.tsv"))
        {
            if (!creators.TryGetValue(cells[0], out Dictionary<Tag, DictionaryEntry>? ofCreator))
            {
                creators.Add(cells[0], ofCreator = []);
            }

            byte[] place = Convert.FromHexString(cells[1]);
            Tag tag = new((ushort)((place[0] << 8) | place[1]), place[2]);
            ofCreator.Add(tag, new DictionaryEntry(tag, "", cells[4], [(Vr)((cells[2][0] << 8) | cells[2][1])], cells[3], Retired: false));
        }

        return creators;
    }
}
