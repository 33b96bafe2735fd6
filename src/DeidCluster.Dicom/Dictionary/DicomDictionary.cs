using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>The data dictionary of the standard (PS3.6, edition 2026c). Read from its embedded table at first use.</summary>
public static class DicomDictionary
{
    private static readonly Lazy<Content> Loaded = new(Content.Load);

    private static readonly DictionaryEntry GroupLength =
        new(default, "GenericGroupLength", "Generic Group Length", [Vr.UL], "1", Retired: true);

    private static readonly DictionaryEntry PrivateCreator =
        new(default, "PrivateCreator", "Private Creator", [Vr.LO], "1", Retired: false);

    private static readonly DictionaryEntry PrivateGroupLength =
        new(default, "PrivateGroupLength", "Private Group Length", [Vr.UL], "1", Retired: false);

    /// <summary>Every row, in the order of tags; repeating groups by their first tag, behind the others.</summary>
    public static IReadOnlyList<DictionaryEntry> All => Loaded.Value.All;

    /// <summary>
    /// The row of <paramref name="tag"/>: an exact one, that of its repeating group (PS3.5 7.6), a group length (PS3.5 7.2) or a
    /// private creator (PS3.5 7.8.1); null when the standard does not know it.
    /// </summary>
    public static DictionaryEntry? Find(Tag tag)
    {
        if (tag.IsPrivate)
        {
            return tag.IsPrivateCreator ? PrivateCreator with { Tag = tag } : tag.IsGroupLength ? PrivateGroupLength with { Tag = tag } : null;
        }

        if (Loaded.Value.ByTag.TryGetValue(tag, out DictionaryEntry? entry))
        {
            return entry;
        }

        if (tag.IsGroupLength)
        {
            return GroupLength with { Tag = tag };
        }

        foreach (Repeating repeating in Loaded.Value.Repeating)
        {
            if ((tag.Value & repeating.Mask) == repeating.Entry.Tag.Value)
            {
                return repeating.Entry;
            }
        }

        return null;
    }

    /// <summary>The row of <paramref name="keyword"/>, e.g. "PatientID"; null when the standard does not know it.</summary>
    public static DictionaryEntry? FindKeyword(string keyword) => Loaded.Value.ByKeyword.GetValueOrDefault(keyword);

    /// <summary>A row for all tags that agree with the row's first tag in the bits of <paramref name="Mask"/>.</summary>
    private sealed record Repeating(uint Mask, DictionaryEntry Entry);

    private sealed record Content(
        IReadOnlyList<DictionaryEntry> All,
        Dictionary<Tag, DictionaryEntry> ByTag,
        Dictionary<string, DictionaryEntry> ByKeyword,
        Repeating[] Repeating)
    {
        public static Content Load()
        {
            List<DictionaryEntry> all = new(6000);
            List<Repeating> repeating = [];
            Dictionary<Tag, DictionaryEntry> byTag = new(6000);
            Dictionary<string, DictionaryEntry> byKeyword = new(6000, StringComparer.Ordinal);
            Dictionary<string, Vr[]> vrs = new(StringComparer.Ordinal);
            foreach (string[] cells in EmbeddedTable.Rows("data-elements.tsv"))
            {
                if (!vrs.TryGetValue(cells[3], out Vr[]? allowed))
                {
                    allowed = [.. cells[3].Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Vr>)];
                    vrs.Add(cells[3], allowed);
                }

                Tag tag = new(uint.Parse(cells[0].Replace('x', '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                DictionaryEntry entry = new(tag, cells[1], cells[2], allowed, cells[4], Retired: cells[5] == "Y");
                all.Add(entry);
                if (cells[0].Contains('x', StringComparison.Ordinal))
                {
                    repeating.Add(new Repeating(MaskOf(cells[0]), entry));
                }
                else
                {
                    byTag.Add(tag, entry);
                }

                if (entry.Keyword.Length > 0)
                {
                    byKeyword.Add(entry.Keyword, entry);
                }
            }

            return new Content(all, byTag, byKeyword, [.. repeating]);
        }

        private static uint MaskOf(string pattern)
        {
            uint mask = 0;
            foreach (char digit in pattern)
            {
                mask = (mask << 4) | (digit == 'x' ? 0u : 0xFu);
            }

            return mask;
        }
    }
}
