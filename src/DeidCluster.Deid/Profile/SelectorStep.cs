using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One level of a <see cref="RuleSelector"/>. Closed: the nested records are all there are.</summary>
public abstract record SelectorStep
{
    private SelectorStep() { }

    /// <summary>True when the step describes the element at <paramref name="place"/>, whatever is around it.</summary>
    public abstract bool Matches(ElementPlace place);

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
