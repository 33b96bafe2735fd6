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

    /// <summary>Stands for the choice between US and SS, which Pixel Representation makes (PS3.5 A.1).</summary>
    internal const Vr UnsignedOrSigned = (Vr)1;

    private static readonly Lazy<Dictionary<string, DictionaryEntry>> ByKeyword =
        new(() => All.Where(entry => entry.Keyword.Length > 0).ToDictionary(entry => entry.Keyword, StringComparer.Ordinal));

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

        return Loaded.Value.Find(tag) ?? (tag.IsGroupLength ? GroupLength with { Tag = tag } : null);
    }

    /// <summary>The row of <paramref name="keyword"/>, e.g. "PatientID"; null when the standard does not know it.</summary>
    public static DictionaryEntry? FindKeyword(string keyword) => ByKeyword.Value.GetValueOrDefault(keyword);

    /// <summary>The VR that an attribute has in implicit VR, UN when the standard does not know it, or <see cref="UnsignedOrSigned"/>. Allocates nothing.</summary>
    internal static Vr ImplicitVr(Tag tag)
    {
        if (tag.IsPrivate)
        {
            return tag.IsPrivateCreator ? Vr.LO : tag.IsGroupLength ? Vr.UL : Vr.UN;
        }

        return Loaded.Value.Find(tag) is { } entry ? entry.ImplicitVr : tag.IsGroupLength ? Vr.UL : Vr.UN;
    }

    /// <summary>A row for all tags that agree with the row's first tag in the bits of <paramref name="Mask"/>.</summary>
    private sealed record Repeating(uint Mask, DictionaryEntry Entry);

    /// <summary>The rows, found by tag through an open table of hashes: about one probe for each.</summary>
    private sealed class Content
    {
        private const int RowsExpected = 6000;
        private const int SlotBits = 14; // 16384 slots for 5355 rows
        private const uint Multiplier = 2654435769; // Knuth: 2^32 divided by the golden ratio

        private readonly DictionaryEntry?[] slots = new DictionaryEntry?[1 << SlotBits];
        private readonly List<DictionaryEntry> all = new(RowsExpected);
        private readonly List<Repeating> repeating = [];

        public IReadOnlyList<DictionaryEntry> All => all;

        public DictionaryEntry? Find(Tag tag)
        {
            for (uint slot = SlotOf(tag); slots[slot] is { } entry; slot = (slot + 1) % (1 << SlotBits))
            {
                if (entry.Tag == tag)
                {
                    return entry;
                }
            }

            foreach (Repeating candidate in repeating)
            {
                if ((tag.Value & candidate.Mask) == candidate.Entry.Tag.Value)
                {
                    return candidate.Entry;
                }
            }

            return null;
        }

        public static Content Load()
        {
            Content content = new();
            Dictionary<string, Vr[]> vrs = new(StringComparer.Ordinal);
            foreach (string[] cells in EmbeddedTable.Rows("data-elements.tsv"))
            {
                if (!vrs.TryGetValue(cells[3], out Vr[]? allowed))
                {
                    vrs.Add(cells[3], allowed = VrsOf(cells[3]));
                }

                (uint value, uint mask) = PatternOf(cells[0]);
                content.Add(mask, new DictionaryEntry(new Tag(value), cells[1], cells[2], allowed, cells[4], Retired: cells[5] == "Y"));
            }

            return content;
        }

        private void Add(uint mask, DictionaryEntry entry)
        {
            all.Add(entry);
            if (mask != uint.MaxValue)
            {
                repeating.Add(new Repeating(mask, entry));
                return;
            }

            uint slot = SlotOf(entry.Tag);
            while (slots[slot] is not null)
            {
                slot = (slot + 1) % (1 << SlotBits);
            }

            slots[slot] = entry;
        }

        private static uint SlotOf(Tag tag) => tag.Value * Multiplier >> (32 - SlotBits);

        /// <summary>The VRs in a cell such as "OB|OW".</summary>
        private static Vr[] VrsOf(string cell)
        {
            Vr[] vrs = new Vr[(cell.Length + 1) / 3];
            for (int i = 0; i < vrs.Length; i++)
            {
                vrs[i] = (Vr)((cell[i * 3] << 8) | cell[(i * 3) + 1]);
            }

            return vrs;
        }

        /// <summary>The first tag of a pattern such as "60xx3000", and the bits that are given.</summary>
        private static (uint Value, uint Mask) PatternOf(string pattern)
        {
            (uint value, uint mask) = (0, 0);
            foreach (char digit in pattern)
            {
                bool isGiven = digit != 'x';
                value = (value << 4) | (isGiven ? (uint)char.ToUpperInvariant(digit) - (digit <= '9' ? '0' : 'A' - 10u) : 0);
                mask = (mask << 4) | (isGiven ? 0xFu : 0);
            }

            return (value, mask);
        }
    }
}
