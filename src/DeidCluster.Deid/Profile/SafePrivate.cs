using System.Collections.Frozen;
using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The private attributes that hold no identity, by creator, group and number in the block (PS3.15 table E.3.10-1), with their VR.</summary>
internal static class SafePrivate
{
    private static readonly Lazy<FrozenDictionary<(string Creator, ushort Group, byte Number), Vr>> Rows = new(Load);

    /// <summary>The VR that the table gives the element; null when the table does not have it under this creator.</summary>
    public static Vr? Find(string creator, Tag tag) =>
        Rows.Value.TryGetValue((creator.Trim(), tag.Group, (byte)tag.ElementNumber), out Vr vr) ? vr : null;

    private static FrozenDictionary<(string, ushort, byte), Vr> Load()
    {
        Dictionary<(string, ushort, byte), Vr> rows = [];
        foreach (string[] fields in EmbeddedTable.Rows("safe-private.tsv"))
        {
            // A row with more than one VR is an OW or OB; one without any is not to be recognised.
            if (fields.Length > 2 && fields[1].Length >= 2 && VrFacts.TryParse((byte)fields[1][0], (byte)fields[1][1], out Vr vr))
            {
                rows.TryAdd(
                    (fields[2].Trim(), ushort.Parse(fields[0].AsSpan(0, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                        byte.Parse(fields[0].AsSpan(6, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), vr);
            }
        }

        return rows.ToFrozenDictionary();
    }
}
