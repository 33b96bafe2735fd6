using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One level of a <see cref="RuleSelector"/>. Closed: the nested records are all there are.</summary>
public abstract record SelectorStep
{
    private SelectorStep() { }

    /// <summary>True when the step describes the element at <paramref name="place"/>, whatever is around it.</summary>
    public abstract bool Matches(ElementPlace place);

    /// <summary>The only tag that it describes; null when there are several, or it depends on the block of a creator.</summary>
    public Tag? SingleTag => this switch
    {
        Tags { Mask: uint.MaxValue } tags => new Tag(tags.Value),
        AnyOf { Alternatives: [{ Mask: uint.MaxValue } only] } => new Tag(only.Value),
        _ => null,
    };

    /// <summary>True when it describes an element that can have <paramref name="vr"/>, as far as the dictionary knows.</summary>
    public bool MayBe(Vr vr) => this switch
    {
        OfVr of => of.Vr == vr,
        Tags tags => MayBe(tags, vr),
        AnyOf any => any.Alternatives.Any(tags => MayBe(tags, vr)),
        PrivateElement element => PrivateDictionary.Find(element.Creator, new Tag(element.Group, (ushort)(0x1000 | element.Number))) is not { } entry || entry.Vrs.Contains(vr) || entry.Vr == Vr.UN,
        _ => true,
    };

    // Private tags, whose VR nobody knows, can be anything.
    private static bool MayBe(Tags tags, Vr vr)
    {
        const uint oddGroup = 0x0001_0000;
        return (tags.Mask & oddGroup) == 0 || (tags.Value & oddGroup) != 0
            || (tags.Mask == uint.MaxValue
                ? DicomDictionary.Find(new Tag(tags.Value))?.Vrs.Contains(vr) == true
                : DicomDictionary.All.Any(entry => (entry.Tag.Value & tags.Mask) == tags.Value && entry.Vrs.Contains(vr)));
    }

    /// <summary>Tags by mask: those whose bits under <paramref name="Mask"/> equal <paramref name="Value"/>.</summary>
    public sealed record Tags(uint Value, uint Mask) : SelectorStep
    {
        /// <inheritdoc/>
        public override bool Matches(ElementPlace place) => (place.Tag.Value & Mask) == Value;
    }

    /// <summary>Elements whose tag is one of those that a keyword pattern stands for in the dictionary.</summary>
    public sealed record AnyOf(IReadOnlyList<Tags> Alternatives) : SelectorStep
    {
        /// <inheritdoc/>
        public override bool Matches(ElementPlace place)
        {
            foreach (Tags tags in Alternatives)
            {
                if (tags.Matches(place))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Elements of a value representation.</summary>
    public sealed record OfVr(Vr Vr) : SelectorStep
    {
        /// <inheritdoc/>
        public override bool Matches(ElementPlace place) => place.Vr == Vr;
    }

    /// <summary>All private elements: odd groups.</summary>
    public sealed record AnyPrivate : SelectorStep
    {
        /// <inheritdoc/>
        public override bool Matches(ElementPlace place) => place.Tag.IsPrivate;
    }

    /// <summary>One private element, wherever its creator's block was reserved (PS3.5 7.8.1).</summary>
    public sealed record PrivateElement(ushort Group, string Creator, byte Number) : SelectorStep
    {
        /// <inheritdoc/>
        public override bool Matches(ElementPlace place) =>
            place.Tag.Group == Group
            && (byte)place.Tag.ElementNumber == Number
            && string.Equals(place.PrivateCreator, Creator, StringComparison.Ordinal);
    }
}
