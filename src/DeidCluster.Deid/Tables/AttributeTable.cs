using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One level of a module or macro of PS3.3: its attributes, what stands inside its sequences, and the macros that it includes.</summary>
internal sealed class AttributeTable
{
    private readonly Dictionary<uint, (AttributeRequirement Requirement, AttributeTable Items)> attributes = [];
    private readonly List<AttributeTable> includes = [];

    /// <summary>True for the place where an IOD puts its functional group macros (PS3.3 C.7.6.16).</summary>
    public bool HoldsFunctionalGroups { get; private set; }

    /// <summary>The attributes of this level, without those of included macros.</summary>
    public IEnumerable<uint> Tags => attributes.Keys;

    /// <summary>The macros included at this level.</summary>
    public IReadOnlyList<AttributeTable> Includes => includes;

    /// <summary>What stands inside the sequences of this level.</summary>
    public IEnumerable<AttributeTable> Items => attributes.Values.Select(attribute => attribute.Items);

    /// <summary>Looks <paramref name="key"/> up at this level, without included macros.</summary>
    public bool TryFind(uint key, out AttributeRequirement requirement, out AttributeTable items)
    {
        bool found = attributes.TryGetValue(key, out (AttributeRequirement Requirement, AttributeTable Items) attribute);
        (requirement, items) = attribute;
        return found;
    }

    /// <summary>Adds an attribute, wanted so under <paramref name="condition"/> or, with null, always; of two lines about one, the stricter counts.</summary>
    public AttributeTable Add(uint key, AttributeType type, AttributeCondition? condition)
    {
        AttributeRequirement line = condition is null || type == AttributeType.Optional
            ? new AttributeRequirement(type, [])
            : new AttributeRequirement(AttributeType.Optional, [(type, condition)]);
        bool isKnown = attributes.TryGetValue(key, out (AttributeRequirement Requirement, AttributeTable Items) known);
        AttributeTable items = isKnown ? known.Items : new AttributeTable();
        attributes[key] = (isKnown ? known.Requirement.And(line) : line, items);
        return items;
    }

    /// <summary>Includes a macro.</summary>
    public void Include(AttributeTable macro) => includes.Add(macro);

    /// <summary>Marks the place of the functional group macros.</summary>
    public void IncludeFunctionalGroups() => HoldsFunctionalGroups = true;

    /// <summary>The key of a tag: repeating overlay groups (60xx) are one (PS3.5 7.6).</summary>
    public static uint KeyOf(Tag tag) => tag.Group is >= 0x6000 and <= 0x60FF && !tag.IsPrivate ? (tag.Value & 0xFF00_FFFF) : tag.Value;

    /// <summary>The key of a tag as tables write it, "60xx0010" included.</summary>
    public static uint KeyOf(string text) => uint.Parse(text.Replace('x', '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
