using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Overlays in the unused bits of the pixels (PS3.3 C.9.2, retired): drawings and text that no table of attributes removes. Their bits
/// are cleared and their groups taken out.
/// </summary>
internal static class EmbeddedOverlays
{
    private const ushort GroupFirst = 0x6000;
    private const ushort GroupLast = 0x60FF;
    private const ushort BitPosition = 0x0102;

    /// <summary>The bits of a sample that hold overlays; 0 when none do. Null when one would lie where the pixels themselves do, or beyond them.</summary>
    public static ulong? BitsOf(DataSet header)
    {
        ulong bits = 0;
        foreach (int position in header.Where(IsPosition).Select(element => header.GetInt(element.Tag) ?? 0).Where(position => position != 0))
        {
            int high = header.GetInt(Tags.HighBit) ?? -1;
            int low = high - (header.GetInt(Tags.BitsStored) ?? 0) + 1;
            if (high < 0 || position < 0 || position >= (header.GetInt(Tags.BitsAllocated) ?? 0) || (low <= position && position <= high))
            {
                return null;
            }

            bits |= 1UL << position;
        }

        return bits;
    }

    /// <summary>Takes out every overlay group of <paramref name="image"/> that lay in its pixels.</summary>
    public static void RemoveGroups(DataSet image, DataSet source)
    {
        HashSet<ushort> groups = [.. source.Where(IsPosition).Where(element => source.GetInt(element.Tag) is not (null or 0)).Select(element => element.Tag.Group)];
        foreach (Element element in image.Where(element => groups.Contains(element.Tag.Group)).ToArray())
        {
            image.Remove(element.Tag);
        }
    }

    private static bool IsPosition(Element element) => element.Tag is { Group: >= GroupFirst and <= GroupLast, ElementNumber: BitPosition, IsPrivate: false };
}
