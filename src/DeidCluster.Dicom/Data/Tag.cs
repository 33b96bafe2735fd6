using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>A data element's tag: group and element number (PS3.5 7.1). Ordered as the standard orders elements in a data set.</summary>
public readonly record struct Tag(uint Value) : IComparable<Tag>
{
    /// <summary>The tag (<paramref name="group"/>,<paramref name="element"/>).</summary>
    public Tag(ushort group, ushort element) : this(((uint)group << 16) | element) { }

    /// <summary>The group number, the tag's upper 16 bits.</summary>
    public ushort Group => (ushort)(Value >> 16);

    /// <summary>The element number, the tag's lower 16 bits.</summary>
    public ushort ElementNumber => (ushort)Value;

    /// <summary>True for an odd group: the element belongs to a private creator (PS3.5 7.8).</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>True for (gggg,0010-00FF) of an odd group: the element that reserves a private block (PS3.5 7.8.1).</summary>
    public bool IsPrivateCreator => IsPrivate && ElementNumber is >= 0x10 and <= 0xFF;

    /// <summary>True for (gggg,0000): a group length, retired outside groups 0000 and 0002 (PS3.5 7.2).</summary>
    public bool IsGroupLength => ElementNumber == 0;

    /// <inheritdoc/>
    public int CompareTo(Tag other) => Value.CompareTo(other.Value);

    /// <summary>The tag as the standard writes it: (gggg,eeee), upper-case hexadecimal.</summary>
    public override string ToString() => $"({Group:X4},{ElementNumber:X4})";

    /// <summary>Reads "(gggg,eeee)", "gggg,eeee" or "ggggeeee"; false when the text is none of these.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Tag tag)
    {
        tag = default;
        if (text.Length == 11 && text[0] == '(' && text[10] == ')')
        {
            text = text[1..10];
        }

        if (text.Length == 9 && text[4] == ',')
        {
            return ushort.TryParse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort group)
                && ushort.TryParse(text[5..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort element)
                && Assign(new Tag(group, element), out tag);
        }

        return text.Length == 8
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            && Assign(new Tag(value), out tag);
    }

    private static bool Assign(Tag value, out Tag tag)
    {
        tag = value;
        return true;
    }

    /// <summary>True when <paramref name="left"/> stands before <paramref name="right"/> in a data set.</summary>
    public static bool operator <(Tag left, Tag right) => left.Value < right.Value;

    /// <summary>True when <paramref name="left"/> stands behind <paramref name="right"/> in a data set.</summary>
    public static bool operator >(Tag left, Tag right) => left.Value > right.Value;

    /// <summary>True when <paramref name="left"/> does not stand behind <paramref name="right"/>.</summary>
    public static bool operator <=(Tag left, Tag right) => left.Value <= right.Value;

    /// <summary>True when <paramref name="left"/> does not stand before <paramref name="right"/>.</summary>
    public static bool operator >=(Tag left, Tag right) => left.Value >= right.Value;
}
